package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/subscriber/wire"
)

// FuzzGuard reads arbitrary bytes, cut in some way. Whatever comes out is whole
// packets that paho can read and re-encode, with payloads no longer than the
// cap and its trailer; how the stream is cut makes no difference.
func FuzzGuard(f *testing.F) {
	f.Add([]byte{}, byte(0), true)
	f.Add(hello, byte(1), true)
	f.Add(join(hello, []byte{0x90, 3, 0, 1, 0}, publish(4, "a", 1, bytes.Repeat([]byte("x"), 300))), byte(3), true)
	f.Add([]byte{0x90, 5, 0, 1, 0, 0, 0}, byte(2), true)
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 'a'}, byte(0), true)
	f.Add([]byte{0x20, 2, 0, 6}, byte(0), false)
	f.Add([]byte{0xd0, 0, 0xd0, 0, 0x62, 2, 0, 1, 0xb0, 2, 0, 9}, byte(1), true)
	f.Fuzz(func(t *testing.T, stream []byte, cut byte, start bool) {
		if start {
			stream = join(connack, stream)
		}
		first, firstErr := readGuarded(t, stream, 0)
		again, againErr := readGuarded(t, stream, int(cut)+1)
		if !bytes.Equal(first, again) || text(firstErr) != text(againErr) {
			t.Fatalf("%x and %v, but %x and %v when cut", first, firstErr, again, againErr)
		}
		checkPackets(t, first)
	})
}

const fuzzLimit = 64

// readGuarded reads the stream in pieces of the given length; 0 means whole.
func readGuarded(t *testing.T, stream []byte, piece int) ([]byte, error) {
	t.Helper()
	var cut func() int
	if piece > 0 {
		cut = func() int { return piece }
	}
	c := guard(t, bytes.NewReader(stream), cut, wire.Options{MaxPayload: fuzzLimit})
	b, err := io.ReadAll(c)
	var pe *wire.ProtocolError
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &pe) {
		t.Fatalf("error %v", err)
	}
	return b, err
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func checkPackets(t *testing.T, b []byte) {
	t.Helper()
	for r := bytes.NewReader(b); r.Len() > 0; {
		cp, err := packets.ReadPacket(r)
		if err != nil {
			t.Fatalf("paho: %v in %x", err, b)
		}
		if p, ok := cp.(*packets.PublishPacket); ok && (len(p.Payload) > fuzzLimit+8 || p.TopicName == "" || p.Qos > 2) {
			t.Fatalf("bad PUBLISH %s", p)
		}
		if s, ok := cp.(*packets.SubackPacket); ok && len(s.ReturnCodes) > 2 {
			t.Fatalf("SUBACK with %d codes", len(s.ReturnCodes))
		}
		if err := cp.Write(io.Discard); err != nil {
			t.Fatal(err)
		}
	}
}
