package subscriber_test

import (
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/authority"
	"labtop/testkit/mosquitto"
)

// brokerAt is the parsed URL of a broker on loopback.
func brokerAt(t *testing.T, scheme, host, addr string) subscriber.Broker {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	b, err := subscriber.ParseBroker(scheme + "://" + net.JoinHostPort(host, port))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMosquittoTLS connects to one real broker in many ways, most of them wrong.
func TestMosquittoTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := authority.New(t, dir, "lab")
	other := authority.New(t, dir, "other")
	day := 24 * time.Hour
	start := func(name string, validFrom, validTo time.Duration, config ...string) *mosquitto.Broker {
		cert, key := ca.Issue(t, name, validFrom, validTo, "localhost")
		return mosquitto.Start(t, append(config, "certfile "+cert, "keyfile "+key)...)
	}
	passwords := filepath.Join(dir, "passwords")
	if out, err := exec.Command(mosquitto.Program(t, "mosquitto_passwd"), "-b", "-c", passwords, "iotuser", "right").CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_passwd: %v: %s", err, out)
	}
	clientCert, clientKey := ca.Issue(t, "client", -day, day)
	good := start("good", -day, day, "password_file "+passwords)
	expired := start("expired", -2*day, -day)
	early := start("early", day, 2*day)
	strict := start("strict", -day, day, "cafile "+ca.File, "require_certificate true")
	nameless := mosquitto.Start(t, "certfile "+clientCert, "keyfile "+clientKey)
	plain := mosquitto.Start(t)
	strangerCert, strangerKey := other.Issue(t, "stranger", -day, day)

	trusted := subscriber.TLSOptions{CAFile: ca.File}
	with := func(cert, key string) subscriber.TLSOptions {
		return subscriber.TLSOptions{CAFile: ca.File, CertFile: cert, KeyFile: key}
	}
	tests := []struct {
		name, scheme, host string
		broker             *mosquitto.Broker
		tls                subscriber.TLSOptions
		password           string
		want               string // the start of the summary; empty means connected
	}{
		{"right", "mqtts", "localhost", good, trusted, "right", ""},
		{"insecure", "mqtts", "127.0.0.1", good, subscriber.TLSOptions{Insecure: true}, "right", ""},
		{"server name", "mqtts", "127.0.0.1", good, subscriber.TLSOptions{CAFile: ca.File, ServerName: "localhost"}, "right", ""},
		{"wrong password", "mqtts", "localhost", good, trusted, "wrong", `not authorised: the broker refused user "iotuser"`},
		{"unknown authority", "mqtts", "localhost", good, subscriber.TLSOptions{CAFile: other.File}, "right", "the broker's certificate is signed by an authority that is not trusted here"},
		{"wrong name", "mqtts", "127.0.0.1", good, trusted, "right", "the broker's certificate is for localhost, not for 127.0.0.1"},
		{"no name", "mqtts", "localhost", nameless, trusted, "right", "the broker's certificate names no host (subject alternative name), so it is not for localhost"},
		{"expired", "mqtts", "localhost", expired, trusted, "right", "the broker's certificate expired on "},
		{"not yet valid", "mqtts", "localhost", early, trusted, "right", "the broker's certificate is not valid before "},
		{"client certificate", "mqtts", "localhost", strict, with(clientCert, clientKey), "right", ""},
		{"no client certificate", "mqtts", "localhost", strict, trusted, "right", "the broker wants a client certificate"},
		{"stranger's certificate", "mqtts", "localhost", strict, with(strangerCert, strangerKey), "right", "the broker did not accept our client certificate"},
		{"plain on a TLS port", "mqtt", "localhost", good, trusted, "right", "* closed the connection before it answered CONNECT"},
		{"TLS on a plain port", "mqtts", "localhost", plain, trusted, "right", "* closed the connection in the TLS handshake"},
		{"no CA file", "mqtts", "localhost", good, subscriber.TLSOptions{CAFile: dir + "/none"}, "right", "cannot read the CA file: open " + dir + "/none: no such file or directory"},
		{"CA file without certificate", "mqtts", "localhost", good, subscriber.TLSOptions{CAFile: passwords}, "right", "the CA file " + passwords + " holds no PEM certificate"},
		{"half a client certificate", "mqtts", "localhost", good, with(clientCert, ""), "right", "a client certificate needs both --cert-file and --key-file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := brokerAt(t, tt.scheme, tt.host, tt.broker.Addr)
			err := subscriber.Publish(t.Context(), subscriber.Options{
				Broker: b, TLS: tt.tls, Username: "iotuser",
				Password: func() (string, error) { return tt.password, nil },
			}, "a", []byte("x"), 1, false)
			checkSummary(t, err, b, tt.want)
		})
	}
}

func checkSummary(t *testing.T, err error, b subscriber.Broker, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("error %v, want none", err)
		}
		return
	}
	if want[0] == '*' {
		want = b.String() + want[1:]
	}
	var ce *subscriber.ConnectError
	if !errors.As(err, &ce) || len(ce.Summary) < len(want) || ce.Summary[:len(want)] != want || ce.Hint == "" {
		t.Errorf("error %v (%T, %#v)\nwant  %s", err, err, errors.Unwrap(err), want)
	}
}

// TestMosquittoRestarts stops and kills the broker under a source.
func TestMosquittoRestarts(t *testing.T) {
	t.Parallel()
	m := mosquitto.Start(t)
	o := subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", m.Addr), Filters: filters("lab/#", "$SYS/#")}
	r := run(t, o)
	for i, end := range []func(){m.Stop, m.Kill, func() {}} {
		if c := r.until(model.Connected); c.Connects != i+1 {
			t.Errorf("%d connections, want %d", c.Connects, i+1)
		}
		text := "after " + strconv.Itoa(i)
		if err := subscriber.Publish(t.Context(), o, "lab/x", []byte(text), 1, false); err != nil {
			t.Fatal(err)
		}
		for n := 1; !heard(r.messages, "lab/x", text); n++ {
			r.receive(len(r.messages) + 1)
		}
		if end(); i < 2 {
			r.until(model.Waiting)
			m.Start()
			r.RetryNow()
		}
	}
}

func heard(messages []model.Message, topic, payload string) bool {
	for _, m := range messages {
		if m.Topic == topic && string(m.Payload) == payload {
			return true
		}
	}
	return false
}

// TestMosquittoWill kills a device; the broker publishes its last will.
func TestMosquittoWill(t *testing.T) {
	t.Parallel()
	m := mosquitto.Start(t)
	host, port, _ := net.SplitHostPort(m.Addr)
	r := run(t, subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", m.Addr), Filters: filters("#")})
	r.until(model.Connected)
	device := exec.Command(mosquitto.Program(t, "mosquitto_pub"), "-h", host, "-p", port, "-t", "dev/hello", "-l",
		"--will-topic", "dev/status", "--will-payload", "offline", "--will-retain")
	lines, err := device.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := device.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Write([]byte("22.5\n")); err != nil {
		t.Fatal(err)
	}
	r.receive(1)
	_ = device.Process.Kill()
	_ = device.Wait()
	if m := r.receive(2)[1]; m.Topic != "dev/status" || string(m.Payload) != "offline" || m.Retained {
		t.Errorf("%+v", m)
	}
}

// TestMosquittoHandshakes has many messages at QoS 1 and 2 at once: each comes once and
// in order, and the broker sees the handshakes through, or it would not send on.
func TestMosquittoHandshakes(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"", "max_inflight_messages 0\nmax_queued_messages 0"} {
		m := mosquitto.Start(t, "log_type information", lines)
		host, port, _ := net.SplitHostPort(m.Addr)
		for qos := byte(1); qos <= 2; qos++ {
			const n = 1000 // a default Mosquitto queues no more
			r := run(t, subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", m.Addr), Filters: []subscriber.Filter{{Topic: "#", QoS: qos}}})
			r.until(model.Connected)
			var text strings.Builder
			for i := range n {
				text.WriteString(strconv.Itoa(i) + "\n")
			}
			device := exec.Command(mosquitto.Program(t, "mosquitto_pub"), "-h", host, "-p", port, "-t", "t", "-l", "-q", strconv.Itoa(int(qos)))
			device.Stdin = strings.NewReader(text.String())
			if out, err := device.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for i, m := range r.receive(n) {
				if string(m.Payload) != strconv.Itoa(i) || m.QoS != qos || m.Dup {
					t.Fatalf("message %d is %q at QoS %d, DUP %v", i, m.Payload, m.QoS, m.Dup)
				}
			}
			if r.stop(); len(r.messages) != n {
				t.Errorf("%d messages", len(r.messages))
			}
		}
	}
}

// TestMosquittoPublisher publishes many messages at once, of each QoS, to a broker with
// the usual bound of what may be on its way to it, 20, and no other one.
func TestMosquittoPublisher(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "max_queued_messages 0", "log_type information")
	p := subscriber.NewPublisher(subscriber.Options{Broker: brokerAt(t, "mqtt", "localhost", b.Addr)})
	defer p.Close()
	for qos := range byte(3) {
		messages := publications(300)
		for i := range messages {
			messages[i].QoS = qos
		}
		if n, err := p.Publish(t.Context(), messages); n != 300 || err != nil {
			t.Errorf("QoS %d: %d, %v", qos, n, err)
		}
	}
}

// TestMosquittoV5 speaks MQTT 5 with it: properties and the life that is left of a stored
// message, many messages at each QoS in order, many to publish.
func TestMosquittoV5(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "max_queued_messages 0", "log_type information")
	o := subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", b.Addr), V5: true}
	host, port, _ := net.SplitHostPort(b.Addr)
	pub := func(stdin string, args ...string) {
		t.Helper()
		c := exec.Command(mosquitto.Program(t, "mosquitto_pub"), append([]string{"-h", host, "-p", port, "-V", "5"}, args...)...)
		c.Stdin = strings.NewReader(stdin)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	pub("", "-t", "lab/x", "-m", "21.5", "-r", "-q", "1", "-D", "publish", "message-expiry-interval", "600",
		"-D", "publish", "content-type", "text/plain", "-D", "publish", "user-property", "room", "kitchen", "-D", "publish", "payload-format-indicator", "1",
		"-D", "publish", "response-topic", "lab/answers", "-D", "publish", "correlation-data", "42")
	o.Filters = []subscriber.Filter{{Topic: "lab/#", QoS: 2}}
	r := run(t, o)
	r.until(model.Connected)
	p := r.receive(1)[0].Properties
	if p == nil || !p.Expires || p.Expiry > 600*time.Second || p.Expiry < 500*time.Second {
		t.Fatalf("%+v", p)
	}
	p.Expiry = 0
	want := &model.Properties{
		Expires: true, Text: true, ContentType: "text/plain", ResponseTopic: "lab/answers", CorrelationData: []byte("42"),
		User: []model.UserProperty{{Name: "room", Value: "kitchen"}}, Filters: p.Filters,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	for qos := range byte(3) {
		const n = 1000
		var text strings.Builder
		for i := range n {
			text.WriteString(strconv.Itoa(i) + "\n")
		}
		before := len(r.messages)
		pub(text.String(), "-t", "lab/t", "-l", "-q", strconv.Itoa(int(qos)))
		for i, m := range r.receive(before + n)[before:] {
			if string(m.Payload) != strconv.Itoa(i) || m.QoS != qos || m.Properties == nil || len(m.Properties.Filters) != 1 {
				t.Fatalf("message %d is %q at QoS %d, %+v", i, m.Payload, m.QoS, m.Properties)
			}
		}
	}
	o.Filters = nil
	publisher := subscriber.NewPublisher(o)
	defer publisher.Close()
	for qos := range byte(3) {
		messages := publications(300)
		for i := range messages {
			messages[i].QoS = qos
		}
		if n, err := publisher.Publish(t.Context(), messages); n != 300 || err != nil {
			t.Errorf("QoS %d: %d, %v", qos, n, err)
		}
	}
}
