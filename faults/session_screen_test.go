//go:build unix

package faults_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/testkit/authority"
	"labtop/testkit/mosquitto"
)

// TestBrokerScreen looks at the broker's screen beside a real broker with TLS, client
// certificates, access rules that deny without a word and a highest QoS, which is then
// restarted. What was recorded meanwhile tells the same, as far as a recording can.
func TestBrokerScreen(t *testing.T) {
	dir := t.TempDir()
	const day = 24 * time.Hour
	ca := authority.New(t, dir, "lab")
	cert, key := ca.Issue(t, "broker", -day, 20*day+time.Hour, "localhost")
	ours, oursKey := ca.Issue(t, "wall", -day, 5*day+time.Hour)
	rules := filepath.Join(dir, "rules")
	if err := os.WriteFile(rules, []byte("topic readwrite iotclass/#\ntopic write secret/#\ntopic read $SYS/#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := mosquitto.Start(t, "certfile "+cert, "keyfile "+key, "cafile "+ca.File, "require_certificate true",
		"acl_file "+rules, "max_qos 1", "sys_interval 1")
	way := []string{"-b", "mqtts://localhost:" + port(t, b.Addr), "--ca-file", ca.File, "--cert-file", ours, "--key-file", oursKey}
	say := func(topic string) {
		t.Helper()
		p := start(t, here, append([]string{"publish", topic, "22.5", "--qos", "1"}, way...)...)
		if p.wait() != 0 {
			t.Fatal(p.stderr)
		}
	}
	filters := []string{"-t", "iotclass/#@2", "-t", "secret/#", "-t", "$SYS/#"}
	file := filepath.Join(dir, "lab.mcap")
	term := dashboard(t, here, append(append(way, filters...), "--record", file, "--client-id", "wall", "--clean-session=false", "--broker-limit", "50")...)
	term.Resize(140, 44)
	term.Wait("● mqtts://localhost")
	term.Keys("4")
	say("iotclass/lab1/temperature")
	say("secret/lab1/temperature")
	told := []string{
		b.Addr + ", IPv4", "wall", "persistent", "MQTT 3.1.1, keep-alive 10 s",
		"▲ iotclass/#   downgraded ", "the broker grants no more than QoS 1 here", "◌ secret/#     nothing received ", "subscribed, nothing received: access rules may hide it",
		"● $SYS/#       receiving ", "1 downgraded, 1 silent",
		"1.3, TLS_", "broker, signed by lab CA", "for localhost", ", 20 days left", "wall, signed by lab CA", ", 5 days left",
		"Mosquitto 2.", " 50   ", "│",
	}
	term.Wait(append(told, "0 reconnects", "None since the start.", " ms", "persistent: new, the broker had none")...)
	b.Stop()
	term.Wait("○ no connection", "closed the connection", "not subscribed")
	b.Start()
	term.Keys("R")
	say("iotclass/lab1/temperature")
	term.Wait(append(told, "1 reconnect ", "LOST AT   AWAY FOR  WHY", "closed the connection", "persistent, but not kept: what was sent meanwhile")...)
	term.Keys("q")
	term.Wait("ended with 0")

	term = dashboard(t, here, "replay", file, "--paused")
	term.Resize(140, 44)
	term.Wait("paused")
	term.Keys("t", "1", "0", "0", "%", "Enter", "4")
	term.Wait(b.Addr+", IPv4", "1.3, TLS_", "broker, signed by lab CA", "ping          not in this recording", "bytes         not in this recording")
	term.Keys("q")
	term.Wait("ended with 0")
}

// TestBrokerScreenV5 tells of MQTT 5, and of the keep-alive that the broker wants.
func TestBrokerScreenV5(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, "max_keepalive 12", "max_qos 1")
	term := dashboard(t, here, "-b", b.Addr, "--protocol", "5", "--client-id", "wall", "--clean-session=false", "--keepalive", "20s", "-t", "iotclass/#@2")
	term.Resize(140, 44)
	term.Wait("● mqtt://" + b.Addr)
	term.Keys("4")
	term.Wait("MQTT 5, keep-alive 12 s", "persistent: new, the broker had none", "the broker grants no more than QoS 1 here")
	b.Stop()
	term.Wait("○ no connection", "not subscribed")
	b.Start()
	term.Keys("R")
	term.Wait("MQTT 5, keep-alive 12 s", "persistent, but not kept: what was sent meanwhile", "1 reconnect ")
	term.Keys("q")
	term.Wait("ended with 0")
}

// TestSessionInSnapshot reads of a session what the broker's screen shows.
// With MQTT 5 the broker's keep-alive is the one that holds.
func TestSessionInSnapshot(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		protocol string
		alive    float64
	}{{"3.1.1", 15}, {"5", 12}} {
		t.Run("MQTT "+tt.protocol, func(t *testing.T) {
			t.Parallel()
			sessionInSnapshot(t, tt.protocol, tt.alive)
		})
	}
}

func sessionInSnapshot(t *testing.T, protocol string, alive float64) {
	t.Helper()
	b := mosquitto.Start(t, "max_qos 1", "max_keepalive 12")
	publish(t, here, b, "iotclass/lab1/temperature", "22.5", "-r", "-q", "1")
	p := start(t, here, "snapshot", "--json", "--for", "3s", "-b", b.Addr, "-t", "iotclass/#@2", "-t", "quiet/#", "--client-id", "wall", "--keepalive", "15s", "--protocol", protocol)
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.stderr)
	}
	var r struct {
		Session struct {
			Address, Protocol string
			ClientID          string                                 `json:"client_id"`
			Clean             *bool                                  `json:"clean_session"`
			Present           bool                                   `json:"session_present"`
			KeepAlive         float64                                `json:"keep_alive_seconds"`
			Ping              *struct{ Last, Median, Count float64 } `json:"ping_ms"`
			TLS               *struct{}
			Reconnects        []struct{}
		}
		Subscriptions []struct {
			State    string
			Received [3]int `json:"received_qos"`
			Retained int
		}
	}
	if err := json.Unmarshal([]byte(p.stdout.String()), &r); err != nil {
		t.Fatal(err)
	}
	s := r.Session
	if s.Address != b.Addr || s.Protocol != "MQTT "+protocol || s.ClientID != "wall" || s.Clean == nil || !*s.Clean || s.Present || s.KeepAlive != alive || s.TLS != nil || s.Reconnects == nil {
		t.Errorf("session %+v", s)
	}
	if s.Ping == nil || s.Ping.Last <= 0 || s.Ping.Median <= 0 || s.Ping.Count < 1 {
		t.Errorf("ping %+v: it was asked after two seconds without a message", s.Ping)
	}
	if one, other := r.Subscriptions[0], r.Subscriptions[1]; one.State != "receiving" || one.Received != [3]int{0, 1, 0} || one.Retained != 1 || other.State != "silent" {
		t.Errorf("subscriptions %+v", r.Subscriptions)
	}
	if !strings.Contains(p.stdout.String(), `"tls": null`) {
		t.Error("there is no word of TLS")
	}
}
