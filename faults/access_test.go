//go:build unix

package faults_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/mosquitto"
	"labtop/testkit/terminal"
)

// passwd runs mosquitto_passwd.
func passwd(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_passwd"), args...).CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
	}
}

// secret writes a password to a file.
func secret(t *testing.T, password string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBadPassword is told so at once, after one attempt.
func TestBadPassword(t *testing.T) {
	t.Parallel()
	passwords := filepath.Join(t.TempDir(), "passwords")
	passwd(t, "-b", "-c", passwords, "ann", "right")
	b := mosquitto.Start(t, "password_file "+passwords)
	args := []string{"-b", b.Addr, "-u", "ann", "--password-file", secret(t, "wrong")}

	term := dashboard(t, here, args...)
	began := time.Now()
	term.Wait(`not authorised: the broker refused user "ann"`, "check the user name")
	took(t, "told", began, 2*time.Second)

	p := start(t, here, append([]string{"publish", "lab/x", "x"}, args...)...)
	if code := p.wait(); code != 4 || !strings.Contains(p.stderr.String(), "not authorised") {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	took(t, "publish failed", p.began, 2*time.Second)

	p = start(t, here, append([]string{"snapshot", "--for", "3s"}, args...)...)
	if code := p.wait(); code != 4 || !strings.Contains(p.stderr.String(), "not authorised") {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if n := strings.Count(b.Log(), "New connection from"); n != 3 {
		t.Errorf("%d attempts of 3 programs", n)
	}
	term.Keys("q")
	term.Wait("ended with 0")
}

// old is a value that nobody knows to be still so.
var old = regexp.MustCompile(`◌ +22\.5 °C`)

// revoked waits until a dashboard that was connected is told that it may not be
// there any more, and checks that it does not try again soon.
func revoked(t *testing.T, b *mosquitto.Broker, password string, revoke, restore func()) {
	t.Helper()
	publish(t, here, b, "iotclass/lab1/temperature", "22.5", "-r", "-u", "ann", "-P", password)
	term := dashboard(t, here, "-b", b.Addr, "-t", "iotclass/#", "-u", "ann", "--password-file", secret(t, password))
	term.Wait("● mqtt://"+b.Addr, "22.5 °C")
	revoke()
	// What was heard stays, marked. The next try is half a minute away.
	term.Wait("○ mqtt://"+b.Addr, "not authorised", "22.5 °C")
	term.Until("marks the old value", func(screen string) bool { return old.MatchString(screen) })
	seconds := nextTry(t, term, 99)
	tries := strings.Count(b.Log(), "New connection from")
	nextTry(t, term, seconds-1)
	if n := strings.Count(b.Log(), "New connection from"); n != tries {
		t.Errorf("%d attempts meanwhile", n-tries)
	}
	term.Wait("22.5 °C")
	restore()
	term.Keys("R")
	term.Wait("● mqtt://"+b.Addr, "22.5 °C")
	term.Keys("q")
	term.Wait("ended with 0")
}

// nextTry waits until a dashboard says that its next try is ten seconds away or more, but
// less than so many, and returns the seconds.
func nextTry(t *testing.T, term *terminal.Terminal, most int) (seconds int) {
	t.Helper()
	told := regexp.MustCompile(`next try in (\d\d)s`)
	term.Until(fmt.Sprint("tries in less than ", most, " s"), func(screen string) bool {
		m := told.FindStringSubmatch(screen)
		if m == nil {
			return false
		}
		seconds, _ = strconv.Atoi(m[1])
		return seconds < most
	})
	return seconds
}

// TestRevokedPassword takes a user's password away while they are connected.
func TestRevokedPassword(t *testing.T) {
	t.Parallel()
	passwords := filepath.Join(t.TempDir(), "passwords")
	passwd(t, "-b", "-c", passwords, "ann", "right")
	b := mosquitto.Start(t, "password_file "+passwords)
	revoked(t, b, "right", func() {
		passwd(t, "-b", passwords, "ann", "another")
		b.Reload()
	}, func() {
		passwd(t, "-b", passwords, "ann", "right")
		b.Reload()
		logs(t, b, "Reloading config", 2)
	})
}

// dynsec is a broker with Mosquitto's plugin for access rules, a user ann who may
// read and write iotclass/# and nothing else, and a way to give it commands.
func dynsec(t *testing.T) (b *mosquitto.Broker, command func(args ...string)) {
	t.Helper()
	program := mosquitto.Program(t, "mosquitto_ctrl")
	plugins, err := filepath.Glob("/usr/lib/*/mosquitto_dynamic_security.so")
	if err != nil || len(plugins) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("mosquitto_dynamic_security.so is not installed")
		}
		t.Skip("mosquitto_dynamic_security.so is not installed")
	}
	ctrl := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil || strings.Contains(string(out), "Error") {
			t.Fatalf("mosquitto_ctrl %v: %v\n%s", args, err, out)
		}
	}
	rules := filepath.Join(t.TempDir(), "rules.json")
	ctrl("dynsec", "init", rules, "admin", "secret")
	b = mosquitto.Start(t, "allow_anonymous false", "plugin "+plugins[0], "plugin_opt_config_file "+rules)
	command = func(args ...string) {
		t.Helper()
		ctrl(append([]string{"-h", "127.0.0.1", "-p", port(t, b.Addr), "-u", "admin", "-P", "secret", "dynsec"}, args...)...)
	}
	command("createRole", "student")
	for _, kind := range []string{"publishClientSend", "publishClientReceive", "subscribePattern", "unsubscribePattern"} {
		command("addRoleACL", "student", kind, "iotclass/#", "allow")
	}
	command("setDefaultACLAccess", "subscribe", "deny")
	command("createClient", "ann", "-p", "right")
	command("addClientRole", "ann", "student")
	return b, command
}

// TestRevokedAccess disables a user while they are connected.
func TestRevokedAccess(t *testing.T) {
	t.Parallel()
	b, command := dynsec(t)
	revoked(t, b, "right", func() { command("disableClient", "ann") }, func() { command("enableClient", "ann") })
}

// TestRefusedFilter has a broker that refuses one filter of two.
func TestRefusedFilter(t *testing.T) {
	t.Parallel()
	b, _ := dynsec(t)
	o := options(t, b.Addr)
	o.Filters = []subscriber.Filter{{Topic: "secret/#"}, {Topic: "iotclass/#"}}
	o.Username, o.Password = "ann", func() (string, error) { return "right", nil }
	w := watch(t, o)
	c := w.until(model.Connected)
	if !c.Subscriptions[0].Refused() || c.Subscriptions[1].Refused() {
		t.Errorf("%+v", c.Subscriptions)
	}
	publish(t, here, b, "iotclass/lab1/temperature", "22.5", "-u", "ann", "-P", "right")
	w.receive(1)

	login := []string{"-b", b.Addr, "-u", "ann", "--password-file", secret(t, "right")}
	p := start(t, here, append([]string{"snapshot", "--for", "3s", "-t", "secret/#"}, login...)...)
	if code := p.wait(); code != 4 || !strings.Contains(p.stderr.String(), "secret/#: refused by the broker") {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	says(t, examine(t, here, 4, append(login, "-t", "secret/#", "-t", "iotclass/#")...), "failed   SUBSCRIBE  1 of 2 filters granted",
		"◆ secret/#: refused by the broker", `check the broker's access rules for user "ann"`, "It fails at SUBSCRIBE.")

	term := dashboard(t, here, "-b", b.Addr, "-t", "secret/#", "-t", "iotclass/#", "-u", "ann", "--password-file", secret(t, "right"))
	term.Wait("● mqtt://"+b.Addr, "secret/#: refused by the broker")
	publish(t, here, b, "iotclass/lab1/temperature", "23.5", "-u", "ann", "-P", "right")
	term.Wait("23.5 °C", "secret/#: refused by the broker")
	term.Keys("4")
	term.Wait("× secret/#     refused ", "● iotclass/#   receiving ", "1 refused")
	term.Keys("q")
	term.Wait("ended with 0")
}

// report is what these tests read of a snapshot.
type report struct {
	State         string `json:"state"`
	Messages      int    `json:"messages"`
	Topics        int    `json:"topics"`
	Subscriptions []struct {
		Filter  string `json:"filter"`
		Granted *int   `json:"granted_qos"`
		Error   string `json:"error"`
		State   string `json:"state"`
	} `json:"subscriptions"`
	Devices []struct {
		ID      string `json:"id"`
		Metrics []struct {
			Topic string  `json:"topic"`
			Text  string  `json:"text"`
			Count int     `json:"count"`
			Dup   int     `json:"dup"`
			Rate  float64 `json:"rate"`
		} `json:"metrics"`
	} `json:"devices"`
	Counters struct {
		Truncated  int `json:"truncated"`
		Dropped    int `json:"dropped"`
		Dup        int `json:"dup"`
		Retained   int `json:"retained"`
		Reconnects int `json:"reconnects"`
	} `json:"counters"`
}

// snapshot runs labtop snapshot to its end.
func snapshot(t *testing.T, args ...string) (r report) {
	t.Helper()
	p := start(t, here, append([]string{"snapshot", "--json"}, args...)...)
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.stderr)
	}
	if err := json.Unmarshal([]byte(p.stdout.String()), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSilentDenial has a broker that grants a filter and lets nothing through.
// The protocol has no word for it: no message is all that there is to see.
func TestSilentDenial(t *testing.T) {
	t.Parallel()
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte("topic write secret/#\ntopic iotclass/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := mosquitto.Start(t, "acl_file "+rules)
	publish(t, here, b, "secret/lab1/temperature", "1", "-r")
	publish(t, here, b, "iotclass/lab1/temperature", "2", "-r")
	r := snapshot(t, "-b", b.Addr, "--for", "3s", "-t", "secret/#", "-t", "iotclass/#")
	if r.State != "connected" || r.Messages != 1 || len(r.Subscriptions) != 2 || len(r.Devices) != 1 {
		t.Errorf("%+v", r)
	}
	for i, state := range []string{"silent", "receiving"} {
		if s := r.Subscriptions[i]; s.Granted == nil || s.Error != "" || s.State != state {
			t.Errorf("%+v, want %s", s, state)
		}
	}

	args := []string{"-b", b.Addr, "-t", "secret/#", "-t", "iotclass/#"}
	plain := start(t, here, append([]string{"--plain"}, args...)...)
	term := dashboard(t, here, args...)
	says(t, examine(t, here, 0, args...), "▲ secret/#: subscribed at QoS 0, nothing received in 2s", "✓ iotclass/#: receiving at QoS 0, 1 message")
	term.Wait("secret/#: nothing received")
	if !plain.stdout.Wait(patience, func(s string) (string, bool) {
		return s, strings.Contains(s, "\nTopic filter secret/#: subscribed, nothing received\n")
	}) {
		t.Errorf("it never said so:\n%s", plain.stdout)
	}
	plain.interrupt()
	term.Keys("q")
	term.Wait("ended with 0")
}
