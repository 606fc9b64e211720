//go:build unix

package faults_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/foxglove/mcap/go/mcap"
	gocmp "github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
	"labtop/testkit/authority"
	"labtop/testkit/blast"
	"labtop/testkit/mosquitto"
	"labtop/testkit/stopwatch"
)

// recorded is everything that a recording holds.
func recorded(t *testing.T, path string) (entries []recording.Entry, health recording.Health) {
	t.Helper()
	f, err := recording.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for {
		var e recording.Entry
		if err := f.Next(&e); errors.Is(err, io.EOF) {
			return entries, f.Health()
		} else if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
}

// kept is how many messages a recording holds.
func kept(t *testing.T, path string) (messages int) {
	t.Helper()
	entries, _ := recorded(t, path)
	for i := range entries {
		if entries[i].Kind == recording.MessageEntry {
			messages++
		}
	}
	return messages
}

// client is a publisher in this process.
func client(t *testing.T, addr string) mqtt.Client {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + addr).SetProtocolVersion(4))
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(100) })
	return c
}

// publisher publishes numbers below a topic, so many a second, and knows when it did.
type publisher struct {
	mu   sync.Mutex
	sent []time.Time // of each number
	stop chan struct{}
	done chan struct{}
}

func publishNumbers(t *testing.T, addr, below string, perSec int) *publisher {
	t.Helper()
	p := &publisher{stop: make(chan struct{}), done: make(chan struct{})}
	c := client(t, addr)
	go func() {
		defer close(p.done)
		ticker := time.NewTicker(max(time.Second/time.Duration(perSec), 2*time.Millisecond))
		defer ticker.Stop()
		began, n := time.Now(), 0
		for {
			select {
			case <-p.stop:
				return
			case <-ticker.C:
			}
			for due := int(time.Since(began).Seconds() * float64(perSec)); n < due; n++ {
				p.mu.Lock()
				p.sent = append(p.sent, time.Now())
				p.mu.Unlock()
				c.Publish(below+"/lab"+strconv.Itoa(n%10)+"/count", 0, false, strconv.Itoa(n))
			}
		}
	}()
	return p
}

// end stops it and returns when each number was sent.
func (p *publisher) end() []time.Time {
	close(p.stop)
	<-p.done
	return p.sent
}

// TestKillWhileRecording kills labtop at random moments: the file opens, says that
// it was cut, holds nothing that was not sent and lacks a second at most. In every other
// round it is to replace an older file, which is there if nothing has taken its place.
// LABTOP_KILL_ROUNDS is how often, 10 by default.
func TestKillWhileRecording(t *testing.T) {
	rounds, err := strconv.Atoi(cmp.Or(os.Getenv("LABTOP_KILL_ROUNDS"), "10"))
	if err != nil {
		t.Fatal(err)
	}
	// What the broker logs of each message would be the most that is to do.
	b := mosquitto.Start(t, "max_queued_messages 0", "log_type information")
	worst := time.Duration(0)
	for round := range rounds {
		rate := []int{20, 1000, 20_000}[round%3]
		path := filepath.Join(t.TempDir(), "lab.mcap")
		// What the broker still has of the round before comes to no other topic.
		below := "round" + strconv.Itoa(round)
		args := []string{"record", "-b", "mqtt://" + b.Addr, "-t", below + "/#", "-o", path}
		if round%2 == 1 {
			args = append(args, "--force")
			if err := os.WriteFile(path, []byte(older), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p := start(t, here, args...)
		p.says("connected")
		numbers := publishNumbers(t, b.Addr, below, rate)
		time.Sleep(200*time.Millisecond + time.Duration(rand.IntN(2000))*time.Millisecond)
		_ = p.cmd.Process.Kill()
		killed := time.Now()
		sent := numbers.end()
		<-p.ended
		lost := checkKilled(t, path, below, sent, killed)
		t.Logf("%d msg/s: %v lost", rate, lost)
		worst = max(worst, lost)
	}
	if t.Logf("at worst %v", worst); worst > time.Second+stopwatch.Room {
		t.Errorf("%v were lost", worst)
	}
}

// older is what was there before a recording.
const older = "precious"

// checkKilled looks at a recording of numbers below a topic and returns how much time it lacks.
func checkKilled(t *testing.T, path, below string, sent []time.Time, killed time.Time) time.Duration {
	t.Helper()
	if data, err := os.ReadFile(path); err == nil && string(data) == older && len(sent) > 0 {
		return stopwatch.Between(sent[0], killed)
	}
	entries, health := recorded(t, path)
	if !health.Cut || health.Damaged > 0 || health.Lost > 0 {
		t.Errorf("%+v", health)
	}
	last := -1
	for i := range entries {
		m := &entries[i].Message
		if entries[i].Kind != recording.MessageEntry {
			continue
		}
		n, err := strconv.Atoi(string(m.Payload))
		if err != nil || n != last+1 || n >= len(sent) || m.Topic != fmt.Sprintf("%s/lab%d/count", below, n%10) {
			t.Fatalf("%s %q after %d of %d", m.Topic, m.Payload, last, len(sent))
		}
		last = n
	}
	// What was sent first and is missing.
	if missing := last + 1; missing < len(sent) && sent[missing].Before(killed) {
		return stopwatch.Between(sent[missing], killed)
	}
	return 0
}

// TestFullDiskWhileRecording has no more room for the file: the recording ends with
// one line and whole, and who did something else beside goes on.
func TestFullDiskWhileRecording(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	limited := func(program string, args ...string) []string {
		return append([]string{"sh", "-c", `ulimit -f 40; exec "$0" "$@"`, program}, args...)
	}
	dir := t.TempDir()
	alone, beside := filepath.Join(dir, "alone.mcap"), filepath.Join(dir, "beside.mcap")
	record := start(t, limited, "record", "-b", "mqtt://"+b.Addr, "-o", alone)
	log := start(t, limited, "log", "-b", "mqtt://"+b.Addr, "-t", "iotclass/#", "--record", beside)
	record.says("connected")
	log.says("connected")
	numbers := publishNumbers(t, b.Addr, "iotclass", 2000)
	defer numbers.end()
	if code := record.wait(); code != 1 || strings.Count(record.stderr.String(), "\n") != 2 ||
		!strings.Contains(record.stderr.String(), "file too large; the recording ends here, and is whole until here") {
		t.Errorf("exit code %d:\n%s", code, record.stderr)
	}
	log.says("file too large; the recording ends here")
	lines := strings.Count(log.stdout.String(), "\n")
	log.prints(lines + 2000)
	if _ = log.cmd.Process.Signal(os.Interrupt); log.wait() != 130 && log.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d", log.cmd.ProcessState.ExitCode())
	}
	for _, path := range []string{alone, beside} {
		checkWholeUntilFull(t, path)
	}
}

// checkWholeUntilFull has a recording that ended for want of room hold all until there.
func checkWholeUntilFull(t *testing.T, path string) {
	t.Helper()
	entries, health := recorded(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries in %d bytes, %+v", len(entries), info.Size(), health)
	if len(entries) < 500 || health.Damaged > 0 || health.Lost > 0 || !health.Cut {
		t.Errorf("%s: %d entries, %+v", path, len(entries), health)
	}
}

// TestRecordingIsWhatWasSent records what a real broker sends and what happens to
// it: every QoS, retained, empty, binary and large messages, over a restart.
func TestRecordingIsWhatWasSent(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	publish(t, here, b, "stored/status", "online", "-r", "-q", "1")
	path := filepath.Join(t.TempDir(), "lab.mcap")
	p := start(t, here, "record", "-b", "mqtt://"+b.Addr, "-t", "#@2", "-o", path)
	p.says("connected")
	large := strings.Repeat("0123456789abcdef", 1<<16)
	want := []model.Message{{Topic: "stored/status", Payload: []byte("online"), QoS: 1, Retained: true}}
	c := client(t, b.Addr)
	send := func(topic, payload string, qos byte) {
		if token := c.Publish(topic, qos, false, payload); token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
		want = append(want, model.Message{Topic: topic, Payload: []byte(payload), QoS: qos})
	}
	send("a/text", " 22.50", 0)
	send("a/empty", "", 1)
	send("a/binary", "\x00\xff\x1b[31m\r\n", 2)
	send("küche/температура/温度", "21,5 °C 😀", 1)
	send("a/large", large, 2)
	send("labtop/note", `{"text":"not ours"}`, 0)
	logs(t, b, "Received PUBCOMP", 2)
	c.Disconnect(100)
	b.Stop()
	b.Start()
	p.says("connected")
	c = client(t, b.Addr)
	send("after/the/restart", "1", 0)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if entries, _ := recorded(t, path); slices.ContainsFunc(entries, func(e recording.Entry) bool { return e.Message.Topic == "after/the/restart" }) {
			break
		}
	}
	p.interrupt()
	entries, health := recorded(t, path)
	if health != (recording.Health{}) {
		t.Errorf("%+v", health)
	}
	var got []model.Message
	var states []string
	for i := range entries {
		switch e := &entries[i]; e.Kind {
		case recording.MessageEntry:
			m := e.Message
			if m.Size != len(m.Payload) || m.Time.Before(p.began) || m.Time.After(time.Now()) {
				t.Errorf("%s has %d bytes of %d, of %v", m.Topic, len(m.Payload), m.Size, m.Time)
			}
			got = append(got, m)
		case recording.ConnectionEntry:
			states = append(states, e.Connection.State.String())
			if e.Connection.State == model.Connected && (len(e.Connection.Subscriptions) != 1 || e.Connection.Subscriptions[0].Granted != 2) {
				t.Errorf("connected with %+v", e.Connection.Subscriptions)
			}
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i := range want {
		if g, w := &got[i], &want[i]; g.Topic != w.Topic || !bytes.Equal(g.Payload, w.Payload) || g.QoS != w.QoS || g.Retained != w.Retained {
			t.Errorf("message %d: %s %.40q %d %v, want %s %.40q %d %v", i, g.Topic, g.Payload, g.QoS, g.Retained, w.Topic, w.Payload, w.QoS, w.Retained)
		}
	}
	if s := strings.Join(states, " "); !strings.HasPrefix(s, "connecting connected waiting") || !strings.HasSuffix(s, "connecting connected") {
		t.Errorf("states: %s", s)
	}
	thereAndBack(t, path, len(want))
}

// thereAndBack exports a recording, imports what it has exported, and exports that:
// the same bytes. The makers' reader of the format accepts both recordings.
func thereAndBack(t *testing.T, path string, messages int) {
	t.Helper()
	exported := func(path string) string {
		export := start(t, here, "export", path, "--format", "ndjson")
		if code := export.wait(); code != 0 || export.stderr.String() != "" {
			t.Fatalf("exit code %d: %s", code, export.stderr)
		}
		return export.stdout.String()
	}
	first := exported(path)
	dir := t.TempDir()
	log, back := filepath.Join(dir, "log.ndjson"), filepath.Join(dir, "back.mcap")
	if err := os.WriteFile(log, []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	imported := start(t, here, "import", log, "-o", back)
	if code := imported.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, imported.stderr)
	}
	if second := exported(back); second != first || strings.Count(first, "\n") != messages {
		t.Errorf("%d lines in %d bytes came back as %d", strings.Count(first, "\n"), len(first), len(second))
	}
	for _, path := range []string{path, back} {
		if n := countRecords(t, path, nil); n < messages {
			t.Errorf("%s has %d records", path, n)
		}
	}
}

// countRecords counts the records of a recording with the makers' reader of the format,
// and looks at each, those in chunks too.
func countRecords(t *testing.T, path string, look func(record []byte)) (n int) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lexer, err := mcap.NewLexer(file, &mcap.LexerOptions{ValidateChunkCRCs: true, ComputeAttachmentCRCs: true})
	if err != nil {
		t.Fatal(err)
	}
	defer lexer.Close()
	for ; ; n++ {
		_, record, err := lexer.Next(nil)
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatalf("record %d of %s: %v", n, path, err)
		}
		if look != nil {
			look(record)
		}
	}
}

// TestRecordAMillion records a million messages as fast as they come: those in the
// file and those that it says are lost are all, in their order.
func TestRecordAMillion(t *testing.T) {
	const sent = 1_000_000
	path := filepath.Join(t.TempDir(), "lab.mcap")
	s := blast.Send(t, blast.Stream{Messages: sent, Numbered: true})
	p := start(t, here, "record", "-b", "mqtt://"+s.Addr, "-t", "#", "-o", path)
	if _, err := s.Elapsed(); err != nil { // it has acknowledged the last one
		t.Fatal(err)
	}
	p.interrupt()
	entries, health := recorded(t, path)
	if health != (recording.Health{}) {
		t.Errorf("%+v", health)
	}
	n, gaps, lost := 0, 0, uint64(0)
	perTopic := map[string]int{}
	for i := range entries {
		switch e := &entries[i]; e.Kind {
		case recording.MessageEntry:
			perTopic[e.Message.Topic]++
			number := n + int(lost)
			want := fmt.Sprintf("iotclass/lab%03d/%s %d", number%blast.Topics/2, [2]string{"temperature", "humidity"}[number%2], number)
			if got := e.Message.Topic + " " + string(e.Message.Payload); got != want && number < sent {
				t.Fatalf("message %d is %s, want %s", number, got, want)
			}
			n++
		case recording.GapEntry:
			gaps++
			lost += e.Gap.Messages
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages in %d bytes, %.1f a message; %d lost in %d gaps", n, info.Size(), float64(info.Size())/float64(n), lost, gaps)
	if total := uint64(n) + lost; total != uint64(s.Total()) || len(perTopic) != blast.Topics+1 || float64(info.Size())/float64(n) > 30 {
		t.Errorf("%d and %d lost of %d, on %d topics, in %d bytes", n, lost, sent, len(perTopic), info.Size())
	}
}

// TestNoSecretIsRecorded logs in with every kind of secret: nothing of them is in the
// recording, whatever part of it one looks at.
func TestNoSecretIsRecorded(t *testing.T) {
	t.Parallel()
	const secret = "geheim-8271"
	dir := t.TempDir()
	ca := authority.New(t, dir, "ca")
	cert, key := ca.Issue(t, "server", -time.Hour, time.Hour, "localhost")
	clientCert, clientKey := ca.Issue(t, "client", -time.Hour, time.Hour)
	pem, err := os.ReadFile(clientKey)
	if err != nil {
		t.Fatal(err)
	}
	plain := mosquitto.Start(t)
	encrypted := mosquitto.Start(t, "cafile "+ca.File, "certfile "+cert, "keyfile "+key, "require_certificate true")
	file, config := filepath.Join(dir, "password"), filepath.Join(dir, "config.yaml")
	for path, text := range map[string]string{file: secret + "\n", config: "password_command: [echo, " + secret + "]\nusername: user\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plainly := []string{"-b", "mqtt://" + plain.Addr}
	for name, args := range map[string][]string{
		"password file":    append(plainly, "-u", "user", "--password-file", file),
		"password command": append(plainly, "-c", config),
		"variable":         append(plainly, "-u", "user"),
		"key":              {"-b", "mqtts://" + encrypted.Addr, "--server-name", "localhost", "--ca-file", ca.File, "--cert-file", clientCert, "--key-file", clientKey},
		"in a query":       {"-b", "ws://127.0.0.1:1/mqtt?token=" + secret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "lab.mcap")
			place := here
			if name == "variable" {
				place = func(program string, args ...string) []string {
					return append([]string{"env", "LABTOP_PASSWORD=" + secret, program}, args...)
				}
			}
			p := start(t, place, append([]string{"record", "-o", path, "--for", "3s"}, args...)...)
			if code := p.wait(); code != 0 && name != "in a query" {
				t.Fatalf("exit code %d:\n%s", code, p.stderr)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			half := pem[len(pem)/3 : len(pem)*2/3] // of the key, without its first and last line
			check := func(record []byte) {
				if bytes.Contains(record, []byte(secret)) || bytes.Contains(record, half) {
					t.Errorf("%q", record)
				}
			}
			check(data)
			if n := countRecords(t, path, check); n < 7 {
				t.Errorf("%d records", n)
			}
		})
	}
}

// TestStateFromRecording has the state at the end of a recording, which is that of
// the live session in all but the connection's own figures.
func TestStateFromRecording(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"3.1.1", "5"} {
		t.Run("MQTT "+protocol, func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t)
			lab := start(t, here, "simulate", "-b", "mqtt://"+b.Addr, "--labs", "10", "--interval", "1s", "--speed", "10",
				"--challenge", "all", "--chaos", "crash,garbage,offline-twice,reboot,spike")
			lab.says("are connected")
			path := filepath.Join(t.TempDir(), "lab.mcap")
			live := start(t, here, "snapshot", "-b", "mqtt://"+b.Addr, "--json", "--for", "8s", "--record", path, "--protocol", protocol)
			fired := live.wait()
			if fired != 0 && fired != 3 {
				t.Fatalf("exit code %d: %s", fired, live.stderr)
			}
			read := start(t, here, "snapshot", "--from", path, "--json")
			if code := read.wait(); code != fired || read.stderr.String() != "" {
				t.Fatalf("exit code %d, not %d: %s", code, fired, read.stderr)
			}
			state := stateOf(t, live)
			if diff := gocmp.Diff(state, stateOf(t, read)); diff != "" {
				t.Error(diff)
			}
			if told := strings.Contains(live.stdout.String(), `"subscription-filters": [`); told != (protocol == "5") {
				t.Errorf("the state tells of properties: %t", told)
			}
			if counts, _ := state["alert_counts"].(map[string]any); counts["transitions"] == 0.0 {
				t.Errorf("no alert took a step: %v", counts)
			}
			alertsAreRecorded(t, path)
		})
	}
}

// alertsAreRecorded checks that the steps of alerts that a session has recorded are
// those that `alerts check` tells of its messages.
func alertsAreRecorded(t *testing.T, path string) {
	t.Helper()
	entries, _ := recorded(t, path)
	var live, checked []string
	line := func(at time.Time, a *recording.Alert) string {
		return strings.Join([]string{at.UTC().Format(time.RFC3339Nano), a.Rule, a.Device, a.Metric, a.Topic, a.From, a.To, a.Severity, a.Summary}, " ")
	}
	for i := range entries {
		if e := &entries[i]; e.Kind == recording.AlertEntry {
			live = append(live, line(e.Time, &e.Alert))
		}
	}
	check := start(t, here, "alerts", "check", "--json", path)
	check.wait()
	for text := range strings.Lines(check.stdout.String()) {
		var step struct {
			Time     time.Time
			From, To string
			Alert    recording.Alert
		}
		if err := json.Unmarshal([]byte(text), &step); err != nil {
			t.Fatal(err)
		}
		step.Alert.From, step.Alert.To = step.From, step.To
		checked = append(checked, line(step.Time, &step.Alert))
	}
	if diff := gocmp.Diff(live, checked); diff != "" || len(live) == 0 {
		t.Errorf("%d steps: %s", len(live), diff)
	}
}

// stateOf is a printed state without what a recording does not tell.
func stateOf(t *testing.T, p *program) map[string]any {
	t.Helper()
	var state map[string]any
	if err := json.Unmarshal([]byte(p.stdout.String()), &state); err != nil {
		t.Fatal(err)
	}
	if devices, _ := state["devices"].([]any); len(devices) < 10 {
		t.Fatalf("%d devices", len(devices))
	}
	for _, key := range []string{"time", "source", "recording", "recorded"} {
		delete(state, key)
	}
	counters, _ := state["counters"].(map[string]any)
	for _, key := range []string{"bytes", "stalls", "repeats"} {
		delete(counters, key)
	}
	session, _ := state["session"].(map[string]any)
	for _, key := range []string{"bytes_rate", "last_byte", "ping_ms"} {
		delete(session, key)
	}
	return state
}

// TestExportIsTheLog has the messages of a recording as JSON, byte for byte what the
// live session printed.
func TestExportIsTheLog(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	path := filepath.Join(t.TempDir(), "lab.mcap")
	log := start(t, here, "log", "-b", "mqtt://"+b.Addr, "-t", "#@1", "--json", "--record", path)
	log.says("connected")
	c := client(t, b.Addr)
	for i := range 300 {
		payload := []string{"22.50", "", "\x00\xff\x1b[2J", "küche\n", `{"a":[1,2]}`, strings.Repeat("x", 5000)}[i%6]
		if token := c.Publish(fmt.Sprintf("a/%d/ü\u202e", i%7), byte(i%3), i%5 == 0, payload); token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	log.prints(300)
	log.interrupt()
	export := start(t, here, "export", path, "--format", "ndjson")
	if code := export.wait(); code != 0 || export.stderr.String() != "" {
		t.Fatalf("exit code %d: %s", code, export.stderr)
	}
	if diff := gocmp.Diff(log.stdout.String(), export.stdout.String()); diff != "" {
		t.Errorf("%.2000s", diff)
	}
}

// TestMosquittoSub reads what the installed mosquitto_sub writes, as text and as JSON.
func TestMosquittoSub(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	host, port, _ := net.SplitHostPort(b.Addr)
	payloads := []string{" 22.50", "", `{"a": [1, 2]}`, "online", "7"}
	for i, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"-F", "%j"}, payloads},
		{[]string{"-F", "%J"}, []string{"22.5", "", `{"a":[1,2]}`, "7"}},
		{[]string{"-v"}, payloads},
		{[]string{"-F", "%I %t %q %r %p"}, payloads},
		{[]string{"-F", "%U %q %r %l %x %t"}, payloads},
	} {
		id := "sub" + strconv.Itoa(i)
		path := filepath.Join(t.TempDir(), "log")
		log, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		sub := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_sub"), append([]string{"-h", host, "-p", port, "-t", "a", "-q", "2", "-C", strconv.Itoa(len(payloads)), "-i", id}, test.args...)...)
		sub.Stdout = log
		if err := sub.Start(); err != nil {
			t.Fatal(err)
		}
		logs(t, b, "Sending SUBACK to "+id, 1)
		c := client(t, b.Addr)
		for i, payload := range payloads {
			if token := c.Publish("a", byte(i%3), false, payload); token.Wait() && token.Error() != nil {
				t.Fatal(token.Error())
			}
		}
		if err := errors.Join(sub.Wait(), log.Close()); err != nil {
			t.Fatal(err)
		}
		entries, health := recorded(t, path)
		var got []string
		for i := range entries {
			m := &entries[i].Message
			got = append(got, string(m.Payload))
			if age := time.Since(m.Time); m.Topic != "a" || age < -10*time.Second || age > time.Minute {
				t.Errorf("%s: %+v", test.args, m)
			}
		}
		slices.Sort(got) // a QoS 2 message comes out later than the QoS 0 ones after it
		slices.Sort(test.want)
		if diff := gocmp.Diff(test.want, got); diff != "" || health.Skipped > 0 || health.Lost != uint64(len(payloads)-len(test.want)) {
			t.Errorf("%s: %s %+v", test.args, diff, health)
		}
	}
}
