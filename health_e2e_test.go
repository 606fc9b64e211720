package main_test

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/testkit/mosquitto"
)

// TestBrokerHealthOnMosquitto: eight of ten clients raise an alert that ends when they
// leave, a restart of the broker is told once, and the recording says the same.
func TestBrokerHealthOnMosquitto(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	recording := filepath.Join(t.TempDir(), "lab.mcap")
	p := listenWith(t, b, "--broker-limit", "10", "--record", recording)
	var clients []net.Conn
	for range 6 {
		clients = append(clients, idle(t, b.Addr))
	}
	if h := brokerHealth(t, b); h.Clients.Value != 8 || h.ClientsPercent.Value != 80 || h.ClientsLimit != 10 || h.Family != "Mosquitto" || h.Uptime == nil {
		t.Errorf("with a snapshot beside it: %+v", h) // labtop, the snapshot, and six
	}
	clients = append(clients, idle(t, b.Addr))
	want := "firing warning broker-clients broker clients 80 %: at least 80 %"
	if got := p.wait("firing warning broker-clients"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, c := range clients {
		_ = c.Close()
	}
	p.wait("resolved warning broker-clients")

	for up := time.Now(); uptimeSaid(t, b) < 8; time.Sleep(300 * time.Millisecond) {
		if time.Since(up) > time.Minute {
			t.Fatal("the broker does not say for how long it has been up")
		}
	}
	b.Kill()
	b.Start()
	p.wait("firing warning broker-restarted")
	for uptimeSaid(t, b) < 3 { // what it says afterwards is no further restart
		time.Sleep(300 * time.Millisecond)
	}
	count := func(lines []string, begin string) (n int) {
		for _, l := range lines {
			if strings.Contains(l, begin) {
				n++
			}
		}
		return n
	}
	if n := count(p.all(), "broker-restarted"); n != 1 {
		t.Errorf("told of the restart %d times: %q", n, p.all())
	}
	p.end()
	out, errs, code := run(t, "alerts", "check", "--broker-limit", "10", recording)
	lines := strings.Split(out, "\n")
	if code != 3 || count(lines, "firing warning broker-restarted") != 1 || count(lines, "firing warning broker-clients") == 0 ||
		count(lines, "resolved warning broker-clients") == 0 {
		t.Errorf("exit code %d, %s\n%s", code, errs, out)
	}
	if out, _, _ = run(t, "alerts", "check", recording); strings.Contains(out, "broker-clients") {
		t.Errorf("without a limit:\n%s", out)
	}
}

// health is what a snapshot says of the broker's.
type health struct {
	Family         string
	Uptime         *struct{ Value float64 }
	Clients        struct{ Value float64 }
	ClientsPercent struct{ Value float64 } `json:"clients_percent"`
	ClientsLimit   int                     `json:"clients_limit"`
}

func brokerHealth(t *testing.T, b *mosquitto.Broker) health {
	t.Helper()
	out, errs, _ := run(t, "snapshot", "--json", "--for", "6s", "--broker-limit", "10", "-b", b.Addr)
	var report struct{ Broker health }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	return report.Broker
}

// uptimeSaid is for how many seconds the broker says that it has been up.
func uptimeSaid(t *testing.T, b *mosquitto.Broker) float64 {
	t.Helper()
	out, errs, _ := run(t, "snapshot", "--json", "--for", "500ms", "-b", b.Addr, "-t", "$SYS/broker/uptime")
	var report struct{ Broker health }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	if report.Broker.Uptime == nil {
		return 0
	}
	return report.Broker.Uptime.Value
}

// idle connects a client that says nothing more.
func idle(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion, connect.CleanSession, connect.Keepalive = "MQTT", 4, true, 600
	if err := connect.Write(conn); err != nil {
		t.Fatal(err)
	}
	if _, err := packets.ReadPacket(conn); err != nil {
		t.Fatal(err)
	}
	return conn
}
