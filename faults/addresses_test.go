//go:build unix

package faults_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/testkit/mosquitto"
)

// TestAddresses has a broker with two addresses, as a cluster has them. The dashboard goes
// to the one that lives, says which it is, and tells of each when none does.
func TestAddresses(t *testing.T) {
	t.Parallel()
	a, b := mosquitto.Start(t), mosquitto.Start(t)
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("broker: [mqtt://"+a.Addr+", mqtt://"+b.Addr+"]\ntopics: [lab/#]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := dashboard(t, here, "-c", file)
	p := start(t, here, "log", "-b", a.Addr+","+b.Addr, "-t", "lab/#")
	term.Wait("● mqtt://" + a.Addr)
	p.says("connected to mqtt://" + a.Addr)
	a.Kill()
	began := time.Now()
	term.Wait("● mqtt://" + b.Addr)
	took(t, "at the other address", began, 3*time.Second)
	p.says("mqtt://" + a.Addr + ": the broker closed the connection")
	p.says("connected to mqtt://" + b.Addr)
	publish(t, here, b, "lab/lab1/temperature", "22.5")
	term.Wait("22.5")
	b.Kill()
	both := "mqtt://" + a.Addr + " refused the connection; mqtt://" + b.Addr + " refused the connection"
	term.Wait("○ mqtt://", both[:len(both)-len(" refused the connection")]) // the line is too short for all of it
	p.says(both)
	a.Start()
	term.Wait("● mqtt://" + a.Addr)
	term.Keys("q")
	term.Wait("ended with 0")
	p.interrupt()

	// b is dead: who connects once takes the other, whichever is named first.
	for _, order := range []string{a.Addr + "," + b.Addr, b.Addr + "," + a.Addr} {
		if p := start(t, here, "publish", "lab/x", "1", "--qos", "1", "-b", order); p.wait() != 0 {
			t.Errorf("publish to %s: %s", order, p.stderr)
		}
		p := start(t, here, "snapshot", "--json", "--for", "3s", "-b", order)
		if code := p.wait(); code != 0 || !strings.Contains(p.stdout.String(), `"source": "mqtt://`+a.Addr+`"`) {
			t.Errorf("exit code %d: %s%.200s", code, p.stderr, p.stdout)
		}
	}
	text := examine(t, here, 4, "-b", a.Addr, "-b", b.Addr)
	says(t, text, "labtop doctor: mqtt://"+a.Addr, "It works, with", "labtop doctor: mqtt://"+b.Addr, "failed   TCP", "refused the connection", "It fails at TCP.")
	d := start(t, here, "doctor", "--json", "-b", b.Addr, "-b", a.Addr)
	code := d.wait()
	var found struct {
		State, Broker string
		Others        []struct{ State, Broker string }
	}
	if err := json.Unmarshal([]byte(d.stdout.String()), &found); err != nil || code != 4 || found.State != "failed" || found.Broker != "mqtt://"+b.Addr ||
		len(found.Others) != 1 || found.Others[0].State != "warning" || found.Others[0].Broker != "mqtt://"+a.Addr {
		t.Errorf("exit code %d, %v: %+v", code, err, found)
	}
}
