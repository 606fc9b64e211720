//go:build unix

package faults_test

import (
	"encoding/json"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/testkit/mosquitto"
)

// fewQueued makes a broker drop what a client is behind by more than a few messages.
var fewQueued = []string{"max_queued_messages 50", "log_type notice", "log_type information", "log_type subscribe"}

// TestSlowClientOfTheBroker has another client for which the broker drops messages: the
// dashboard says so within two of the broker's intervals, and a report has the figure.
func TestSlowClientOfTheBroker(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, fewQueued...)
	term := dashboard(t, here, "-b", b.Addr, "-t", "lab/#", "-t", "$SYS/#")
	p := start(t, here, "snapshot", "--json", "--for", "20s", "-b", b.Addr, "-t", "$SYS/#")
	logs(t, b, "$SYS/#", 2)
	term.Wait("● mqtt://" + b.Addr)
	stuck(t, b.Addr, "flood/#")
	flood(t, b)
	logs(t, b, "Outgoing messages are being dropped for client stuck", 1)
	began := time.Now()
	term.Wait("dropped by the broker")
	took(t, "said to have dropped", began, 3*time.Second) // two intervals of a second, and the screen

	dropped := reported(t, p)
	said := dropsSaid(t, b)
	if dropped == 0 || dropped != said {
		t.Errorf("the snapshot has %d dropped, the broker %d", dropped, said)
	}
	shown := strconv.FormatUint(said, 10)
	term.Until("shows the broker's figure", func(screen string) bool {
		return strings.Contains(regexp.MustCompile(`(\d) (\d{3})`).ReplaceAllString(screen, "$1$2"), shown+" dropped by the broker")
	})
	term.Keys("q")
	term.Wait("ended with 0")
}

// TestSlowOurselves has the broker drop messages for labtop itself, and with them what
// it says of that.
func TestSlowOurselves(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t, fewQueued...)
	p := start(t, here, "snapshot", "--json", "--for", "25s", "-b", b.Addr)
	logs(t, b, "$SYS/#", 1)
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	flood(t, b)
	logs(t, b, "Outgoing messages are being dropped for client labtop-", 1)
	time.Sleep(3 * time.Second) // the broker says so, and drops that too
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	dropped := reported(t, p)
	if said := dropsSaid(t, b); dropped == 0 || dropped != said {
		t.Errorf("the snapshot has %d dropped, the broker %d", dropped, said)
	}
}

// stuck connects a client that asks for a filter and then reads nothing.
func stuck(t *testing.T, addr, filter string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion = "MQTT", 4
	connect.ClientIdentifier, connect.CleanSession, connect.Keepalive = "stuck", true, 600
	subscribe := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	subscribe.MessageID, subscribe.Topics, subscribe.Qoss = 1, []string{filter}, []byte{0}
	for _, packet := range []packets.ControlPacket{connect, subscribe} {
		if err := packet.Write(conn); err != nil {
			t.Fatal(err)
		}
		if _, err := packets.ReadPacket(conn); err != nil {
			t.Fatal(err)
		}
	}
}

// flood publishes more than the buffers of two systems hold.
func flood(t *testing.T, b *mosquitto.Broker) {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	connect := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	connect.ProtocolName, connect.ProtocolVersion = "MQTT", 4
	connect.ClientIdentifier, connect.CleanSession = "flood", true
	publish := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	publish.TopicName, publish.Payload = "flood/x", make([]byte, 10_000)
	if err := connect.Write(conn); err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if err := publish.Write(conn); err != nil {
			t.Fatal(err)
		}
	}
	if err := packets.NewControlPacket(packets.Disconnect).Write(conn); err != nil {
		t.Fatal(err)
	}
	logs(t, b, "Client flood disconnected", 1)
}

// reported waits for a snapshot and returns what it has of dropped messages.
func reported(t *testing.T, p *program) uint64 {
	t.Helper()
	if code := p.wait(); code != 0 {
		t.Fatalf("exit code %d: %s", code, p.stderr)
	}
	var report struct {
		Counters struct {
			BrokerDropped uint64 `json:"broker_dropped"`
		} `json:"counters"`
	}
	if err := json.Unmarshal([]byte(p.stdout.String()), &report); err != nil {
		t.Fatal(err)
	}
	return report.Counters.BrokerDropped
}

// dropsSaid is the broker's own figure.
func dropsSaid(t *testing.T, b *mosquitto.Broker) uint64 {
	t.Helper()
	o := options(t, b.Addr)
	o.Filters[0].Topic = "$SYS/broker/publish/messages/dropped"
	n, err := strconv.ParseUint(string(watch(t, o).receive(1)[0].Payload), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
