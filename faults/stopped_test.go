//go:build unix

package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/recording"
	"labtop/testkit/mosquitto"
)

// TestStoppedMakesNoAlerts stops labtop for twice as long as a rule lets boards be
// silent, while they go on speaking. Nobody listened, so nobody was silent; who is so
// afterwards is.
func TestStoppedMakesNoAlerts(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("- name: quiet\n  metric: temperature\n  critical: {no_data: 5s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	boards := start(t, here, "simulate", "-b", "mqtt://"+b.Addr, "--labs", "20", "--interval", "500ms")
	boards.says("are connected")
	p := start(t, here, "--plain", "--rules", rules, "-b", "mqtt://"+b.Addr)
	p.prints(60)
	signal := func(p *program, s syscall.Signal) {
		if err := p.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	signal(p, syscall.SIGSTOP)
	time.Sleep(10 * time.Second)
	signal(p, syscall.SIGCONT)
	before := strings.Count(p.stdout.String(), "\n")
	p.prints(before + 200)
	if out := p.stdout.String(); strings.Contains(out, "critical quiet") {
		t.Errorf("alerts after it was stopped:\n%s", out)
	}
	signal(boards, syscall.SIGSTOP)
	defer signal(boards, syscall.SIGCONT)
	if !p.stdout.Wait(patience, func(s string) (string, bool) { return s, strings.Count(s, "firing critical quiet") == 20 }) {
		t.Errorf("boards that were silent:\n%s", p.stdout)
	}
}

// TestStoppedWhileRecording stops labtop while it records without a screen, and continues
// it: all that was sent is in the recording, which says that nobody listened, so that rules
// find nobody silent in it.
func TestStoppedWhileRecording(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	dir := t.TempDir()
	rules := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(rules, []byte("- name: quiet\n  metric: count\n  critical: {no_data: 5s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(dir, "record.mcap")
	log := filepath.Join(dir, "log.mcap")
	programs := map[string]*program{
		record: start(t, here, "record", "-b", "mqtt://"+b.Addr, "-t", "iotclass/#", "-o", record),
		log:    start(t, here, "log", "-b", "mqtt://"+b.Addr, "-t", "iotclass/#", "--record", log),
	}
	signal := func(s syscall.Signal) {
		for _, p := range programs {
			if err := p.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, p := range programs {
		p.says("connected")
	}
	numbers := publishNumbers(t, b.Addr, "iotclass", 100)
	programs[log].prints(100)
	signal(syscall.SIGSTOP)
	time.Sleep(8 * time.Second)
	signal(syscall.SIGCONT)
	programs[log].prints(800)
	sent := numbers.end()
	programs[log].prints(len(sent))
	for end := time.Now().Add(patience); kept(t, record) < len(sent) && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond) // the file is all that the other one tells
	}
	signal(syscall.SIGINT)
	for path, p := range programs {
		if code := p.wait(); code != 130 {
			t.Errorf("exit code %d: %s", code, p.stderr)
		}
		var away time.Duration
		entries, health := recorded(t, path)
		for i := range entries {
			away += entries[i].Away
		}
		if n := kept(t, path); n != len(sent) || health != (recording.Health{}) || away < 6*time.Second || away > patience {
			t.Errorf("%s: %d messages of %d, %+v, nobody listened for %v", path, n, len(sent), health, away)
		}
		if check := start(t, here, "alerts", "check", "--rules", rules, path); check.wait() != 0 || strings.Contains(check.stdout.String(), "firing") {
			t.Errorf("%s: %s%s", path, check.stdout, check.stderr)
		}
	}
}
