// Package blast is a broker that only sends: messages that were encoded before,
// as fast as TCP takes them. TCP holds it back, so a receiver that keeps count
// loses nothing, and what is measured is the receiver.
package blast

import (
	"fmt"
	"io"
	"net"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Topics is how many topics the messages go round.
const Topics = 300

// Round is one small QoS 0 PUBLISH on each topic, and the bytes of each.
func Round() (packets []byte, each int) {
	const payload = " 22.50"
	for i := range Topics {
		topic := fmt.Sprintf("iotclass/lab%03d/temperature", i)
		packets = append(packets, 0x30, byte(2+len(topic)+len(payload)), 0, byte(len(topic)))
		packets = append(append(packets, topic...), payload...)
	}
	return packets, len(packets) / Topics
}

// Start runs a broker on a free loopback port for one client: it answers CONNECT
// and one SUBSCRIBE of one filter and sends the messages. It ends with the test.
func Start(tb testing.TB, messages int) (addr string) {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		greet(conn)
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		packets, each := Round()
		for left := messages * each; left > 0; left -= len(packets) {
			if _, err := conn.Write(packets[:min(left, len(packets))]); err != nil {
				return
			}
		}
		<-tb.Context().Done()
	}()
	return l.Addr().String()
}

// greet answers CONNECT and SUBSCRIBE.
func greet(conn net.Conn) {
	packet := make([]byte, 256)
	_, _ = conn.Read(packet)
	_, _ = conn.Write([]byte{0x20, 2, 0, 0})
	_, _ = conn.Read(packet)
	_, _ = conn.Write([]byte{0x90, 3, packet[2], packet[3], 0})
}

// Measure times receive, which connects to addr and returns when it has all
// messages, and reports messages a second. What receive returns is called
// afterwards.
func Measure(b *testing.B, receive func(b *testing.B, addr string, messages int) (stop func())) {
	b.Helper()
	addr := Start(b, b.N)
	_, each := Round()
	b.SetBytes(int64(each))
	b.ReportAllocs()
	b.ResetTimer()
	stop := receive(b, addr, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.StopTimer()
	stop()
}

// Paho receives with the client library alone and throws the messages away: the
// figure that the others are held against.
func Paho(b *testing.B, addr string, messages int) func() {
	b.Helper()
	done, seen := make(chan struct{}), 0
	stop := Connect(b, addr, func(o *mqtt.ClientOptions) {
		o.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
			if seen++; seen == messages {
				close(done)
			}
		})
	})
	<-done
	return stop
}

// Connect connects the client library, with options that set has made, and subscribes.
func Connect(b *testing.B, addr string, set func(*mqtt.ClientOptions)) (stop func()) {
	b.Helper()
	o := mqtt.NewClientOptions().AddBroker("tcp://" + addr).SetProtocolVersion(4).SetAutoReconnect(false)
	set(o)
	client := mqtt.NewClient(o)
	if t := client.Connect(); t.Wait() && t.Error() != nil {
		b.Fatal(t.Error())
	}
	if t := client.Subscribe("#", 0, nil); t.Wait() && t.Error() != nil {
		b.Fatal(t.Error())
	}
	return func() { client.Disconnect(100) }
}
