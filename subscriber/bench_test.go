package subscriber_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"labtop/subscriber"
)

// blast is a broker that answers CONNECT and SUBSCRIBE and then writes small
// messages on 300 topics as fast as TCP takes them, n in all.
func blast(b *testing.B, n int) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		greet(conn)
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		all, each := round()
		for left := n * each; left > 0; left -= len(all) {
			if _, err := conn.Write(all[:min(left, len(all))]); err != nil {
				return
			}
		}
		<-b.Context().Done()
	}()
	return l.Addr().String()
}

// greet answers CONNECT and one SUBSCRIBE.
func greet(conn net.Conn) {
	packet := make([]byte, 256)
	_, _ = conn.Read(packet)
	_, _ = conn.Write([]byte{0x20, 2, 0, 0})
	_, _ = conn.Read(packet)
	_, _ = conn.Write([]byte{0x90, 3, packet[2], packet[3], 0})
}

// round is one message on each topic and the length of each.
func round() (all []byte, each int) {
	const topics = 300
	for i := range topics {
		all = append(all, publishPacket(0, fmt.Sprintf("iotclass/lab%03d/temperature", i), 0, "22.50")...)
	}
	return all, len(all) / topics
}

// BenchmarkIngest compares paho alone, which throws the messages away, with the
// whole way to the owner's batches.
func BenchmarkIngest(b *testing.B) {
	b.Run("plain", func(b *testing.B) { measure(b, plain) })
	b.Run("source", func(b *testing.B) { measure(b, source) })
}

func measure(b *testing.B, receive func(b *testing.B, addr string, n int) (stop func())) {
	b.Helper()
	addr := blast(b, b.N)
	_, each := round()
	b.SetBytes(int64(each))
	b.ReportAllocs()
	b.ResetTimer()
	stop := receive(b, addr, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.StopTimer()
	stop()
}

func plain(b *testing.B, addr string, n int) func() {
	b.Helper()
	done, seen := make(chan struct{}), 0
	o := mqtt.NewClientOptions().SetProtocolVersion(4).SetAutoReconnect(false)
	o.Servers = []*url.URL{{Scheme: "tcp", Host: addr}}
	o.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
		if seen++; seen == n {
			close(done)
		}
	})
	client := mqtt.NewClient(o)
	if t := client.Connect(); t.Wait() && t.Error() != nil {
		b.Fatal(t.Error())
	}
	if t := client.Subscribe("#", 0, nil); t.Wait() && t.Error() != nil {
		b.Fatal(t.Error())
	}
	<-done
	return func() { client.Disconnect(100) }
}

func source(b *testing.B, addr string, n int) func() {
	b.Helper()
	broker, err := subscriber.ParseBroker(addr)
	if err != nil {
		b.Fatal(err)
	}
	s := subscriber.New(subscriber.Options{Broker: broker, Filters: filters("#")})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for seen := 0; seen < n; {
		batch := <-s.Batches()
		seen += len(batch.Messages)
		s.Recycle(batch)
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}
