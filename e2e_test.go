package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/testkit/authority"
	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/terminal"
)

// The tests in this file run the built binary against a real Mosquitto, and in
// a real terminal.

func TestMain(m *testing.M) { os.Exit(binary.Main(m)) }

func labtop(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return binary.Command(t, args...)
}

// run runs labtop to its end.
func run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := labtop(t, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// publish sends one message with mosquitto_pub.
func publish(t *testing.T, b *mosquitto.Broker, topic, payload string, more ...string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(b.Addr)
	args := append([]string{"-h", host, "-p", port, "-t", topic, "-m", payload}, more...)
	if out, err := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_pub"), args...).CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
}

// connected waits until the broker has seen n clients of labtop subscribe.
func connected(t *testing.T, b *mosquitto.Broker, n int) {
	t.Helper()
	for strings.Count(b.Log(), "Sending SUBACK to labtop-") < n {
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // the log is all that the broker tells
	}
}

// course publishes the course's messages: stored presence, then readings.
func course(t *testing.T, b *mosquitto.Broker) {
	t.Helper()
	publish(t, b, "iotclass/lab1/temperature", " 22.50")
	publish(t, b, "iotclass/lab1/humidity", " 45.30")
}

type snapshotMetric struct {
	Name     string  `json:"name"`
	Topic    string  `json:"topic"`
	Value    any     `json:"value"`
	Text     string  `json:"text"`
	Unit     string  `json:"unit"`
	QoS      int     `json:"qos"`
	Retained bool    `json:"retained"`
	Count    int     `json:"count"`
	State    string  `json:"state"`
	Min      float64 `json:"min"`
}

type snapshotDevice struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Presence string           `json:"presence"`
	Stale    bool             `json:"stale"`
	Metrics  []snapshotMetric `json:"metrics"`
}

type snapshotSubscription struct {
	Filter    string `json:"filter"`
	Requested int    `json:"requested_qos"`
	Granted   *int   `json:"granted_qos"`
	Error     string `json:"error"`
}

type snapshot struct {
	Source        string                 `json:"source"`
	State         string                 `json:"state"`
	Messages      int                    `json:"messages"`
	Topics        int                    `json:"topics"`
	Subscriptions []snapshotSubscription `json:"subscriptions"`
	Devices       []snapshotDevice       `json:"devices"`
	Alerts        []snapshotAlert        `json:"alerts"`
	Counters      map[string]int         `json:"counters"`
}

type snapshotAlert struct {
	Rule     string  `json:"rule"`
	Device   string  `json:"device"`
	Metric   string  `json:"metric"`
	State    string  `json:"state"`
	Severity string  `json:"severity"`
	Value    any     `json:"value"`
	Peak     float64 `json:"peak"`
	Summary  string  `json:"summary"`
}

// watch takes a snapshot while meanwhile publishes. The exit code must say whether
// an alert fires.
func watch(t *testing.T, b *mosquitto.Broker, meanwhile func(), args ...string) snapshot {
	t.Helper()
	before := strings.Count(b.Log(), "Sending SUBACK to labtop-")
	cmd := labtop(t, append([]string{"snapshot", "--json", "-b", "mqtt://" + b.Addr}, args...)...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	connected(t, b, before+1)
	meanwhile()
	_ = cmd.Wait()
	var s snapshot
	if err := json.Unmarshal([]byte(out.String()), &s); err != nil {
		t.Fatalf("%v in %s%s", err, out.String(), errs.String())
	}
	want := 0
	if slices.ContainsFunc(s.Alerts, func(a snapshotAlert) bool { return a.State == "firing" }) {
		want = 3
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("exit code %d, want %d\n%s", code, want, errs.String())
	}
	return s
}

func TestSnapshotOfTheCourse(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	publish(t, b, "iotclass/lab1/status", "online", "-q", "1", "-r")
	got := watch(t, b, func() {
		course(t, b)
		course(t, b)
	}, "--for", "6s", "-t", "iotclass/#@1", "-t", "$SYS/broker/uptime")
	granted := []int{1, 0}
	want := snapshot{
		Source: "mqtt://" + b.Addr, State: "connected", Messages: 5, Topics: 3,
		Subscriptions: []snapshotSubscription{
			{Filter: "iotclass/#", Requested: 1, Granted: &granted[0]},
			{Filter: "$SYS/broker/uptime", Granted: &granted[1]},
		},
		Alerts: []snapshotAlert{},
		Devices: []snapshotDevice{{
			ID: "iotclass/lab1", Name: "lab1", Presence: "online",
			Metrics: []snapshotMetric{
				{Name: "temperature", Topic: "iotclass/lab1/temperature", Value: 22.5, Text: "22.50", Unit: "°C", Count: 2, State: "ok", Min: 22.5},
				{Name: "humidity", Topic: "iotclass/lab1/humidity", Value: 45.3, Text: "45.30", Unit: "%", Count: 2, State: "ok", Min: 45.3},
				{Name: "status", Topic: "iotclass/lab1/status", Text: "online", QoS: 1, Retained: true, Count: 1, State: "ok"},
			},
		}},
	}
	// The user named a $SYS topic, so the broker is listed too.
	if len(got.Devices) == 2 && got.Devices[0].ID == "$SYS/broker" {
		got.Devices = got.Devices[1:]
	} else {
		t.Errorf("the broker's own topic is not listed: %+v", got.Devices)
	}
	got.Counters = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
}

func TestSnapshotText(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	publish(t, b, "iotclass/lab1/status", "online", "-q", "1", "-r")
	publish(t, b, "iotclass/lab1/temperature", " 22.50", "-r")
	publish(t, b, "iotclass/lab1/humidity", " 45.30", "-r")
	out, stderr, code := run(t, "snapshot", "--for", "3s", "-b", b.Addr)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	lines := strings.Split(out, "\n")
	for i, want := range []string{
		"IoT MQTT Dashboard - Real-Time Sensor Data", "", "LAB1",
		"  Temperature  22.50 °C          [", "  Humidity     45.30 %           [", "  Status       online            [",
		"", "Total messages received: 3", "Last update: ",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is not %q:\n%s", i+1, want, out)
		}
	}
}

func TestWillTurnsTheBoardOffline(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	host, port, _ := net.SplitHostPort(b.Addr)
	board := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_sub"), "-h", host, "-p", port, "-i", "board",
		"-t", "iotclass/lab1/command", "--will-topic", "iotclass/lab1/status", "--will-payload", "offline", "--will-retain", "--will-qos", "1")
	if err := board.Start(); err != nil {
		t.Fatal(err)
	}
	publish(t, b, "iotclass/lab1/status", "online", "-q", "1", "-r")
	for !strings.Contains(b.Log(), "Sending SUBACK to board") {
		time.Sleep(10 * time.Millisecond) // the log is all that the broker tells
	}
	got := watch(t, b, func() {
		_ = board.Process.Kill()
		_ = board.Wait()
	}, "--for", "6s")
	if len(got.Devices) != 1 || got.Devices[0].Presence != "offline" {
		t.Errorf("the board is not offline: %+v", got.Devices)
	}
	want := []snapshotAlert{{Rule: "offline", Device: "iotclass/lab1", State: "firing", Severity: "critical", Summary: "offline"}}
	if diff := cmp.Diff(want, got.Alerts); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

func TestSilentBoardTurnsStale(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	one, two := speaker(t, b, "iotclass/lab1/temperature"), speaker(t, b, "iotclass/lab2/temperature")
	got := watch(t, b, func() {
		beat := time.NewTicker(500 * time.Millisecond) // a silence is measured against the rhythm before it
		defer beat.Stop()
		for range 4 {
			one(" 22.50")
			two(" 22.50")
			<-beat.C
		}
	}, "--for", "10s")
	if len(got.Devices) != 2 {
		t.Fatalf("devices: %+v", got.Devices)
	}
	for _, d := range got.Devices {
		if !d.Stale || d.Metrics[0].State != "stale" || d.Metrics[0].Value != 22.5 {
			t.Errorf("after seconds of silence: %+v", d)
		}
	}
}

func TestUnreachableBroker(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"snapshot", "--for", "3s"}, {"publish", "a", "b"}} {
		_, stderr, code := run(t, append(args, "-b", "127.0.0.1:1")...)
		if code != 4 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "refused") {
			t.Errorf("%v: exit code %d, stderr %q", args, code, stderr)
		}
	}
}

func TestTLSAndPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := authority.New(t, dir, "lab")
	cert, key := ca.Issue(t, "broker", -time.Hour, time.Hour, "localhost")
	passwords, secret := filepath.Join(dir, "passwords"), filepath.Join(dir, "secret")
	if out, err := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_passwd"), "-b", "-c", passwords, "iotuser", "s3same").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(secret, []byte("s3same\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := mosquitto.Start(t, "certfile "+cert, "keyfile "+key, "password_file "+passwords)
	_, port, _ := net.SplitHostPort(b.Addr)
	broker := []string{"-b", "mqtts://localhost:" + port, "-u", "iotuser"}
	tests := []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"all is right", []string{"--ca-file", ca.File, "--password-file", secret}, 0, ""},
		{"no password", []string{"--ca-file", ca.File}, 4, "not authorised"},
		{"unknown authority", []string{"--password-file", secret}, 4, "certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := run(t, append(append([]string{"publish", "iotclass/lab1/status", "online", "--qos", "1"}, broker...), tt.args...)...)
			if code != tt.code || !strings.Contains(stderr, tt.stderr) || strings.Contains(stderr, "s3same") {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
		})
	}
}

// dashboard runs labtop in a terminal.
func dashboard(t *testing.T, width, height int, args string) *terminal.Terminal {
	t.Helper()
	path := binary.Path(t)
	return terminal.Start(t, width, height, path+" "+args, "HOME="+t.TempDir(), "TZ=UTC", "COLORTERM=truecolor")
}

func TestDashboardOnMosquitto(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	publish(t, b, "iotclass/lab1/status", "online", "-q", "1", "-r")
	term := dashboard(t, 80, 24, "-b "+b.Addr)
	term.Wait("● mqtt://"+b.Addr, "LAB1", "online", "0R")
	course(t, b)
	term.Wait("22.50 °C", "45.30 %", "3 messages", "COUNT", "QOS", "AGE", "TIME")

	term.Resize(120, 40)
	term.Wait("MIN", "MAX", "── iotclass/lab1/temperature")
	term.Resize(40, 8)
	term.Wait("22.50 °C")
	term.Resize(20, 4)
	term.Wait("labtop needs 40x8")
	term.Resize(80, 24)
	term.Wait("22.50 °C", "COUNT")

	// The broker goes and comes back; what was heard stays on the screen.
	b.Kill()
	term.Wait("○ mqtt://"+b.Addr, "22.50 °C", "next try in", "R now")
	b.Start()
	term.Keys("R")
	term.Wait("● mqtt://" + b.Addr)
	publish(t, b, "iotclass/lab1/temperature", " 23.75")
	term.Wait("23.75 °C", "4 messages")

	term.Keys("q")
	term.Wait("ended with 0")
	if term.AltScreen() || !term.CursorVisible() {
		t.Errorf("the terminal is not restored: alternate screen %v, cursor %v", term.AltScreen(), term.CursorVisible())
	}
}

func TestDashboardStartsBeforeTheBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	b.Stop()
	term := dashboard(t, 100, 30, "-b "+b.Addr)
	term.Wait("No connection yet.", "refused the connection", "is the broker running")
	b.Start()
	term.Keys("R")
	term.Wait("● mqtt://"+b.Addr, "no device has spoken yet")
	course(t, b)
	term.Wait("22.50 °C")
	term.Keys("C-c")
	term.Wait("ended with 130")
}

func TestDemo(t *testing.T) {
	t.Parallel()
	term := dashboard(t, 120, 40, "demo --speed 20")
	term.Wait("demo lab", "LAB1", "KITCHEN", "light state", "°C")
	term.Wait("offline")
	term.Keys("?")
	term.Wait("Signs", "quit, always")
	term.Keys("Escape")
	term.Wait("COUNT")
	term.Keys("q")
	term.Wait("ended with 0")
	if term.AltScreen() {
		t.Error("the terminal is not restored")
	}
}

// TestHostileTopicsInATerminal sends what would act on a terminal through a real
// broker, as far as it lets it pass.
func TestHostileTopicsInATerminal(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	term := dashboard(t, 120, 40, "-b "+b.Addr)
	term.Wait("no device has spoken yet")
	for i, payload := range []string{"\x1b]0;owned\x07", "\x1b[2J\x1b[H", "\u009b2J", "a\rb\nc", "\u202eevil", "\xff\xfe", "\x1b[?1049l", "\x1bc"} {
		publish(t, b, fmt.Sprintf("iotclass/lab%d/text", i), payload)
	}
	publish(t, b, "iotclass/\u202eevil\u200b/text", "fine")
	publish(t, b, "iotclass/last/temperature", "21.00")
	term.Wait("LAST", "21.00 °C", "LAB0")
	if title := term.Title(); strings.Contains(title, "owned") {
		t.Errorf("the title became %q", title)
	}
	if !term.AltScreen() {
		t.Error("a payload left the alternate screen")
	}
	term.Keys("q")
	term.Wait("ended with 0")
}

func TestPlainForPipes(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := labtop(t, "-b", b.Addr)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	connected(t, b, 1)
	course(t, b)
	var text strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(text.String(), "45.30 %") && ctx.Err() == nil {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, text.String())
		}
		text.Write(buf[:n])
	}
	if strings.ContainsRune(text.String(), '\x1b') {
		t.Errorf("escapes in a pipe: %q", text.String())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d after an interrupt", code)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	cmd := labtop(t, "log", "--json", "-b", b.Addr, "-t", "iotclass/#")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	connected(t, b, 1)
	publish(t, b, "iotclass/lab1/text", "\x1b[31m\u009bred")
	var line struct {
		Topic   string `json:"topic"`
		Payload string `json:"payload"`
		Size    int    `json:"size"`
	}
	if err := json.NewDecoder(out).Decode(&line); err != nil {
		t.Fatal(err)
	}
	if line.Topic != "iotclass/lab1/text" || line.Payload != "\x1b[31m\u009bred" || line.Size != 10 {
		t.Errorf("the line lost something: %+v", line)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
}

// TestKeyboardElsewhere gives the dashboard no terminal to read from: it finds
// the one that it is drawn on, or says what it needs.
func TestKeyboardElsewhere(t *testing.T) {
	t.Parallel()
	term := dashboard(t, 80, 24, "demo </dev/null")
	term.Wait("demo lab", "LAB1")
	term.Keys("q")
	term.Wait("ended with 0")
}

// TestShortSnapshotAgrees takes a snapshot before the clock has ticked: what it counts
// is what it lists.
func TestShortSnapshotAgrees(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	for i := range 5 {
		publish(t, b, fmt.Sprintf("iotclass/lab%d/temperature", i), "22.50", "-r")
	}
	var got snapshot
	for length := 600 * time.Millisecond; got.Topics < 5 && length < time.Minute; length *= 2 { // a slow machine hears less
		out, stderr, _ := run(t, "snapshot", "--json", "-b", b.Addr, "--for", length.String())
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v in %s%s", err, out, stderr)
		}
		if len(got.Devices) != got.Topics || got.Messages != got.Topics {
			t.Errorf("%d topics, %d devices, %d messages, want the same of each", got.Topics, len(got.Devices), got.Messages)
		}
	}
	if got.Topics != 5 {
		t.Errorf("%d topics, want 5", got.Topics)
	}
}
