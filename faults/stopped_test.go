package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

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
	boards.says("are connected", 20*time.Second)
	p := start(t, here, "--plain", "--rules", rules, "-b", "mqtt://"+b.Addr)
	p.prints(60, 20*time.Second)
	signal := func(p *program, s syscall.Signal) {
		if err := p.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	signal(p, syscall.SIGSTOP)
	time.Sleep(10 * time.Second)
	signal(p, syscall.SIGCONT)
	before := strings.Count(p.stdout.String(), "\n")
	p.prints(before+200, 20*time.Second)
	if out := p.stdout.String(); strings.Contains(out, "critical quiet") {
		t.Errorf("alerts after it was stopped:\n%s", out)
	}
	signal(boards, syscall.SIGSTOP)
	defer signal(boards, syscall.SIGCONT)
	if !p.stdout.Wait(30*time.Second, func(s string) (string, bool) { return s, strings.Count(s, "firing critical quiet") == 20 }) {
		t.Errorf("boards that were silent:\n%s", p.stdout)
	}
}
