package subscriber_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

// uplink leads to a broker that answers CONNECT after a while and then takes so many
// bytes a second, all at once when there is no rate, until it has taken most.
type uplink struct {
	connack time.Duration
	perSec  int
	most    int // 0: it takes everything
}

func (u uplink) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		r := bufio.NewReader(&slow{Conn: theirs, uplink: u})
		for {
			packet, err := packets.ReadPacket(r)
			if err != nil {
				_, _ = io.Copy(io.Discard, theirs) // until the other end is closed
				return
			}
			switch packet := packet.(type) {
			case *packets.ConnectPacket:
				time.Sleep(u.connack)
				_, _ = theirs.Write(evilbroker.Accept)
			case *packets.PublishPacket:
				_, _ = theirs.Write([]byte{0x40, 2, byte(packet.MessageID >> 8), byte(packet.MessageID)})
			}
		}
	}()
	return ours, nil
}

// slow reads at a pace, and nothing more after the most.
type slow struct {
	net.Conn
	uplink
	taken int
}

func (s *slow) Read(p []byte) (int, error) {
	if s.most > 0 && s.taken >= s.most {
		time.Sleep(time.Minute)
		return 0, io.EOF
	}
	if s.perSec > 0 {
		p = p[:min(len(p), max(s.perSec/10, 1))]
	}
	n, err := s.Conn.Read(p)
	s.taken += n
	if s.perSec > 0 {
		time.Sleep(time.Duration(n) * time.Second / time.Duration(s.perSec))
	}
	return n, err
}

// TestPublishInTime has all the stages of a publish share one time, which starts
// anew only as long as a large payload goes out.
func TestPublishInTime(t *testing.T) {
	t.Parallel()
	small, large := "x", strings.Repeat("x", 600_000)
	const frozen, stuck = "did not answer CONNECT within 9s", "did not take the message over within 9s"
	tests := []struct {
		name        string
		way         uplink
		payload     string
		timeout     time.Duration // to connect; 0: the default
		want        string        // in the error; empty: none
		least, most time.Duration
	}{
		{"fast", uplink{}, large, 0, "", 0, time.Second},
		{"frozen before CONNACK", uplink{connack: time.Hour}, small, 0, frozen, 8 * time.Second, 9500 * time.Millisecond},
		{"frozen, little patience", uplink{connack: time.Hour}, small, time.Second, "within 1s", time.Second, 1500 * time.Millisecond},
		{"frozen, much patience", uplink{connack: time.Hour}, small, 20 * time.Second, "within 20s", 20 * time.Second, 20500 * time.Millisecond},
		{"a late CONNACK, then stuck", uplink{connack: 8 * time.Second, most: 20}, small, 0, stuck, 8 * time.Second, 9500 * time.Millisecond},
		{"a slow line", uplink{perSec: 10_000}, large, 0, "", time.Minute, 62 * time.Second},
		{"a line that gets stuck", uplink{perSec: 50_000, most: 300_000}, large, 0, "the broker may not have the message", 9 * time.Second, 16 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				o := subscriber.Options{Dial: tt.way.dial, ConnectTimeout: tt.timeout}
				err := subscriber.Publish(t.Context(), o, "a", []byte(tt.payload), 1, false)
				took := time.Since(began)
				if took < tt.least || took > tt.most {
					t.Errorf("took %v, want %v to %v", took, tt.least, tt.most)
				}
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				time.Sleep(2 * time.Hour) // the broker ends
			})
		})
	}
}

// TestPublishCancelled gives up in every stage.
func TestPublishCancelled(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]uplink{
		"before CONNACK": {connack: time.Hour},
		"before PUBACK":  {most: 20},
		"while it sends": {perSec: 10_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				began := time.Now()
				err := subscriber.Publish(ctx, subscriber.Options{Dial: way.dial}, "a", make([]byte, 100_000), 1, false)
				if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 2*time.Second {
					t.Errorf("error %v after %v", err, took)
				}
				time.Sleep(2 * time.Hour) // the broker ends
			})
		})
	}
}
