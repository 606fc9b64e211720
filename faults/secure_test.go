//go:build unix

package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/testkit/authority"
	"labtop/testkit/mosquitto"
)

// course are brokers set up as in the course's lab on security, and what is needed to
// log in to them.
type course struct {
	ca, other    *authority.Authority
	cert, key    string // of a client
	right, wrong string // files with passwords
	// plain has no TLS; secured has TLS, passwords and access rules; strict wants a
	// client certificate too. The certificate of expired has expired, that of early is not
	// valid yet. limited takes one connection.
	plain, secured, strict, expired, early, limited *mosquitto.Broker
}

func newCourse(t *testing.T) *course {
	t.Helper()
	dir, day := t.TempDir(), 24*time.Hour
	c := &course{ca: authority.New(t, dir, "lab"), other: authority.New(t, dir, "other")}
	c.cert, c.key = c.ca.Issue(t, "client", -day, 90*day)
	c.right, c.wrong = secret(t, "right"), secret(t, "wrong")
	passwords, rules := filepath.Join(dir, "passwords"), filepath.Join(dir, "rules")
	passwd(t, "-b", "-c", passwords, "iotuser", "right")
	if err := os.WriteFile(rules, []byte("user iotuser\ntopic readwrite iotclass/#\ntopic write secret/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broker := func(name string, from, to time.Duration, more ...string) *mosquitto.Broker {
		cert, key := c.ca.Issue(t, name, from, to, "localhost")
		return mosquitto.Start(t, append(more, "certfile "+cert, "keyfile "+key, "allow_anonymous false", "password_file "+passwords, "acl_file "+rules)...)
	}
	c.plain = mosquitto.Start(t, "allow_anonymous false", "password_file "+passwords)
	c.secured = broker("secured", -day, 90*day)
	c.strict = broker("strict", -day, 90*day, "cafile "+c.ca.File, "require_certificate true")
	c.expired = broker("expired", -2*day, -day)
	c.early = broker("early", day, 2*day)
	c.limited = broker("limited", -day, 90*day, "max_connections 1")
	for _, topic := range []string{"iotclass/lab1/temperature", "secret/lab1/temperature"} {
		p := start(t, here, append(c.login(c.secured), "publish", topic, "22.5", "--retain", "--qos", "1", "--ca-file", c.ca.File)...)
		if p.wait() != 0 {
			t.Fatal(p.stderr)
		}
	}
	return c
}

// login are the flags of somebody who does all right but for the certificates.
func (c *course) login(b *mosquitto.Broker) []string {
	_, port, _ := strings.Cut(b.Addr, ":")
	return []string{"-b", "mqtts://localhost:" + port, "-u", "iotuser", "--password-file", c.right}
}

// TestAccess logs in to brokers as the course sets them up, with each ingredient wrong
// in its turn. The dashboard, the snapshot and the doctor tell which, in the same words.
func TestAccess(t *testing.T) {
	c := newCourse(t)
	trusting := []string{"--ca-file", c.ca.File}
	tests := []struct {
		name   string
		broker *mosquitto.Broker
		args   []string // later ones beat those of login; a broker stands first
		step   string   // of the doctor, which fails
		words  string
		remedy string
	}{
		{"no password", c.secured, append(trusting[:2:2], "--password-file", ""), "CONNECT", `not authorised: the broker refused user "iotuser", who gave no password`, "give it with --password-file or LABTOP_PASSWORD"},
		{"nobody", c.secured, append(trusting[:2:2], "-u", "", "--password-file", ""), "CONNECT", "not authorised: the broker wants a user name and a password", "give them with --username and --password-file"},
		{"wrong password", c.secured, append(trusting[:2:2], "--password-file", c.wrong), "CONNECT", `not authorised: the broker refused user "iotuser"`, "check the user name, the password and the broker's access rules"},
		{"wrong authority", c.secured, []string{"--ca-file", c.other.File}, "TLS", "the broker's certificate is signed by an authority that is not trusted here", "give the authority's certificate with --ca-file"},
		{"expired", c.expired, trusting, "TLS", "the broker's certificate expired on ", "renew it on the broker"},
		{"not yet valid", c.early, trusting, "TLS", "the broker's certificate is not valid before ", "is this machine's clock right?"},
		{"wrong name", c.secured, append([]string{"-b", "mqtts://" + c.secured.Addr}, trusting...), "TLS", "the broker's certificate is for localhost, not for 127.0.0.1", "use one of these names in the URL, or give it with --server-name"},
		{"no client certificate", c.strict, trusting, "CONNECT", "the broker wants a client certificate", "give one with --cert-file and --key-file"},
		{"plain to a TLS port", c.secured, []string{"-b", "mqtt://" + c.secured.Addr}, "CONNECT", "closed the connection before it answered CONNECT", "this is a TLS port; use mqtts://" + c.secured.Addr},
		{"TLS to a plain port", c.plain, trusting, "TLS", "closed the connection in the TLS handshake", "this port speaks MQTT without TLS; use mqtt://localhost:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			login := c.login(tt.broker)
			if tt.args[0] == "-b" { // else it would be one more address
				login = login[2:]
			}
			args := append(append(login, tt.args...), "-t", "iotclass/#")
			p := start(t, here, append([]string{"snapshot", "--for", "3s"}, args...)...)
			term := dashboard(t, here, args...)
			text := examine(t, here, 4, args...)
			says(t, text, "failed   "+tt.step, tt.words, tt.remedy, "It fails at "+tt.step+".")
			if n := strings.Count(text, "failed "); n != 1 {
				t.Errorf("%d steps failed:\n%s", n, text)
			}
			if code := p.wait(); code != 4 || !strings.Contains(p.stderr.String(), tt.words) {
				t.Errorf("exit code %d: %s", code, p.stderr)
			}
			term.Wait("○ mqtt", tt.words, "No connection yet")
			term.Keys("q")
			term.Wait("ended with 0")
		})
	}
}

// TestAccessGranted logs in with everything right. A filter that access rules forbid is
// granted and silent, for Mosquitto has no word for it.
func TestAccessGranted(t *testing.T) {
	c := newCourse(t)
	for name, tt := range map[string]struct {
		broker *mosquitto.Broker
		args   []string
		says   []string
	}{
		"password":           {c.secured, nil, nil},
		"password, MQTT 5":   {c.secured, []string{"--protocol", "5"}, nil},
		"client certificate": {c.strict, []string{"--cert-file", c.cert, "--key-file", c.key}, []string{"✓ ours: client, signed by lab CA, valid until "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append(append(c.login(tt.broker), tt.args...), "--ca-file", c.ca.File, "-t", "iotclass/#", "-t", "secret/#@1")
			p := start(t, here, append([]string{"publish", "iotclass/lab1/temperature", "22.5", "--retain", "--qos", "1"}, args[:len(args)-4]...)...)
			if p.wait() != 0 {
				t.Fatal(p.stderr)
			}
			term := dashboard(t, here, args...)
			text := examine(t, here, 0, append(args, "--probe", "iotclass/doctor")...)
			says(t, text, append(tt.says, "ok       CONNECT", "trusted for localhost by lab CA, of "+c.ca.File, ", for localhost, signed by lab CA, valid until ",
				"✓ iotclass/#: receiving at QoS 0, 1 message in 2s, 1 of them stored",
				"▲ secret/#: subscribed at QoS 1, nothing received in 2s", "Mosquitto's acl_file", "✓ QoS 2: acknowledged in ")...)
			p = start(t, here, append([]string{"snapshot", "--for", "3s"}, args...)...)
			if code := p.wait(); code != 0 {
				t.Errorf("exit code %d: %s", code, p.stderr)
			}
			says(t, p.stdout.String(), "Topic filter secret/#: subscribed, nothing received\n", "22.5 °C")
			if strings.Contains(p.stdout.String(), "filter iotclass/#") {
				t.Errorf("it says of the other filter:\n%s", p.stdout)
			}
			term.Resize(130, 30)
			term.Wait("● mqtts://localhost", "22.5 °C", "iotclass/# secret/#", "secret/#: nothing received")
			term.Keys("q")
			term.Wait("ended with 0")
		})
	}
}

// TestPrompts types the passwords of a user and of an encrypted key, which the terminal
// does not show, and gives up once, after which the terminal shows what is typed.
func TestPrompts(t *testing.T) {
	c := newCourse(t)
	args := append(c.login(c.strict)[:4], "--password-prompt", "--ca-file", c.ca.File,
		"--cert-file", c.cert, "--key-file", authority.Encrypt(t, c.key, "of the key", false), "-t", "iotclass/#")
	term := dashboard(t, here, args...)
	term.Wait("Password for the key ")
	term.Keys("-l", "of the key")
	term.Keys("Enter")
	term.Wait("Password for mqtts://localhost:")
	term.Keys("-l", "right") // not the arrow
	term.Keys("Enter")
	term.Wait("● mqtts://localhost")
	term.Keys("q")
	screen := term.Wait("ended with 0")
	if strings.Contains(screen, "right") || strings.Contains(screen, "of the key") {
		t.Errorf("the terminal shows a password:\n%s", screen)
	}

	term = dashboard(t, here, args...)
	term.Wait("Password for the key ")
	term.Keys("secretly", "C-c")
	term.Wait("ended with 130")
	term.Keys("openly")
	if screen := term.Wait("openly"); strings.Contains(screen, "secretly") {
		t.Errorf("the terminal shows what was typed:\n%s", screen)
	}
}

// TestInsecureIsLoud leaves the verification out. Every command that connects says so.
func TestInsecureIsLoud(t *testing.T) {
	c := newCourse(t)
	args := append(c.login(c.secured), "--insecure")
	const warning = "warning: the broker's certificate is not verified (--insecure)\n"
	for _, tt := range []struct {
		command        []string
		stdout, stderr string
	}{
		{[]string{"publish", "iotclass/lab1/status", "online"}, "", warning},
		{[]string{"snapshot", "--for", "2s"}, "INSECURE: the broker's certificate is not verified\n", ""},
		{[]string{"snapshot", "--for", "2s", "--json"}, "", warning},
		{[]string{"doctor"}, "▲ the broker's certificate is not verified (--insecure): the broker's certificate is signed by an authority that is not trusted here\n", ""},
		{[]string{"record", "-o", filepath.Join(t.TempDir(), "lab.mcap"), "--for", "2s"}, "", warning},
	} {
		p := start(t, here, append(tt.command, args...)...)
		if code := p.wait(); code != 0 || !strings.Contains(p.stdout.String(), tt.stdout) || !strings.Contains(p.stderr.String(), tt.stderr) {
			t.Errorf("%q: exit code %d, stderr %q\n%s", tt.command, code, p.stderr, p.stdout)
		}
	}
	for _, command := range []string{"log", "simulate"} {
		p := start(t, here, append([]string{command}, args...)...)
		p.says(warning)
		p.interrupt()
	}
}
