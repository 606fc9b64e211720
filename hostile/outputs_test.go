package hostile_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/cli"
	"labtop/model"
	"labtop/testkit/attack"
	"labtop/testkit/oracle"
)

// result is what a command line printed.
type result struct {
	stdout, stderr string
	code           int
}

// pipe is an output that tells when it has grown.
type pipe struct {
	mu    sync.Mutex // guards text
	text  bytes.Buffer
	grown func(text string) // called with all text
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.text.Write(b)
	if p.grown != nil {
		p.grown(p.text.String())
	}
	return n, err
}

func (p *pipe) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// run runs a command line in this process. With enough it is interrupted once stdout
// is as wanted.
func run(t *testing.T, environment map[string]string, enough func(stdout string) bool, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stdout, stderr := &pipe{}, &pipe{}
	if enough != nil {
		stdout.grown = func(text string) {
			if enough(text) {
				cancel()
			}
		}
	}
	code := cli.Run(ctx, args, cli.Environment{Stdout: stdout, Stderr: stderr, LookupEnv: func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}})
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("%q does not end:\n%s\n%s", args, stdout, stderr)
	}
	return result{stdout.String(), stderr.String(), code}
}

// sparse is how many texts there are to each that is looked at by what mostly waits.
const sparse = (thin + 2) / 5

// each calls f with many texts at once, for what mostly waits. With the race detector
// every third text does.
func each(f func(c attack.Case)) {
	var running sync.WaitGroup
	free := make(chan struct{}, 16)
	for k, c := range attack.All() {
		if k%sparse == 0 {
			free <- struct{}{}
			running.Go(func() {
				defer func() { <-free }()
				f(c)
			})
		}
	}
	running.Wait()
}

// clean reports what may not be in text for pipes and files.
func clean(t *testing.T, what, text string) {
	t.Helper()
	if found := oracle.ScanText([]byte(text)); len(found) > 0 {
		t.Errorf("%s: %v", what, found)
	}
}

// configFile is a config with the patterns that fields declare.
func configFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("devices: [\"site/{device}/{metric}\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPlainText prints all texts in all fields as text.
func TestPlainText(t *testing.T) {
	t.Parallel()
	b := serve(t, &broker{messages: publishable()})
	last := message{topic: "zzz/end/temperature", payload: "99.25"}
	b.messages = append(b.messages, last)
	args := []string{"-b", b.Addr, "-t", "#", "-t", "$SYS/#", "-c", configFile(t)}
	complete := func(text string) bool { return strings.Contains(text, "99.25") && strings.HasSuffix(text, "exit\n") }
	tests := []struct {
		name   string
		args   []string
		enough func(string) bool
	}{
		{"snapshot", []string{"snapshot", "--for", "4s"}, nil},
		{"snapshot in ASCII", []string{"snapshot", "--for", "4s", "--ascii"}, nil},
		{"plain", []string{"--plain"}, complete},
		{"log", []string{"log"}, func(text string) bool { return strings.Contains(text, last.topic) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, nil, tt.enough, append(tt.args, args...)...)
			clean(t, "stdout", r.stdout)
			clean(t, "stderr", r.stderr)
			if !strings.Contains(r.stdout, "99.25") {
				t.Errorf("the last message is not in the output; exit code %d, stderr %q", r.code, r.stderr)
			}
			if n := strings.Count(r.stdout, "\n"); tt.name == "log" && n != len(b.messages) {
				t.Errorf("%d lines for %d messages", n, len(b.messages))
			}
		})
	}
}

// TestDoctorOutput examines brokers whose topics, payloads and own topics are hostile,
// five to a broker: as many samples are shown.
func TestDoctorOutput(t *testing.T) {
	t.Parallel()
	formats := []string{"--ascii=false", "--ascii", "--json"}
	var running sync.WaitGroup
	for cases := range slices.Chunk(attack.All(), 5) {
		var messages []message
		for i, c := range cases {
			topic := strconv.Itoa(i) + strings.ReplaceAll(c.Text, "\x00", "")
			messages = append(messages, message{topic: topic, payload: c.Text, retained: true}, message{topic: "$SYS/" + topic + "/version", payload: c.Text, retained: true})
		}
		b, format := serve(t, &broker{messages: messages}), formats[0]
		formats = append(formats[1:], format)
		running.Go(func() { // it takes 3 s
			r := run(t, nil, nil, "doctor", "--connect-timeout", "10s", "-t", "#", "-b", b.Addr, format)
			clean(t, cases[0].Name+" and others: stdout", r.stdout)
			if r.stderr != "" || !strings.Contains(r.stdout, "ping") {
				t.Errorf("%s and others: exit code %d, stderr %q\n%s", cases[0].Name, r.code, r.stderr, r.stdout)
			}
		})
	}
	running.Wait()
}

// TestSnapshotJSON: the state as JSON is printable, and every topic comes back byte
// for byte, so that what differs stays different.
func TestSnapshotJSON(t *testing.T) {
	t.Parallel()
	b := serve(t, &broker{messages: publishable()})
	r := run(t, nil, nil, "snapshot", "--json", "--for", "4s", "-b", b.Addr, "-t", "#", "-t", "$SYS/#", "-c", configFile(t))
	clean(t, "stdout", r.stdout)
	var got struct {
		Messages int
		Counters struct{ System int }
		Devices  []struct {
			ID, IDRaw string
			Metrics   []struct{ Topic, TopicRaw, Path, PathRaw string }
		}
	}
	text := strings.NewReplacer(`"id_base64"`, `"IDRaw"`, `"topic_base64"`, `"TopicRaw"`, `"path_base64"`, `"PathRaw"`).Replace(r.stdout)
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in %.2000s", err, r.stdout)
	}
	if n := got.Messages + got.Counters.System; n != len(b.messages) {
		t.Errorf("%d messages of %d; stderr %q", n, len(b.messages), r.stderr)
	}
	lab := &scene{connection: newScene().connection, messages: b.messages, patterns: []string{"site/{device}/{metric}"}}
	type place struct{ Device, Topic, Path string }
	var want, have []place
	for _, d := range lab.store(t).Devices(true) {
		for _, m := range d.Metrics {
			want = append(want, place{d.Device.ID, m.Topic, m.Path})
		}
	}
	for _, d := range got.Devices {
		for _, m := range d.Metrics {
			have = append(have, place{raw(t, d.ID, d.IDRaw), raw(t, m.Topic, m.TopicRaw), raw(t, m.Path, m.PathRaw)})
		}
	}
	order := func(a, b place) int {
		return strings.Compare(a.Device+"\x00"+a.Topic+"\x00"+a.Path, b.Device+"\x00"+b.Topic+"\x00"+b.Path)
	}
	slices.SortFunc(want, order)
	slices.SortFunc(have, order)
	if diff := cmp.Diff(want, have); diff != "" || len(want) < 1000 {
		t.Errorf("%d metrics, want %d (-want +got):\n%.4000s", len(have), len(want), diff)
	}
}

// raw is the text byte for byte: that in base64 where there is one.
func raw(t *testing.T, safe, encoded string) string {
	t.Helper()
	if encoded == "" {
		return safe
	}
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// TestLogJSON: each message comes back byte for byte.
func TestLogJSON(t *testing.T) {
	t.Parallel()
	b := serve(t, &broker{messages: publishable()})
	enough := func(text string) bool { return strings.Count(text, "\n") >= len(b.messages) }
	r := run(t, nil, enough, "log", "--json", "-b", b.Addr, "-t", "#", "-c", configFile(t))
	clean(t, "stdout", r.stdout)
	clean(t, "stderr", r.stderr)
	var got []message
	for d := json.NewDecoder(strings.NewReader(r.stdout)); ; {
		var line struct {
			Topic    string
			TopicRaw string `json:"topic_base64"`
			Retained bool
			Payload  string
			Base64   string `json:"payload_base64"`
		}
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, message{topic: raw(t, line.Topic, line.TopicRaw), payload: raw(t, line.Payload, line.Base64), retained: line.Retained})
	}
	if diff := cmp.Diff(b.messages, got, cmp.AllowUnexported(message{})); diff != "" {
		t.Errorf("(-sent +logged):\n%.4000s", diff)
	}
}

// TestConnectionWords: what the user and the broker say about the connection is clean
// in the plain text, in JSON, on stderr and in the log file.
func TestConnectionWords(t *testing.T) {
	t.Parallel()
	open, refusing, forbidding := serve(t, &broker{}), serve(t, &broker{refuse: true}), serve(t, &broker{code: 5})
	each(func(c attack.Case) {
		if strings.ContainsAny(c.Text, "\x00#+") || c.Text == "" || len(c.Text) > 1000 {
			return // no filter, and no argument of a process
		}
		log := filepath.Join(t.TempDir(), "log")
		for _, to := range []*broker{open, refusing, forbidding} {
			for _, command := range [][]string{{"snapshot", "--for", "100ms"}, {"snapshot", "--for", "100ms", "--json"}} {
				args := slices.Concat(command, []string{"-b", to.Addr, "-t", c.Text + "/#", "-u", c.Text, "--client-id", c.Text, "--log-file", log})
				r := run(t, map[string]string{"LABTOP_PASSWORD": c.Text}, nil, args...)
				clean(t, c.Name+": stdout of "+command[len(command)-1], r.stdout)
				clean(t, c.Name+": stderr of "+command[len(command)-1], r.stderr)
				if command[len(command)-1] == "--json" && r.code != cli.ExitUsage && !json.Valid([]byte(r.stdout)) {
					t.Errorf("%s: no JSON: %q, stderr %q", c.Name, r.stdout, r.stderr)
				}
			}
		}
		if text, err := os.ReadFile(log); err == nil {
			clean(t, c.Name+": log file", string(text))
		} else if !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
}

// TestMistakes puts every text where a user can make a mistake. What is said about it
// is one clean line, but for lists that name each place.
func TestMistakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var files atomic.Int32
	file := func(content string) string {
		path := filepath.Join(dir, strconv.Itoa(int(files.Add(1)))+".yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Error(err)
		}
		return path
	}
	tests := []struct {
		name string
		args func(text string) []string
	}{
		{"command", func(text string) []string { return []string{text} }},
		{"flag", func(text string) []string { return []string{"--" + text} }},
		{"broker", func(text string) []string { return []string{"snapshot", "-b", "mqtt://" + text + ":x"} }},
		{"scheme", func(text string) []string { return []string{"snapshot", "-b", text + "://host"} }},
		{"path of the broker", func(text string) []string {
			return []string{"config", "show", "-b", "ws://127.0.0.1:1/" + text}
		}},
		{"filter", func(text string) []string { return []string{"snapshot", "-t", "#/" + text} }},
		{"theme", func(text string) []string { return []string{"snapshot", "--theme", text} }},
		{"duration", func(text string) []string { return []string{"snapshot", "--for", text} }},
		{"number", func(text string) []string { return []string{"snapshot", "--fps", text} }},
		{"config file", func(text string) []string {
			return []string{"snapshot", "-c", filepath.Join(dir, text, "x")}
		}},
		{"new config file", func(text string) []string {
			return []string{"config", "init", filepath.Join(dir, "none", text)}
		}},
		{"log file", func(text string) []string {
			return []string{"snapshot", "--log-file", filepath.Join(dir, text, "x")}
		}},
		{"password file", func(text string) []string {
			return []string{"snapshot", "-u", "x", "--password-file", filepath.Join(dir, text, "x")}
		}},
		{"authority", func(text string) []string {
			return []string{"snapshot", "--for", "100ms", "-b", "mqtts://127.0.0.1:1", "--ca-file", filepath.Join(dir, text, "x")}
		}},
		{"topic to publish to", func(text string) []string { return []string{"publish", "#" + text, "x"} }},
		{"key of the config", func(text string) []string {
			return []string{"config", "check", "-c", file(quoted(text) + ": 1\n")}
		}},
		{"raw config", func(text string) []string { return []string{"config", "check", "-c", file(text)} }},
		{"values of the config", func(text string) []string {
			q := quoted(text)
			return []string{"config", "show", "-c", file("broker: " + q + "\ntopics: [" + q + "]\nclient_id: " + q + "\nusername: " + q + "\n")}
		}},
		{"shown config", func(text string) []string {
			q := quoted(text)
			return []string{"config", "show", "-c", file("client_id: " + q + "\nusername: " + q + "\nlog_file: " + q + "\nmetrics: {" + q + ": {unit: " + q + "}}\n")}
		}},
		{"pattern", func(text string) []string {
			return []string{"snapshot", "--for", "1ms", "-c", file("devices: [" + quoted("x/{"+text+"}") + "]\n")}
		}},
		{"shell to complete for", func(text string) []string { return []string{"completion", text} }},
		{"word to complete", func(text string) []string { return []string{"__complete", "snapshot", text} }},
		{"command to complete", func(text string) []string { return []string{"__complete", text, ""} }},
		{"help", func(text string) []string { return []string{"help", text} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			each(func(c attack.Case) {
				if c.Text == "" || strings.Contains(c.Text, "\x00") {
					return
				}
				r := run(t, nil, nil, tt.args(c.Text)...)
				clean(t, c.Name+": stdout", r.stdout)
				clean(t, c.Name+": stderr", r.stderr)
			})
		})
	}
	for _, name := range []string{"LABTOP_BROKER", "LABTOP_TOPIC", "LABTOP_THEME", "LABTOP_FPS", "LABTOP_CONFIG", "LABTOP_KEEPALIVE", "LABTOP_INSECURE"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range attack.All() {
				r := run(t, map[string]string{name: c.Text}, nil, "config", "show")
				clean(t, c.Name+": stdout", r.stdout)
				clean(t, c.Name+": stderr", r.stderr)
			}
		})
	}
}

// TestDistinctDevices: two topics that look the same are two devices.
func TestDistinctDevices(t *testing.T) {
	t.Parallel()
	s := newScene()
	s.messages = nil
	for _, level := range []string{"\u009b", "\u009d", "\xff", "\xfe", "\u200b", "�"} {
		s.say("iotclass/lab"+level+"/temperature", "22.50")
	}
	var devices []model.DeviceMetrics
	if devices = s.store(t).Devices(true); len(devices) != 6 {
		t.Errorf("%d devices", len(devices))
	}
	for _, d := range devices {
		if len(d.Metrics) != 1 || d.Metrics[0].Count != 1 {
			t.Errorf("%q: %+v", d.Device.ID, d.Metrics)
		}
	}
}
