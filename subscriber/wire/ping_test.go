package wire_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"labtop/subscriber/wire"
)

// TestPing plays a conversation and compares what becomes of it: packets that paho
// would see, and messages.
func TestPing(t *testing.T) {
	t.Parallel()
	ping := []byte{0xc0, 0}
	pong := []byte{0xd0, 0}
	big := publish(0, "big", -1, make([]byte, 300_000))
	over := publish(0, "over", -1, make([]byte, 3_000_000))
	type step struct{ us, broker []byte }
	tests := []struct {
		name  string
		steps []step
		want  []string
	}{
		{"idle", []step{{ping, nil}, {nil, pong}}, []string{"PINGRESP"}},
		{"in a packet", []step{{nil, hello[:3]}, {ping, nil}, {nil, hello[3:5]}, {nil, hello[5:]}, {nil, pong}}, []string{"PINGRESP", "PUBLISH"}},
		{"the packet's last bytes answer", []step{{nil, hello[:3]}, {ping, nil}, {nil, hello[3:]}, {nil, pong}}, []string{"PUBLISH", "PINGRESP"}},
		{"in a large packet", []step{{nil, big[:100]}, {ping, nil}, {nil, big[100:200]}, {nil, big[200:]}, {nil, pong}, {nil, hello}}, []string{"PINGRESP", "PUBLISH", "PUBLISH"}},
		{"in what is thrown away", []step{{nil, over[:2_000_000]}, {ping, nil}, {nil, over[2_000_000:]}, {nil, pong}}, []string{"PINGRESP", "PUBLISH"}},
		{"twice in a large packet", []step{{nil, big[:100]}, {ping, nil}, {nil, big[100:200]}, {ping, nil}, {nil, big[200:]}, {nil, join(pong, pong)}, {ping, nil}, {nil, pong}}, []string{"PINGRESP", "PINGRESP", "PUBLISH", "PINGRESP"}},
		{"no byte after it", []step{{nil, hello[:3]}, {ping, nil}}, nil},
		{"swallowed between packets", []step{{nil, hello[:3]}, {ping, nil}, {nil, hello[3:5]}, {nil, join(hello[5:], hello, pong, hello)}}, []string{"PINGRESP", "PUBLISH", "PUBLISH", "PUBLISH"}},
		{"never asked for", []step{{nil, pong}, {nil, hello}}, []string{"PINGRESP", "PUBLISH"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				got := make(chan string, 100)
				c := wire.New(ours, wire.Options{Deliver: func(wire.Publish) { got <- "PUBLISH" }})
				var sent int
				go func() { // the broker's receiving side
					b := make([]byte, 64)
					for {
						n, err := theirs.Read(b)
						if err != nil {
							return
						}
						sent += n / len(ping)
					}
				}()
				go func() {
					defer close(got)
					for {
						cp, err := packets.ReadPacket(c)
						if err != nil {
							return
						}
						got <- nameOf(cp)
					}
				}()
				write(t, theirs, connack)
				want, pings := append([]string{"CONNACK"}, tt.want...), 0
				for _, s := range tt.steps {
					write(t, c, s.us)
					write(t, theirs, s.broker)
					pings += len(s.us) / len(ping)
				}
				_ = c.Close()
				var names []string
				for name := range got {
					names = append(names, name)
				}
				if diff := cmp.Diff(want, names); diff != "" {
					t.Error(diff)
				}
				_ = theirs.Close()
				synctest.Wait()
				if sent != pings {
					t.Errorf("%d PINGREQs reached the broker, want %d", sent, pings)
				}
			})
		})
	}
}

// write sends b, if there is any, and waits until it has been dealt with.
func write(t *testing.T, c net.Conn, b []byte) {
	t.Helper()
	if len(b) == 0 {
		return
	}
	if _, err := c.Write(b); err != nil {
		t.Error(err)
	}
	synctest.Wait()
}

func nameOf(cp packets.ControlPacket) string {
	switch cp.(type) {
	case *packets.ConnackPacket:
		return "CONNACK"
	case *packets.PingrespPacket:
		return "PINGRESP"
	}
	return "other"
}

// TestPong measures how long a broker takes to answer, whatever the guard has told paho
// meanwhile.
func TestPong(t *testing.T) {
	t.Parallel()
	ping, pong := []byte{0xc0, 0}, []byte{0xd0, 0}
	tests := []struct {
		name string
		// pings are sent at once, then a message comes after each second, then the answers.
		pings, seconds, pongs int
		want                  []time.Duration
	}{
		{"at once", 1, 0, 1, []time.Duration{0}},
		{"behind messages", 1, 3, 1, []time.Duration{3 * time.Second}},
		{"the last of two", 2, 1, 2, []time.Duration{time.Second}},
		{"not all", 2, 1, 1, nil},
		{"never asked for", 0, 1, 2, nil},
		{"too many", 1, 1, 3, []time.Duration{time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				var got []time.Duration
				c := wire.New(ours, wire.Options{Pong: func(took time.Duration) { got = append(got, took) }})
				read := make(chan struct{})
				go func() {
					defer close(read)
					_, _ = io.Copy(io.Discard, c)
				}()
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				write(t, theirs, connack)
				write(t, c, bytes.Repeat(ping, tt.pings))
				for range tt.seconds {
					time.Sleep(time.Second)
					write(t, theirs, hello)
				}
				write(t, theirs, bytes.Repeat(pong, tt.pongs))
				synctest.Wait()
				_ = c.Close()
				<-read
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
