package main_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"labtop/testkit/mosquitto"
)

// logged waits until the broker's log has a line that matches, and returns what
// its groups matched.
func logged(t *testing.T, b *mosquitto.Broker, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(time.Minute); ; {
		if found := re.FindStringSubmatch(b.Log()); found != nil {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("the broker never logged %s", pattern)
		}
		time.Sleep(10 * time.Millisecond) // the log is all that the broker tells
	}
}

// lookedAt is what a test about chaos reads of `labtop snapshot --json`.
type lookedAt struct {
	Devices []struct {
		ID               string  `json:"id"`
		Presence         string  `json:"presence"`
		PresenceRetained bool    `json:"presence_retained"`
		Confirmed        bool    `json:"presence_confirmed"`
		LastSeen         *string `json:"last_seen"`
		Metrics          []struct {
			Name  string `json:"name"`
			Text  string `json:"text"`
			Count int    `json:"count"`
		} `json:"metrics"`
	} `json:"devices"`
	Counters map[string]int `json:"counters"`
}

// lookAt takes a snapshot of a broker.
func lookAt(t *testing.T, b *mosquitto.Broker, duration string) (s lookedAt) {
	t.Helper()
	stdout, stderr, code := run(t, "snapshot", "--json", "-b", b.Addr, "-t", "#@1", "--for", duration)
	if code != 0 && code != 3 { // 3: an alert fires
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestChaosOnMosquitto runs all devices that do wrong against a real broker,
// looks at them, ends them, and clears what the ghost has left with the command
// that labtop says.
func TestChaosOnMosquitto(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	cmd := labtop(t, "simulate", "-b", b.Addr, "--labs", "1", "--rooms", "0", "--chaos", "all", "--speed", "5")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logged(t, b, "Received DISCONNECT from sim-ghost-")

	s := lookAt(t, b, "13s") // the last kind of garbage comes after 11 s
	words := map[string]int{}
	for _, d := range s.Devices {
		name := d.ID[strings.LastIndexByte(d.ID, '/')+1:]
		words[name] = 0
		for _, m := range d.Metrics {
			if m.Name == "status" || m.Name == "lwt" {
				words[name] = max(words[name], m.Count)
			}
		}
		if heard := d.LastSeen != nil; heard == (name == "ghost") {
			t.Errorf("%s was heard live: %v", d.ID, heard)
		}
		if name == "ghost" && (d.Presence != "online" || !d.PresenceRetained || d.Confirmed) {
			t.Errorf("the ghost: %+v", d)
		}
	}
	for name, least := range map[string]int{
		"lab1": 1, "ghost": 1, "duplicates": 1, "skew": 1, "garbage": 1, "silent": 1, "spike": 1, "stuck": 1,
		"crash": 3, "early-close": 3, "offline-twice": 4, "reboot": 3, "flap": 3, "takeover": 3,
	} {
		if got, ok := words[name]; !ok || got < least {
			t.Errorf("%s: there %v, %d words about its presence, not %d", name, ok, got, least)
		}
	}
	if s.Counters["undecodable"] < 1 || s.Counters["truncated"] < 1 || s.Counters["reconnects"] != 0 {
		t.Errorf("counters: %v", s.Counters)
	}
	// What is sent twice has one packet identifier, and the DUP flag the second time.
	id := logged(t, b, `Received PUBLISH from sim-duplicates-\w+ \(d0, q1, r0, m(\d+), 'iotclass/duplicates/temperature'`)[1]
	logged(t, b, `Received PUBLISH from sim-duplicates-\w+ \(d1, q1, r0, m`+id+`, 'iotclass/duplicates/temperature'`)
	logged(t, b, `Client sim-takeover-\w+ already connected, closing old connection`)

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d after an interrupt", code)
	}
	remedy := regexp.MustCompile(`keeps iotclass/ghost/status .* to clear it: labtop (retained clear .*)\n`).FindStringSubmatch(stderr.String())
	if remedy == nil || strings.Count(stderr.String(), "\n") != 3 {
		t.Fatalf("stderr: %s", stderr.String())
	}
	for _, d := range lookAt(t, b, "3s").Devices {
		if ghost := d.ID == "iotclass/ghost"; ghost != (d.Presence == "online") {
			t.Errorf("after the end %s is %s", d.ID, d.Presence)
		}
	}
	if _, stderr, code := run(t, append(strings.Fields(remedy[1]), "--yes")...); code != 0 {
		t.Errorf("%s: exit code %d, %s", remedy[1], code, stderr)
	}
	for _, d := range lookAt(t, b, "3s").Devices {
		if d.ID == "iotclass/ghost" {
			t.Errorf("still there: %+v", d)
		}
	}
}

// TestDemoWithChaos has the ghost in the demo before the dashboard comes.
func TestDemoWithChaos(t *testing.T) {
	t.Parallel()
	term := dashboard(t, 120, 40, "demo --chaos ghost,garbage --challenge dimmer,on-change")
	shown := term.Wait("GHOST", "GARBAGE", "light brightness")
	if ghost := regexp.MustCompile(`(?m)^.* GHOST .* 1R .*$`).FindString(shown); ghost == "" {
		t.Errorf("the ghost's status is not a stored one:\n%s", shown)
	}
	term.Keys("q")
	term.Wait("ended with 0")
}
