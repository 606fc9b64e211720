//go:build unix

package faults_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
	"labtop/testkit/mosquitto"
)

// TestRecordingKeepsProperties has a real broker pass on messages of MQTT 5 with properties
// of every kind: labtop log --json, the recording beside it, what is exported from that and
// comes back, and what mosquitto_sub writes have them as they were sent.
func TestRecordingKeepsProperties(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	of := func(more ...string) (args []string) {
		args = []string{"-V", "5"}
		for i := 0; i < len(more); i += 2 {
			args = append(args, "-D", "publish", more[i], more[i+1])
		}
		return args
	}
	user := func(more ...string) []string {
		return append(of("content-type", "text/ü", "payload-format-indicator", "1", "response-topic", "re/sp", "correlation-data", `a "b"`, "message-expiry-interval", "60"), more...)
	}
	publish(t, here, b, "stored", "x", append(of("message-expiry-interval", "3600"), "-r", "-q", "1")...)
	dir := t.TempDir()
	path, log := filepath.Join(dir, "lab.mcap"), filepath.Join(dir, "mosquitto.json")
	p := start(t, here, "log", "--json", "-b", "mqtt://"+b.Addr, "-t", "#@2", "--protocol", "5", "--record", path)
	p.says("connected")
	p.prints(1)
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(b.Addr)
	sub := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_sub"), "-V", "5", "-h", host, "-p", port, "-t", "a", "-q", "2", "-C", "6", "-F", "%j", "-i", "sub")
	sub.Stdout = out
	if err := sub.Start(); err != nil {
		t.Fatal(err)
	}
	logs(t, b, "Sending SUBACK to sub", 1)
	pairs := []string{"-D", "publish", "user-property", "k", "v1", "-D", "publish", "user-property", "", "", "-D", "publish", "user-property", "k", "v2"}
	publish(t, here, b, "a", " 22.50", user(pairs...)...)
	publish(t, here, b, "a", " 22.50", append(user(pairs...), "-q", "1")...)
	publish(t, here, b, "a", "online")
	publish(t, here, b, "a", "1", of("correlation-data", "\xca\xfe\x1b")...)
	publish(t, here, b, "a", "2", of("message-expiry-interval", "59")...)
	publish(t, here, b, "a", "\x00\xff", append(of("content-type", "application/octet-stream"), "-q", "2")...) // which mosquitto_sub prints later than others
	if err := sub.Wait(); err != nil {
		t.Fatal(err)
	}
	p.prints(7)
	p.interrupt()

	all := model.Properties{
		Expires: true, Expiry: time.Minute, Text: true, ContentType: "text/ü", ResponseTopic: "re/sp", CorrelationData: []byte(`a "b"`),
		User: []model.UserProperty{{Name: "k", Value: "v1"}, {}, {Name: "k", Value: "v2"}},
	}
	want := []model.Properties{
		{Expires: true, Expiry: time.Hour},
		all, all,
		{},
		{CorrelationData: []byte("\xca\xfe\x1b")},
		{Expires: true, Expiry: 59 * time.Second},
		{ContentType: "application/octet-stream"},
	}
	for i := range want {
		want[i].Filters = []string{"#"}
	}
	if diff := gocmp.Diff(want, propertiesIn(t, path)); diff != "" {
		t.Errorf("the recording: %s", diff)
	}
	export := start(t, here, "export", path, "--format", "ndjson")
	if code := export.wait(); code != 0 || export.stdout.String() != p.stdout.String() {
		t.Errorf("exit code %d; %s", code, gocmp.Diff(p.stdout.String(), export.stdout.String()))
	}
	thereAndBack(t, path, len(want))

	for i := range want { // mosquitto_sub asked for no identifiers, and for what is live
		want[i].Filters = nil
	}
	want[4].CorrelationData = []byte("\ufffd\ufffd\x1b")
	if diff := gocmp.Diff(want[1:], propertiesIn(t, log)); diff != "" {
		t.Errorf("what mosquitto_sub has written: %s", diff)
	}
}

// propertiesIn are the properties of the messages of a recording or log, in their order;
// the life of a stored message is as long as it was sent.
func propertiesIn(t *testing.T, path string) (all []model.Properties) {
	t.Helper()
	entries, health := recorded(t, path)
	if health.Damaged > 0 || health.Skipped > 0 || health.Lost > 0 {
		t.Errorf("%s: %+v", path, health)
	}
	for i := range entries {
		e := &entries[i]
		if e.Kind != recording.MessageEntry {
			continue
		}
		var p model.Properties
		if e.Message.Properties != nil {
			p = *e.Message.Properties
		}
		if left := p.Expiry; e.Message.Retained && left > time.Hour-time.Minute && left <= time.Hour {
			p.Expiry = time.Hour
		}
		all = append(all, p)
	}
	return all
}

// TestReplayToBrokerKeepsProperties publishes a recording with properties of every kind to
// a real broker, and records what that passes on: the same, answers below the prefix. With
// MQTT 3.1.1 it says that they are missing.
func TestReplayToBrokerKeepsProperties(t *testing.T) {
	t.Parallel()
	sets := []model.Properties{
		{Expires: true, Expiry: time.Hour, Text: true, ContentType: "text/ü", CorrelationData: []byte("\x00\xff\x1b"), Filters: []string{"lab/#"}},
		{User: []model.UserProperty{{Name: "k", Value: "1"}, {}, {Name: "k", Value: "\u2028"}}, ResponseTopic: "lab/answers"},
		{},
		{Filters: []string{"lab/#"}},
	}
	var messages []model.Message
	for i := range sets {
		m := said(0, "lab/a", "x", byte(i%2))
		if m.Properties = &sets[i]; i == 2 {
			m.Properties = nil
		}
		messages = append(messages, m)
	}
	path := lesson(t, "mqtt://elsewhere.invalid:1883", messages...)
	b := mosquitto.Start(t)
	back := filepath.Join(t.TempDir(), "back.mcap")
	p := start(t, here, "record", "-b", "mqtt://"+b.Addr, "-t", "#@2", "--protocol", "5", "-o", back)
	p.says("connected")
	published := "labtop: published 4 messages of " + path + " to mqtt://" + b.Addr + "\n"
	for _, tt := range []struct{ protocol, says string }{
		{"5", published},
		{"3.1.1", "labtop: warning: 2 messages of " + path + " are published without their properties, which --protocol 5 publishes\n" + published},
	} {
		replay := start(t, here, "replay", path, "--to", "mqtt://"+b.Addr, "--prefix", "replay/", "--protocol", tt.protocol)
		if code := replay.wait(); code != 0 || replay.stderr.String() != tt.says {
			t.Errorf("exit code %d: %s", code, replay.stderr)
		}
	}
	publish(t, here, b, "end", "x")
	for end := time.Now().Add(patience); time.Now().Before(end) && len(propertiesIn(t, back)) < 9; time.Sleep(50 * time.Millisecond) {
	}
	p.interrupt()
	want := slices.Concat(sets, make([]model.Properties, 5))
	for i := range want {
		want[i].Filters = []string{"#"}
	}
	want[1].ResponseTopic = "replay/lab/answers"
	if diff := gocmp.Diff(want, propertiesIn(t, back)); diff != "" {
		t.Error(diff)
	}
}
