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
	"labtop/testkit/blast"
)

// BenchmarkIngest compares paho on the bare connection with the guard, behind which
// paho sees no message.
func BenchmarkIngest(b *testing.B) {
	b.Run("paho", func(b *testing.B) { blast.Measure(b, blast.Paho) })
	b.Run("guarded", func(b *testing.B) { blast.Measure(b, guarded) })
}

func guarded(b *testing.B, addr string, messages int) func() {
	b.Helper()
	done, seen := make(chan struct{}), 0
	deliver := func(wire.Publish) {
		if seen++; seen == messages {
			close(done)
		}
	}
	stop := blast.Connect(b, addr, func(o *mqtt.ClientOptions) {
		o.SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				return nil, fmt.Errorf("dial: %w", err)
			}
			return wire.New(conn, wire.Options{Deliver: deliver}), nil
		})
	})
	<-done
	return stop
}

// deaf is a socket that forgets what is written.
type deaf struct{ fakeSocket }

func (*deaf) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkGuard is the guard alone, from bytes to messages that nobody wants.
func BenchmarkGuard(b *testing.B) {
	for qos := range byte(3) {
		b.Run(fmt.Sprint("QoS ", qos), func(b *testing.B) {
			var round []byte
			for i := range blast.Topics {
				id := -1
				if qos > 0 {
					id = i + 1
				}
				round = append(round, publish(qos<<1, fmt.Sprintf("iotclass/lab%03d/temperature", i), id, []byte(" 22.50"))...)
				if qos == 2 {
					round = append(round, 0x62, 2, byte(id>>8), byte(id))
				}
			}
			b.SetBytes(int64(len(round) / blast.Topics))
			// Read ends with what is for paho.
			stream := io.MultiReader(bytes.NewReader(connack), &looped{all: append(round, 0xd0, 0)})
			c := wire.New(&deaf{fakeSocket{stream: stream}}, wire.Options{})
			p := make([]byte, 4)
			_, _ = c.Read(p)
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += blast.Topics {
				_, _ = c.Read(p)
			}
		})
	}
}
