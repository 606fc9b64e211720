package main_test

import (
	"bufio"
	"fmt"
	"io"
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

	"labtop/testkit/mosquitto"
)

// told is a labtop without a screen, and the lines about alerts that it has said.
type told struct {
	t   *testing.T
	end func() // ends the program, once

	mu    sync.Mutex // guards lines
	lines []string
}

// listen runs `labtop --plain` with rules until the end of the test. It returns
// once labtop is connected.
func listen(t *testing.T, b *mosquitto.Broker, rules string) *told {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	return listenWith(t, b, "-t", "#", "--rules", path)
}

// listenWith is listen with other flags.
func listenWith(t *testing.T, b *mosquitto.Broker, flags ...string) *told {
	t.Helper()
	before := strings.Count(b.Log(), "Sending SUBACK to labtop-")
	cmd := labtop(t, append([]string{"--plain", "-b", b.Addr}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &told{t: t}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for s := bufio.NewScanner(out); s.Scan(); {
			if text, ok := strings.CutPrefix(s.Text(), "Alert: "); ok {
				p.mu.Lock()
				p.lines = append(p.lines, text)
				p.mu.Unlock()
			}
		}
	}()
	p.end = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
		_ = cmd.Wait()
	})
	t.Cleanup(p.end)
	connected(t, b, before+1)
	return p
}

// all returns what was said so far, without the times of day.
func (p *told) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := make([]string, len(p.lines))
	for i, line := range p.lines {
		_, lines[i], _ = strings.Cut(line, " ")
	}
	return lines
}

// wait waits until a line begins with a text and returns the line.
func (p *told) wait(begin string) string {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if lines := p.all(); slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, begin) }) {
			return lines[slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, begin) })]
		}
	}
	p.t.Fatalf("nothing begins with %q in %q", begin, p.all())
	return ""
}

// speaker is a mosquitto_pub that publishes what it is given, line by line.
func speaker(t *testing.T, b *mosquitto.Broker, topic string) func(payload string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(b.Addr)
	cmd := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_pub"), "-h", host, "-p", port, "-t", topic, "-l")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return func(payload string) {
		if _, err := io.WriteString(in, payload+"\n"); err != nil {
			t.Errorf("%s: %v", topic, err)
		}
	}
}

const tooHot = "- {name: too-hot, metric: temperature, above: 30, clear: 29, for: 2s}\n"

// TestAlertOnMosquitto: a room that is too hot for longer than `for` is told of
// once, however its temperature flaps around the limit, and again when it is over.
func TestAlertOnMosquitto(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	p := listen(t, b, tooHot)
	say := speaker(t, b, "iotclass/lab1/temperature")
	say("25")
	say("31")
	fired := p.wait("firing")
	if want := "firing warning too-hot lab1 temperature 31 °C: above 30 °C for 2 s"; fired != want {
		t.Errorf("%q, want %q", fired, want)
	}
	beat := time.NewTicker(150 * time.Millisecond)
	defer beat.Stop()
	for i := range 20 {
		say([]string{"29.9", "30.1"}[i%2])
		<-beat.C
	}
	say("31.5")
	say("28.9")
	over := p.wait("resolved")
	held, _, _ := strings.Cut(strings.TrimPrefix(over, "resolved warning too-hot lab1 temperature 28.9 °C: above 30 °C for 2 s; it held for "), " s, peak 31.5 °C")
	if seconds, err := strconv.Atoi(held); err != nil || seconds < 5 {
		t.Errorf("how long it held, and the peak: %q", over)
	}
	if all := p.all(); len(all) != 2 {
		t.Errorf("more was said: %q", all)
	}
}

// TestDeadBoardOnMosquitto: one of thirty boards falls silent, and one is killed.
// Each is told of alone, and once.
func TestDeadBoardOnMosquitto(t *testing.T) {
	t.Parallel()
	const patience = 6 * time.Second
	b := mosquitto.Start(t)
	p := listen(t, b, "- {name: silent, metric: \"*\", no_data: 6s}\n- {name: gone, presence: offline, severity: critical}\n")
	var boards []func(string)
	for i := range 30 {
		boards = append(boards, speaker(t, b, fmt.Sprintf("iotclass/lab%d/temperature", i)))
	}
	host, port, _ := net.SplitHostPort(b.Addr)
	victim := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_sub"), "-h", host, "-p", port, "-i", "victim", "-t", "nothing",
		"--will-topic", "iotclass/lab9/status", "--will-payload", "offline", "--will-retain", "--will-qos", "1")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	publish(t, b, "iotclass/lab9/status", "online", "-q", "1", "-r")
	for !strings.Contains(b.Log(), "Sending SUBACK to victim") {
		time.Sleep(10 * time.Millisecond) // the log is all that the broker tells
	}
	var last time.Time
	beat := time.NewTicker(500 * time.Millisecond)
	defer beat.Stop()
	for i := range 22 { // 11 s, of which the two are silent for 9 s
		for j, say := range boards {
			if i < 4 || j != 7 && j != 9 {
				say("22.5")
			}
		}
		if i == 3 {
			last = time.Now()
			_ = victim.Process.Kill()
			_ = victim.Wait()
		}
		<-beat.C
	}
	p.wait("firing warning silent lab7 temperature")
	p.wait("firing critical gone lab9")
	if all := p.all(); len(all) != 2 {
		t.Errorf("more was said: %q", all)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.lines {
		if clock, text, _ := strings.Cut(line, " "); strings.Contains(text, "silent") {
			told, err := time.ParseInLocation(time.DateTime, last.Format(time.DateOnly)+" "+clock, last.Location())
			if err == nil && told.Before(last) {
				told = told.AddDate(0, 0, 1) // past midnight
			}
			if silence := told.Sub(last); err != nil || silence < patience-time.Second || silence > patience+10*time.Second {
				t.Errorf("told at %s, the last word was at %s", clock, last.Format(time.TimeOnly))
			}
		}
	}
}

// TestRestartWithAlerts: stored values raise no alert, when labtop comes and when
// the broker comes again; what still holds then is the same alert.
func TestRestartWithAlerts(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	stored := func() {
		publish(t, b, "iotclass/lab1/status", "online", "-q", "1", "-r")
		publish(t, b, "iotclass/lab2/status", "offline", "-q", "1", "-r")
		publish(t, b, "iotclass/lab2/temperature", "99", "-r")
	}
	stored()
	p := listen(t, b, strings.Replace(tooHot, "2s", "500ms", 1)+"- {name: gone, presence: offline, severity: critical}\n- {name: silent, metric: \"*\", no_data: 10m}\n")
	publish(t, b, "iotclass/lab1/temperature", "31")
	p.wait("firing warning too-hot lab1")
	before := strings.Count(b.Log(), "Sending SUBACK to labtop-")
	b.Kill()
	b.Start()
	connected(t, b, before+1)
	stored() // and live this time: that lab2 is offline is known, and 99 °C is news
	publish(t, b, "iotclass/lab1/temperature", "31")
	p.wait("firing warning too-hot lab2")
	publish(t, b, "iotclass/lab1/temperature", "25")
	p.wait("resolved warning too-hot lab1")
	want := []string{"firing warning too-hot lab1", "firing critical gone lab2", "firing warning too-hot lab2", "resolved warning too-hot lab1"}
	got := p.all()
	for i, line := range got {
		got[i], _, _ = strings.Cut(strings.Replace(line, ":", "", 1), " temperature")
		got[i], _, _ = strings.Cut(got[i], " offline")
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}
