//go:build unix

package faults_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"

	"labtop/subscriber"
	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/toxic"
)

// stored is what a broker keeps, by topic, as a new subscriber sees it, which has all of it
// when it gets a message that was published later.
func stored(t *testing.T, b *mosquitto.Broker) map[string]string {
	t.Helper()
	const end = "stored/end"
	c := client(t, b.Addr)
	all, complete := map[string]string{}, make(chan struct{})
	subscription := c.Subscribe("#", 0, func(_ mqtt.Client, m mqtt.Message) {
		switch {
		case m.Retained():
			all[m.Topic()] = string(m.Payload())
		case m.Topic() == end:
			close(complete)
		}
	})
	if subscription.Wait(); subscription.Error() != nil {
		t.Fatal(subscription.Error())
	}
	if sent := c.Publish(end, 0, false, ""); sent.Wait() && sent.Error() != nil {
		t.Fatal(sent.Error())
	}
	select {
	case <-complete:
	case <-time.After(patience):
		t.Fatal("the broker never passed on what ends the retained messages")
	}
	c.Disconnect(0)
	return all
}

// keep publishes retained messages, by topic.
func keep(t *testing.T, b *mosquitto.Broker, messages map[string]string) {
	t.Helper()
	p := subscriber.NewPublisher(options(t, b.Addr))
	defer p.Close()
	var all []subscriber.Publication
	for topic, payload := range messages {
		all = append(all, subscriber.Publication{Topic: topic, Payload: []byte(payload), QoS: 1, Retain: true})
	}
	if n, err := p.Publish(t.Context(), all); n != len(all) || err != nil {
		t.Fatalf("%d of %d published: %v", n, len(all), err)
	}
}

// labtop runs the program to its end.
func labtop(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := binary.Command(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestDecommission clears the status, the configuration, the last will and the
// announcements of one device from a real broker, and not a byte of anything else.
func TestDecommission(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run("MQTT "+version, func(t *testing.T) {
			t.Parallel()
			decommission(t, "--protocol", version)
		})
	}
}

func decommission(t *testing.T, more ...string) {
	t.Helper()
	b := mosquitto.Start(t, "log_type information")
	command := func(args ...string) (stdout, stderr string, code int) { return labtop(t, append(args, more...)...) }
	its := map[string]string{
		"iotclass/lab1/status": "online", "iotclass/lab1/config": `{"interval":5}`, "iotclass/lab1/lwt": "offline", "iotclass/lab1/command": "restart",
		"homeassistant/sensor/lab1_t/config": `{"stat_t":"iotclass/lab1/temperature","avty_t":"iotclass/lab1/lwt","dev":{"ids":["0x1"]}}`,
		"homeassistant/sensor/lab1_b/config": `{"stat_t":"iotclass/lab1/battery","dev":{"ids":["0x1"]}}`,
	}
	others := map[string]string{
		"iotclass/lab10/status": "online", "iotclass/lab10/config": `{"interval":5}`, "iotclass/lab": "lab1", "iotclass/LAB1/status": "online",
		"homeassistant/sensor/lab10_t/config": `{"stat_t":"iotclass/lab10/temperature","dev":{"ids":["0x10"]}}`, "homeassistant/status": "online",
		"devices/lab1x/status": "online", "zigbee2mqtt/bridge/devices": `[{"friendly_name":"iotclass/lab1"}]`, "lab1/note": "another lab1",
	}
	keep(t, b, its)
	keep(t, b, others)
	before := stored(t, b)
	if len(before) != len(its)+len(others) {
		t.Fatalf("the broker keeps %v", before)
	}

	out, said, code := command("decommission", "lab1", "--yes", "-b", b.Addr)
	if want := `"lab1" may be any of these devices: iotclass/LAB1, iotclass/lab1, lab1;`; code != 2 || out != "" || !strings.Contains(said, want) {
		t.Errorf("exit code %d, %s", code, said)
	}
	out, said, code = command("decommission", "iotclass/lab1", "-b", b.Addr)
	if code != 2 || out != "" || !strings.Contains(said, "no terminal to ask on") {
		t.Errorf("exit code %d, %s", code, said)
	}
	out, said, code = command("decommission", "iotclass/lab1", "--yes", "--read-only", "-b", b.Addr)
	if code != 2 || out != "" || !strings.Contains(said, "read-only") {
		t.Errorf("exit code %d, %s", code, said)
	}
	dry, said, code := command("decommission", "iotclass/lab1", "--dry-run", "-b", b.Addr)
	if code != 0 || !strings.Contains(said, "would clear 6 retained messages of iotclass/lab1") {
		t.Errorf("exit code %d, %s", code, said)
	}
	for topic := range its {
		if !strings.Contains(dry, "  "+topic+" ") {
			t.Errorf("%s is not in\n%s", topic, dry)
		}
	}
	if diff := cmp.Diff(before, stored(t, b)); diff != "" {
		t.Error("what only shows has changed something:\n" + diff)
	}

	out, said, code = command("decommission", "iotclass/lab1", "--yes", "-b", b.Addr)
	if code != 0 || out != dry || said != "labtop: cleared 6 of 6 retained messages, and checked with a new subscription\n" {
		t.Errorf("exit code %d\n%s\n%s", code, out, said)
	}
	if diff := cmp.Diff(others, stored(t, b)); diff != "" {
		t.Error("others are not as they were:\n" + diff)
	}
	out, said, code = command("retained", "list", "iotclass/lab10/#", "-b", b.Addr)
	if code != 0 || strings.Count(out, "\n") != 3 || said != "labtop: 2 retained messages on iotclass/lab10/#\n" {
		t.Errorf("exit code %d\n%s\n%s", code, out, said)
	}
	_, said, code = command("retained", "clear", "iotclass/lab10/#", "--yes", "-b", b.Addr)
	if code != 0 || said != "labtop: cleared 2 of 2 retained messages, and checked with a new subscription\n" {
		t.Errorf("exit code %d, %s", code, said)
	}
}

// TestDecommissionCancelled asks on the terminal, is interrupted in the middle, and says
// exactly what was done: a new subscription finds all the rest and nothing else.
func TestDecommissionCancelled(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "log_type information")
	const n = 2000
	keep(t, b, parts(n))
	way := toxic.Start(t, b.Addr)
	// 64 at a time over a way of a fifth of a second: six seconds for all.
	way.Poison(toxic.ToClient, &toxics.LatencyToxic{Latency: 200})
	term := dashboard(t, here, "decommission", "lab1", "-b", way.Addr)
	term.Wait("Clear 2000 retained messages of iotclass/lab1? y/N")
	if got := stored(t, b); len(got) != n+1 {
		t.Errorf("%d are left before anybody has agreed", len(got))
	}
	term.Keys("y", "Enter")
	term.Until("is under way", func(screen string) bool {
		m := regexp.MustCompile(`(\d+) of 2000 cleared; Ctrl\+C stops`).FindStringSubmatch(screen)
		return m != nil && m[1] != "0"
	})
	term.Keys("C-c")
	screen := term.Wait("ended with 130")
	interrupted(t, b, screen, n)
}

// interrupted checks that a clearing of so many topics of lab1 which was stopped says
// exactly what the broker still keeps, all the rest of theirs and lab10's status.
func interrupted(t *testing.T, b *mosquitto.Broker, screen string, n int) {
	t.Helper()
	done := regexp.MustCompile(`interrupted: cleared (\d+) of \d+ retained messages; not checked`).FindStringSubmatch(screen)
	m := regexp.MustCompile(`not touched: (\d+), from (\S+) on`).FindStringSubmatch(screen)
	if done == nil || m == nil {
		t.Fatalf("it said\n%s", screen)
	}
	cleared, _ := strconv.Atoi(done[1])
	untouched, _ := strconv.Atoi(m[1])
	left := slices.Sorted(maps.Keys(stored(t, b)))
	t.Logf("%d cleared, %d untouched, the broker keeps %d", cleared, untouched, len(left))
	if cleared == 0 || cleared+untouched != n || len(left) != untouched+1 || left[0] != m[2] || left[len(left)-1] != "iotclass/lab10/status" {
		t.Errorf("%d are left, from %s to %s", len(left), left[0], left[len(left)-1])
	}
}

// parts are so many retained messages of lab1, and one of lab10.
func parts(n int) map[string]string {
	all := map[string]string{"iotclass/lab10/status": "online", "iotclass/lab1/status": "online"}
	for i := range n - 1 {
		all[fmt.Sprintf("iotclass/lab1/part/%04d/config", i)] = "x"
	}
	return all
}

// TestRetainedClearMany clears five thousand retained messages over a way of a tenth of a
// second, where a round trip for each would take more than eight minutes.
func TestRetainedClearMany(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "log_type information")
	const n = 5000
	all := map[string]string{"other": "stays"}
	for i := range n {
		all[fmt.Sprintf("a/%04d", i)] = "x"
	}
	keep(t, b, all)
	way := toxic.Start(t, b.Addr)
	way.Poison(toxic.ToClient, &toxics.LatencyToxic{Latency: 100})
	began := time.Now()
	out, said, code := labtop(t, "retained", "clear", "a/#", "--yes", "-b", way.Addr)
	took(t, "clearing 5000", began, 60*time.Second)
	if code != 0 || strings.Count(out, "\n") != n+1 || said != "labtop: cleared 5000 of 5000 retained messages, and checked with a new subscription\n" {
		t.Errorf("exit code %d, %d lines, %s", code, strings.Count(out, "\n"), said)
	}
	if diff := cmp.Diff(map[string]string{"other": "stays"}, stored(t, b)); diff != "" {
		t.Error(diff)
	}
}

// TestClearOnScreen clears a topic and then a device from the dashboard with c, and
// nothing without a y; with --read-only c is not offered.
func TestClearOnScreen(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run("MQTT "+version, func(t *testing.T) {
			t.Parallel()
			clearOnScreen(t, version)
		})
	}
}

func clearOnScreen(t *testing.T, version string) {
	t.Helper()
	b := mosquitto.Start(t, "log_type information")
	its := map[string]string{"iotclass/lab1/config": "1", "iotclass/lab1/status": "online"}
	other := map[string]string{"iotclass/lab10/status": "online"}
	keep(t, b, its)
	keep(t, b, other)

	term := dashboard(t, here, "-b", b.Addr, "--protocol", version, "--read-only", "-t", "iotclass/#")
	if screen := term.Wait("LAB1 ", "LAB10", "q quit"); strings.Contains(screen, "c clear") {
		t.Errorf("c is offered:\n%s", screen)
	}
	term.Keys("c")
	term.Wait("nothing is cleared in read-only mode")
	term.Keys("q")

	term = dashboard(t, here, "-b", b.Addr, "--protocol", version, "-t", "iotclass/#")
	term.Wait("LAB1 ", "LAB10", "c clear retained")
	term.Keys("c")
	term.Wait("Retained messages of iotclass/lab1/config", "y clear 1 message", "d all of the device")
	term.Keys("Escape")
	term.Until("is back", func(screen string) bool { return !strings.Contains(screen, "Retained messages") })
	if got := stored(t, b); len(got) != 3 {
		t.Errorf("the broker keeps %v", got)
	}
	term.Keys("c")
	term.Wait("y clear 1 message")
	term.Keys("d")
	term.Wait("Retained messages of iotclass/lab1 ", "y clear 2 messages")
	term.Keys("y")
	term.Wait("cleared 2 of 2 retained messages, and checked with a new subscription", "esc close")
	if diff := cmp.Diff(other, stored(t, b)); diff != "" {
		t.Error(diff)
	}
	term.Keys("Escape")
	term.Wait("LAB10")
	term.Keys("q")
	term.Wait("ended with 0")
}

// TestClearOnScreenStopped stops a clearing of thousands from the dashboard, once with Esc
// and once by ending the program; meanwhile the screen goes on.
func TestClearOnScreenStopped(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"Escape", "C-c"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t, "log_type information")
			const n = 3000
			keep(t, b, parts(n))
			way := toxic.Start(t, b.Addr)
			way.Poison(toxic.ToClient, &toxics.LatencyToxic{Latency: 200})
			term := dashboard(t, here, "-b", way.Addr, "-t", "iotclass/#")
			term.Wait("c clear retained")
			term.Keys("/", "l", "a", "b", "1", "/", "s", "Enter")
			term.Until("shows the status alone", func(screen string) bool {
				return strings.Contains(screen, "filter “lab1/s”") && !strings.Contains(screen, "config") && strings.Contains(screen, "status")
			})
			term.Keys("c")
			term.Wait("Retained messages of iotclass/lab1/status", "d all of the device")
			term.Keys("d")
			term.Wait("y clear 3 000 messages")
			term.Keys("y")
			term.Until("is under way", func(screen string) bool {
				m := regexp.MustCompile(`(\d+) of 3 000 cleared`).FindStringSubmatch(screen)
				return m != nil && m[1] != "0"
			})
			publish(t, here, b, "iotclass/lab10/temperature", "21")
			term.Keys(how)
			if how == "C-c" {
				interrupted(t, b, term.Wait("ended with 130"), n)
				return
			}
			screen := term.Wait("interrupted: cleared", "esc close")
			interrupted(t, b, screen, n)
			term.Keys("Escape")
			term.Wait("filter “lab1/s”")
			term.Keys("Escape")
			term.Until("shows all", func(screen string) bool { return !strings.Contains(screen, "filter “") })
			term.Keys("G")
			term.Wait("LAB10", "temperature", "21")
		})
	}
}
