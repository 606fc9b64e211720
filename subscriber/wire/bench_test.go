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

// BenchmarkIngest compares paho on the bare connection with paho behind the
// guard.
func BenchmarkIngest(b *testing.B) {
	b.Run("paho", func(b *testing.B) { blast.Measure(b, blast.Paho(nil)) })
	b.Run("guarded", func(b *testing.B) {
		blast.Measure(b, blast.Paho(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				return nil, fmt.Errorf("dial: %w", err)
			}
			return wire.New(conn, wire.Options{}), nil
		}))
	})
}

// BenchmarkGuard is the guard alone, read as paho reads: one byte, one byte,
// the rest.
func BenchmarkGuard(b *testing.B) {
	all, one := blast.Round()
	stream := io.MultiReader(bytes.NewReader(connack), repeat(all, b.N/blast.Topics+1))
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
