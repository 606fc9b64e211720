package simulator_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/google/go-cmp/cmp"

	"labtop/simulator"
)

// The packets that raw clients of the tests send.
const (
	connect311 = "\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04test"
	connect31  = "\x10\x12\x00\x06MQIsdp\x03\x02\x00\x00\x00\x04test"
	connect5   = "\x10\x11\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x04test"
	accepted   = "\x20\x02\x00\x00"
	// subscribe5 is an MQTT 5 SUBSCRIBE without its option byte, which mochi
	// v2.7.9 panics on (https://github.com/mochi-mqtt/server/issues/501).
	subscribe5 = "\x82\x06\x00\x01\x00\x00\x01a"
)

func TestBrokerPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "a/#", 2)
		sys := listen(t, b, "$SYS/#", 0)
		for qos := range byte(3) {
			p.client.Publish("a/b", qos, qos == 1, string(rune('0'+qos))).Wait()
		}
		synctest.Wait()
		want := []heard{{"a/b", "0", 0, false}, {"a/b", "1", 1, false}, {"a/b", "2", 2, false}}
		if diff := cmp.Diff(want, untimed(p.about(""))); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		if got := sys.payloads("$SYS/broker/version"); len(got) < 6 || got[0] == "" {
			t.Errorf("%d versions under $SYS in a minute", len(got))
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		idle, err := b.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, b.Dial, "client")
		for range 2 {
			if err := b.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if _, err := idle.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("read after Close: %v", err)
		}
		synctest.Wait()
		if client.IsConnectionOpen() {
			t.Error("a client is still connected")
		}
		if _, err := b.Dial(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Dial after Close: %v", err)
		}
		if _, err := b.Listen("127.0.0.1:0"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Listen after Close: %v", err)
		}
	})
}

// dialRaw connects and sends some packets.
func dialRaw(t *testing.T, b *simulator.Broker, send string) net.Conn {
	t.Helper()
	conn, err := b.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, send); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestReaderThatDoesNotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		stuck := dialRaw(t, b, connect311)
		if _, err := io.ReadFull(stuck, make([]byte, len(accepted))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(stuck, "\x82\x06\x00\x01\x00\x01#\x01"); err != nil { // all, at QoS 1
			t.Fatal(err)
		}
		p := listen(t, b, "iotclass/#", 1)
		o := simulator.Demo(b.Dial)
		var lost []simulator.Event
		o.Characters = false
		o.OnEvent = func(e simulator.Event) {
			if e.Kind != simulator.Connected {
				lost = append(lost, e)
			}
		}
		startLab(t, o)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(lost) > 0 {
			t.Errorf("devices suffered: %v", lost)
		}
		if got := len(p.payloads("iotclass/lab6/temperature")); got < 11 {
			t.Errorf("%d readings in a minute", got)
		}
		read := make([]byte, 1<<16)
		if n, err := io.ReadAtLeast(stuck, read, 1000); err != nil {
			t.Errorf("the reader that did not read gets %d bytes (%v)", n, err)
		}
	})
}

func TestReaderThatNeverReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		stuck := dialRaw(t, b, connect311+"\x82\x06\x00\x01\x00\x01#\x00")
		client := newClient(t, b.Dial, "publisher")
		big := make([]byte, 1<<20)
		for range 20 {
			client.Publish("a", 1, false, big).Wait()
		}
		synctest.Wait()
		if _, err := stuck.Write([]byte("\xc0\x00")); err == nil {
			t.Error("still connected")
		}
	})
}

func TestFloodedDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		startLab(t, simulator.Options{Rooms: 1, Dial: b.Dial, OnEvent: func(e simulator.Event) {
			if e.Kind != simulator.Connected {
				t.Errorf("flooded: %v", e)
			}
		}})
		p := listen(t, b, "home/kitchen/light/state", 0)
		time.Sleep(time.Second)
		began := time.Now()
		for range 5000 {
			p.client.Publish("home/kitchen/light/command", 0, false, "ON")
		}
		synctest.Wait()
		if took := time.Since(began); took > 0 {
			t.Errorf("the flood took %v: somebody waited for somebody", took)
		}
		if got := len(p.payloads("home/kitchen/light/state")); got < 2 {
			t.Errorf("%d answers", got)
		}
	})
}

func TestGate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, send string
		want       string // all that the broker answers before it closes
		after      time.Duration
	}{
		{"MQTT 5", connect5, "\x20\x03\x00\x84\x00", 0},
		{"MQTT 3.1", connect31, "\x20\x02\x00\x01", 0},
		{"level 6", "\x10\x0c\x00\x04MQTT\x06\x02\x00\x00\x00\x00", "\x20\x02\x00\x01", 0},
		{"other protocol", "\x10\x0c\x00\x04AMQP\x04\x02\x00\x00\x00\x00", "", 0},
		{"no CONNECT", "\xc0\x00", "", 0},
		{"not MQTT", "GE", "", 0},
		{"reserved flags", "\x1f" + connect311[1:], "", 0},
		{"too long", "\x10\xff\xff\x7f", "", 0},
		{"endless length", "\x10\xff\xff\xff\xff", "", 0},
		{"nothing", "", "", 10 * time.Second},
		{"half a CONNECT", connect311[:5], "", 10 * time.Second},
		{"second CONNECT", connect311 + connect311, accepted, 0},
		{"switch to MQTT 5", connect311 + connect5, accepted, 0},
		{"AUTH", connect311 + "\xf0\x00", accepted, 0},
		{"type 0", connect311 + "\x00\x00", accepted, 0},
		{"a server's packet", connect311 + "\xd0\x00", accepted, 0},
		{"endless length later", connect311 + "\x30\xff\xff\xff\xff", accepted, 0},
		{"SUBSCRIBE of MQTT 5", connect311 + subscribe5, accepted, 0},
		{"cut SUBSCRIBE", connect311 + "\x82\x04\x00\x01\x00\x09", accepted, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t)
				conn, err := b.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				go func() { _, _ = io.WriteString(conn, test.send) }() // the broker may close before the end
				got, err := io.ReadAll(conn)
				if err != nil || string(got) != test.want {
					t.Errorf("answer % x (%v), want % x", got, err, test.want)
				}
				if took := time.Since(began); took != test.after {
					t.Errorf("closed after %v, not %v", took, test.after)
				}
				dialRaw(t, b, connect311) // it still serves
			})
		})
	}
}

// FuzzClient sends an MQTT 3.1.1 client's packets, cut in two anywhere: the
// broker must go on serving.
func FuzzClient(f *testing.F) {
	f.Add([]byte(subscribe5), uint8(3))
	f.Add([]byte("\x82\x06\x00\x01\x00\x01#\x02\x30\x05\x00\x01a22"), uint8(9))
	f.Add([]byte("\x34\x06\x00\x01a\x00\x01x\x62\x02\x00\x01\xe0\x00"), uint8(1))
	f.Add([]byte("\xa2\x05\x00\x01\x00\x01a\xc0\x00\x40\x02\x00\x07"), uint8(2))
	f.Add([]byte(connect5), uint8(0))
	f.Fuzz(func(t *testing.T, packet []byte, cut uint8) {
		b, err := simulator.NewBroker()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = b.Close() }()
		conn := dialRaw(t, b, connect311)
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		at := min(int(cut), len(packet))
		_, _ = conn.Write(packet[:at])
		_, _ = conn.Write(packet[at:])
		_ = conn.Close()

		other := dialRaw(t, b, connect311+"\xc0\x00")
		p, err := packets.ReadPacket(other)
		if ack, ok := p.(*packets.ConnackPacket); err != nil || !ok || ack.ReturnCode != packets.Accepted {
			t.Fatalf("the broker answers %v, %v", p, err)
		}
	})
}

func TestFuzzPacketsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{connect311, connect31, connect5, subscribe5} {
		if int(text[1]) != len(text)-2 {
			t.Errorf("% x: wrong remaining length", text)
		}
	}
	if _, err := packets.ReadPacket(bytes.NewReader([]byte(connect311))); err != nil {
		t.Error(err)
	}
}
