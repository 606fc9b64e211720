package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/subscriber/wire"
)

// FuzzGuard reads arbitrary bytes, cut in some way. Whatever comes out is what the
// simplest parser finds in the stream as far as it is right: the same messages with
// payloads up to the cap, the same acknowledgements, and for paho whole packets that
// it can read and re-encode. How the stream is cut makes no difference.
func FuzzGuard(f *testing.F) {
	f.Add([]byte{}, byte(0), true)
	f.Add(hello, byte(1), true)
	f.Add(join(hello, []byte{0x90, 3, 0, 1, 0}, publish(4, "a", 1, bytes.Repeat([]byte("x"), 300))), byte(3), true)
	f.Add(join(publish(2, "a", 1, nil), publish(4, "a", 1, nil), publish(0xc, "a", 1, nil), []byte{0x62, 2, 0, 1}, publish(5, "b", 1, nil)), byte(4), true)
	f.Add([]byte{0x90, 5, 0, 1, 0, 0, 0}, byte(2), true)
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 'a'}, byte(0), true)
	f.Add([]byte{0x20, 2, 0, 6}, byte(0), false)
	f.Add([]byte{0xd0, 0, 0xd0, 0, 0x62, 2, 0, 1, 0xb0, 2, 0, 9}, byte(1), true)
	f.Fuzz(func(t *testing.T, stream []byte, cut byte, start bool) {
		if start {
			stream = join(connack, stream)
		}
		for _, e := range readTwice(t, stream, cut, false).events {
			checkPackets(t, e.Paho)
		}
	})
}

// readTwice reads the stream, also in pieces, and checks what comes out.
func readTwice(t *testing.T, stream []byte, cut byte, v5 bool) transcript {
	t.Helper()
	first, firstErr := readGuarded(t, stream, 0, v5)
	again, againErr := readGuarded(t, stream, int(cut)+1, v5)
	if compare(t, first, again); text(firstErr) != text(againErr) {
		t.Fatalf("%v, but %v when cut", firstErr, againErr)
	}
	checkPlain(t, plainOf(stream, fuzzLimit, v5), first, firstErr)
	return first
}

const fuzzLimit = 64

// readGuarded reads the stream in pieces of the given length; 0 means whole.
func readGuarded(t *testing.T, stream []byte, piece int, v5 bool) (transcript, error) {
	t.Helper()
	var cut func() int
	if piece > 0 {
		cut = func() int { return piece }
	}
	_, tr, err := play(t, stream, cut, wire.Options{MaxPayload: fuzzLimit, V5: v5})
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !ended(err) {
		t.Fatalf("error %v", err)
	}
	return tr, err
}

// ended says whether it was something that the broker sent that ended the connection.
func ended(err error) bool {
	return errors.As(err, new(*wire.ProtocolError)) || errors.As(err, new(*wire.Disconnected))
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// checkPlain compares what was got with what is wanted of a stream that is right. Of
// one that is not, what was got is the beginning.
func checkPlain(t *testing.T, want, got transcript, err error) {
	t.Helper()
	if ended(err) {
		n := len(got.events)
		if n > len(want.events) || !bytes.HasPrefix(want.acks, got.acks) {
			t.Fatalf("%d events and %x, want %d and %x", n, got.acks, len(want.events), want.acks)
		}
		want.events, want.acks = want.events[:n:n], got.acks
		if n == 0 {
			want.events = nil
		} else if bytes.HasPrefix(want.events[n-1].Paho, got.events[n-1].Paho) {
			want.events[n-1] = got.events[n-1]
		}
	}
	compare(t, want, got)
}

func checkPackets(t *testing.T, b []byte) {
	t.Helper()
	for r := bytes.NewReader(b); r.Len() > 0; {
		cp, err := packets.ReadPacket(r)
		if err != nil {
			t.Fatalf("paho: %v in %x", err, b)
		}
		switch p := cp.(type) {
		case *packets.PublishPacket, *packets.PubrelPacket:
			t.Fatalf("paho got %s", p)
		case *packets.SubackPacket:
			if len(p.ReturnCodes) > 2 {
				t.Fatalf("SUBACK with %d codes", len(p.ReturnCodes))
			}
		}
		if err := cp.Write(io.Discard); err != nil {
			t.Fatal(err)
		}
	}
}
