package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"labtop/subscriber/wire"
)

// blast is a broker that answers CONNECT and then writes the packets as fast as
// TCP takes them, until n messages are out.
func blast(b *testing.B, n int) net.Addr {
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
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		_, _ = conn.Write(connack)
		all, one := round()
		for ; n >= topics; n -= topics {
			if _, err := conn.Write(all); err != nil {
				return
			}
		}
		_, _ = conn.Write(all[:n*one])
		<-b.Context().Done()
	}()
	return l.Addr()
}

const topics = 300

// round is one small message on each topic; one is the length of each.
func round() (all []byte, one int) {
	for i := range topics {
		all = append(all, publish(0, fmt.Sprintf("iotclass/lab%03d/temperature", i), -1, []byte("22.50"))...)
	}
	return all, len(all) / topics
}

func BenchmarkIngest(b *testing.B) {
	for _, guarded := range []bool{false, true} {
		name := map[bool]string{false: "plain", true: "guard"}[guarded]
		b.Run(name, func(b *testing.B) {
			addr := blast(b, b.N)
			done, seen := make(chan struct{}), 0
			o := mqtt.NewClientOptions().AddBroker("tcp://" + addr.String()).SetProtocolVersion(4).SetAutoReconnect(false)
			o.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
				if seen++; seen == b.N {
					close(done)
				}
			})
			if guarded {
				o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
					conn, err := net.Dial("tcp", addr.String())
					if err != nil {
						return nil, err
					}
					return wire.New(conn, wire.Options{}), nil
				})
			}
			client := mqtt.NewClient(o)
			_, one := round()
			b.SetBytes(int64(one))
			b.ReportAllocs()
			if t := client.Connect(); t.Wait() && t.Error() != nil {
				b.Fatal(t.Error())
			}
			<-done
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
			client.Disconnect(100)
		})
	}
}

// BenchmarkGuard is the guard alone, read as paho reads: one byte, one byte,
// the rest.
func BenchmarkGuard(b *testing.B) {
	all, one := round()
	stream := io.MultiReader(bytes.NewReader(connack), repeat(all, b.N/topics+1))
	c := guard(b, stream, nil, wire.Options{})
	_, _ = io.ReadFull(c, make([]byte, 4))
	head, rest := make([]byte, 1), make([]byte, one-2)
	b.SetBytes(int64(one))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		_, _ = c.Read(head)
		_, _ = c.Read(head)
		_, _ = io.ReadFull(c, rest)
	}
}
