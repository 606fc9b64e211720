//go:build unix

package faults_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"

	"labtop/model"
	"labtop/recording"
	"labtop/subscriber"
	"labtop/testkit/authority"
	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/toxic"
)

// lesson writes a recording of what was sent: messages of a broker of that name, so
// long after the start.
func lesson(t *testing.T, broker string, messages ...model.Message) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lesson.mcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := recording.NewWriter(f, recording.Info{Program: "test", Broker: broker, Started: lessonAt})
	for i := range messages {
		if err == nil {
			err = w.Message(&messages[i])
		}
	}
	if err == nil {
		err = w.Close(lessonAt.Add(time.Hour))
	}
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	return path
}

// lessonAt is when the lesson began.
var lessonAt = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// said is a message so long after the start of the lesson.
func said(after time.Duration, topic, payload string, qos byte) model.Message {
	return model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), QoS: qos, Time: lessonAt.Add(after)}
}

// numbers are messages with a number each, so often.
func numbers(n int, every time.Duration, qos byte) (all []model.Message) {
	for i := range n {
		all = append(all, said(time.Duration(i)*every, "iotclass/lab1/count", strconv.Itoa(i), qos))
	}
	return all
}

// TestReplayToBroker publishes a recording to a real broker: every payload byte for byte,
// in its order, at its time, with its QoS and, when asked, the retained flag.
func TestReplayToBroker(t *testing.T) {
	t.Parallel()
	stored := said(0, "a/stored", "online", 1)
	stored.Retained = true
	sent := []model.Message{
		stored, said(0, "a/binary", "\x00\xff\x1b[31m\r\n", 2), said(500*time.Millisecond, "a/empty", "", 1),
		said(time.Second, "küche/温度", "21,5 °C 😀", 0), said(time.Second, "a/large", strings.Repeat("0123456789abcdef", 1<<16), 2),
		said(1500*time.Millisecond, "a/large", strings.Repeat("x", 1<<20), 0), said(2*time.Second, "$SYS/broker/uptime", "1", 0),
		said(2*time.Second, "labtop/alerts/x", "1", 0), said(3*time.Second, "a/last", "1", 0),
	}
	path := lesson(t, "mqtt://elsewhere.invalid:1883", sent...)
	for _, tt := range []struct {
		retain  bool
		version string
	}{{false, "3.1.1"}, {true, "3.1.1"}, {true, "5"}} {
		retain := tt.retain
		t.Run(fmt.Sprint("retain ", retain, ", MQTT ", tt.version), func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t, "sys_interval 0")
			o := options(t, b.Addr)
			o.Filters[0].QoS = 2
			w := watch(t, o)
			w.until(model.Connected)
			args := []string{"replay", path, "--to", "mqtt://" + b.Addr, "--prefix", "replay/", "--protocol", tt.version}
			if retain {
				args = append(args, "--retain")
			}
			began := time.Now()
			p := start(t, here, args...)
			if code := p.wait(); code != 0 || p.stderr.String() != "labtop: published 7 messages of "+path+" to mqtt://"+b.Addr+"\n" || p.stdout.String() != "" {
				t.Fatalf("exit code %d: %s", code, p.stderr)
			}
			if took := time.Since(began); took < 3*time.Second {
				t.Errorf("took %v", took)
			}
			want := slices.Concat(sent[:6], sent[8:])
			got := w.receive(len(want))
			for i := range got {
				g, w := &got[i], &want[i]
				if g.Topic != "replay/"+w.Topic || !bytes.Equal(g.Payload, w.Payload) || g.QoS != w.QoS || g.Retained || g.Dup {
					t.Errorf("message %d: %s %.40q %d, want %s %.40q %d", i, g.Topic, g.Payload, g.QoS, w.Topic, w.Payload, w.QoS)
				}
			}
			if took := got[len(got)-1].Time.Sub(got[0].Time); took < 2*time.Second || took > 30*time.Second {
				t.Errorf("the messages took %v", took)
			}
			later := watch(t, o)
			later.until(model.Connected)
			if publish(t, here, b, "end", "x"); !retain {
				if got := later.receive(1); got[0].Topic != "end" {
					t.Errorf("%s is retained", got[0].Topic)
				}
			} else if got := later.receive(1); got[0].Topic != "replay/a/stored" || !got[0].Retained || got[0].QoS != 1 {
				t.Errorf("%+v is retained", got[0])
			}
		})
	}
}

// TestReplayToItsBroker refuses to publish the old values of devices where they are,
// whatever the broker is called.
func TestReplayToItsBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	other := mosquitto.Start(t)
	_, port, _ := strings.Cut(b.Addr, ":")
	path := lesson(t, "mqtt://"+b.Addr, numbers(3, 0, 1)...)
	unknown := filepath.Join(t.TempDir(), "log.ndjson")
	if err := os.WriteFile(unknown, []byte(`{"time":"2026-11-22T14:00:00Z","topic":"a","qos":0,"retained":false,"dup":false,"size":1,"payload":"1"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"the same", []string{path, "--to", "mqtt://" + b.Addr}, 2, "--to: the recorded devices are on mqtt://" + b.Addr + ": old values would look like new ones; give them topics of their own with --prefix replay/, or --force"},
		{"another name", []string{path, "--to", "localhost:" + port}, 2, "the recorded devices are on mqtt://localhost:" + port},
		{"watched", []string{path, "--to", other.Addr, "-b", other.Addr}, 2, "is the broker that labtop watches"},
		{"the usual one", []string{path, "--to", "mqtts://127.0.0.1"}, 2, "mqtts://127.0.0.1:8883 is the broker that labtop watches"},
		{"from elsewhere", []string{path, "--to", "lab-pi.invalid"}, 2, "the recording does not tell which broker it is of, and its devices may be on mqtt://lab-pi.invalid:1883"},
		{"unknown", []string{unknown, "--to", other.Addr}, 2, "the recording does not tell which broker it is of"},
		{"read-only", []string{path, "--to", other.Addr, "--read-only"}, 2, "--read-only: nothing is published in read-only mode; remove it to publish"},
		{"wildcard", []string{path, "--to", other.Addr, "--prefix", "#/"}, 2, "--prefix: topic \"#/\": holds a wildcard"},
		{"the broker's own", []string{path, "--to", other.Addr, "--prefix", "$SYS/"}, 2, "--prefix: topics that begin with $ are the broker's own"},
		{"no screen", []string{path, "--to", other.Addr, "--paused"}, 2, "--paused: what is published has no screen"},
		{"nowhere", []string{path, "--prefix", "replay/"}, 2, "say where with --to URL"},
		{"no address", []string{path, "--to", "http://x"}, 2, "--to: broker \"http://x\": unknown scheme"},
		{"nobody there", []string{path, "--to", "mqtt://127.0.0.1:1", "--prefix", "x/"}, 4, "refused the connection"},
		{"prefix", []string{path, "--to", b.Addr, "--prefix", "replay/"}, 0, "published 3 messages"},
		{"force", []string{path, "--to", b.Addr, "--force"}, 0, "published 3 messages"},
		{"another broker", []string{path, "--to", other.Addr}, 0, "published 3 messages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, here, append([]string{"replay"}, tt.args...)...)
			if code := p.wait(); code != tt.code || !strings.Contains(p.stderr.String(), tt.says) || strings.Count(p.stderr.String(), "\n") != 1 {
				t.Errorf("exit code %d: %s", code, p.stderr)
			}
		})
	}
	t.Cleanup(func() {
		for _, b := range []*mosquitto.Broker{b, other} {
			if n := strings.Count(b.Log(), "Received CONNECT"); n > 2 {
				t.Errorf("%d connections", n)
			}
		}
	})
}

// TestReplayToSecured logs in to a broker with TLS, a user and a password.
func TestReplayToSecured(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := authority.New(t, dir, "ca")
	cert, key := ca.Issue(t, "server", -time.Hour, time.Hour, "localhost")
	passwords, password := filepath.Join(dir, "passwords"), filepath.Join(dir, "password")
	passwd(t, "-b", "-c", passwords, "lab", "geheim")
	if err := os.WriteFile(password, []byte("geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := mosquitto.Start(t, "cafile "+ca.File, "certfile "+cert, "keyfile "+key, "allow_anonymous false", "password_file "+passwords)
	path := lesson(t, "mqtt://elsewhere.invalid:1883", numbers(3, 0, 1)...)
	args := []string{"replay", path, "--to", "mqtts://" + b.Addr, "--server-name", "localhost", "--ca-file", ca.File, "-u", "lab"}
	p := start(t, here, append(args, "--password-file", password)...)
	if code := p.wait(); code != 0 || !strings.Contains(p.stderr.String(), "published 3 messages") {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	p = start(t, here, args...)
	if code := p.wait(); code != 4 {
		t.Errorf("without a password: exit code %d: %s", code, p.stderr)
	}
}

// TestReplayToLosesBroker has the connection cut before an acknowledgement comes: what
// was on its way is counted, the rest follows, nothing twice, and the exit code says so.
func TestReplayToLosesBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	proxy := toxic.Start(t, b.Addr)
	o := options(t, b.Addr)
	o.Filters = []subscriber.Filter{{Topic: "iotclass/#", QoS: 1}}
	w := watch(t, o)
	w.until(model.Connected)
	const n = 400
	path := lesson(t, "mqtt://elsewhere.invalid:1883", numbers(n, 20*time.Millisecond, 1)...)
	p := start(t, here, "replay", path, "--to", proxy.Addr)
	w.receive(20)
	proxy.Poison(toxic.ToClient, &toxics.ResetToxic{})
	p.says("; connecting again")
	proxy.Heal()
	code := p.wait()
	var published, unconfirmed int
	if _, err := fmt.Sscanf(p.stderr.String()[strings.LastIndex(p.stderr.String(), "published"):], "published %d messages (%d not acknowledged)", &published, &unconfirmed); err != nil {
		t.Fatalf("%v: %s", err, p.stderr)
	}
	if code != 1 || unconfirmed < 1 || published+unconfirmed != n {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	got := w.receive(published)
	last := -1
	for i := range got {
		number, err := strconv.Atoi(string(got[i].Payload))
		if err != nil || number <= last {
			t.Errorf("%s after %d", got[i].Payload, last)
		}
		last = number
	}
	t.Logf("%d of %d messages came, %d were not acknowledged", len(got), n, unconfirmed)
	if last != n-1 || len(got) > n {
		t.Errorf("%d messages came, the last is %d", len(got), last)
	}
}

// TestReplayToInterrupted ends at once with the count.
func TestReplayToInterrupted(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	w := watch(t, options(t, b.Addr))
	w.until(model.Connected)
	for name, args := range map[string][]string{
		"between two messages": {lesson(t, "mqtt://elsewhere.invalid:1883", numbers(100, time.Hour, 1)...)},
		"in a loop":            {lesson(t, "mqtt://elsewhere.invalid:1883", numbers(3, 10*time.Millisecond, 0)...), "--speed", "10000", "--loop"},
	} {
		p := start(t, here, append([]string{"replay", "--to", b.Addr}, args...)...)
		many := len(w.messages) + 1
		if len(args) > 1 {
			many += 10 // more than one round has
		}
		w.receive(many)
		p.interrupt()
		if text := p.stderr.String(); !strings.HasPrefix(text, "labtop: published ") || strings.Count(text, "\n") != 1 {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestReplayToAtOnce publishes as fast as the broker takes it, and loses nothing.
func TestReplayToAtOnce(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "max_queued_messages 0", "log_type information")
	for qos := range byte(3) {
		o := options(t, b.Addr)
		o.Filters = []subscriber.Filter{{Topic: fmt.Sprintf("%d/#", qos), QoS: qos}}
		w := watch(t, o)
		w.until(model.Connected)
		const n = 3000
		path := lesson(t, "mqtt://elsewhere.invalid:1883", numbers(n, time.Second, qos)...)
		binary.Path(t) // builds it, at first
		began := time.Now()
		p := start(t, here, "replay", path, "--to", b.Addr, "--prefix", fmt.Sprintf("%d/", qos), "--speed", "0")
		got := w.receive(n)
		t.Logf("QoS %d: %.0f messages a second", qos, n/time.Since(began).Seconds())
		if code := p.wait(); code != 0 || !strings.Contains(p.stderr.String(), "published 3000 messages of") {
			t.Errorf("exit code %d: %s", code, p.stderr)
		}
		for i := range got {
			if string(got[i].Payload) != strconv.Itoa(i) || got[i].QoS != qos {
				t.Fatalf("message %d is %s at QoS %d", i, got[i].Payload, got[i].QoS)
			}
		}
	}
}
