//go:build unix

package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/mosquitto"
	"labtop/testkit/pseudo"
)

// alertStates are the retained messages below lab/alerts, by topic.
func alertStates(t *testing.T, b *mosquitto.Broker) map[string]string {
	t.Helper()
	host, port, _ := net.SplitHostPort(b.Addr)
	cmd := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_sub"), "-h", host, "-p", port, "-t", "lab/alerts/#", "-v", "--retained-only", "-W", "1")
	out, _ := cmd.Output() // the end of its time is an error
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		topic, payload, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[topic] = payload
	}
	return all
}

// until waits for something that happens outside of this process.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never %s", what)
		}
	}
}

// TestNotifications: a board of the course gets too hot, and the bell, the desktop, a
// command and a retained topic say so once, and that it is over. The states on the
// topic raise no alerts themselves.
func TestNotifications(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.1.1", "5"} {
		t.Run("MQTT "+version, func(t *testing.T) {
			t.Parallel()
			notifications(t, version)
		})
	}
}

func notifications(t *testing.T, version string) {
	t.Helper()
	b := mosquitto.Start(t)
	dir := t.TempDir()
	hook := filepath.Join(dir, "hook")
	if err := os.WriteFile(hook, []byte("cat >> \"$1\"; echo >> \"$1\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := filepath.Join(dir, "told")
	config := filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf(`
broker: mqtt://%s
protocol: %s
notify:
  hook: {command: [sh, %q, %q], every: 1s}
  states: {mqtt: {topic: lab/alerts}}
  desk: {desktop: {method: osc777}, every: 1s}
alerts:
  - {name: too-hot, metric: temperature, above: 30, clear: 29, severity: critical, notify: [hook, states, desk, bell]}
  - {name: numbers, metric: "*", above: 30, notify: [hook, states]}
  - {name: loop, topic: "lab/alerts/#", above: 0, notify: [hook, states]}
`, b.Addr, version, hook, told)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	screen := pseudo.Start(t, labtop(t, "-c", config), pseudo.Options{})
	connected(t, b, 1)
	for _, v := range []string{"25", "31.5", "30.5", "31.5", "29.5", "30.5"} { // flaps above clear: one alert
		publish(t, b, "iotclass/lab1/temperature", v)
	}
	screen.Expect("\x1b]777;notify;labtop;critical: too-hot on lab1: temperature ")
	var state struct {
		Rule, Severity, State string
	}
	var states map[string]string
	until(t, "on the topic", func() bool {
		states = alertStates(t, b)
		return len(states) >= 2
	})
	const topic = "lab/alerts/too-hot/iotclass%2Flab1/temperature"
	if err := json.Unmarshal([]byte(states[topic]), &state); err != nil || state.Rule != "too-hot" || state.Severity != "critical" || state.State != "firing" {
		t.Errorf("%q: %v", states, err)
	}
	for name := range states {
		if name != topic && name != "lab/alerts/numbers/iotclass%2Flab1/temperature" {
			t.Errorf("an alert about an alert: %s", name)
		}
	}
	publish(t, b, "iotclass/lab1/temperature", "20")
	screen.Expect("\x1b]777;notify;labtop;resolved: too-hot on lab1: temperature 20 °C, after ")
	until(t, "taken back", func() bool { return len(alertStates(t, b)) == 0 })
	until(t, "told that it is over", func() bool {
		all, _ := os.ReadFile(told)
		return strings.Contains(string(all), "resolved: too-hot")
	})
	all, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	fired, over := 0, 0
	for line := range strings.Lines(string(all)) {
		var m struct {
			Alerts []struct{ Rule, State string }
		}
		if line == "\n" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for _, a := range m.Alerts {
			switch {
			case a.Rule == "loop":
				t.Errorf("an alert about an alert: %s", line)
			case a.Rule == "too-hot" && a.State == "firing":
				fired++
			case a.Rule == "too-hot":
				over++
			}
		}
	}
	if fired != 1 || over != 1 {
		t.Errorf("told %d times that it fires, %d times that it is over:\n%s", fired, over, all)
	}
	// What fires when labtop ends is taken back.
	publish(t, b, "iotclass/lab2/temperature", "35")
	until(t, "on the topic", func() bool { return len(alertStates(t, b)) == 2 })
	screen.Signal(syscall.SIGTERM)
	if code := screen.End(pseudo.Patience); code != 143 {
		t.Errorf("exit code %d", code)
	}
	if left := alertStates(t, b); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}
