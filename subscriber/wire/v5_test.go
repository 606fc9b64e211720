package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/eclipse/paho.golang/packets"
	"github.com/google/go-cmp/cmp"

	"labtop/subscriber/wire"
)

// publish5 encodes a PUBLISH of MQTT 5; the id is left out when it is negative.
func publish5(flags byte, topic string, id int, properties string, payload []byte) []byte {
	return publish(flags, topic, id, join(remaining(len(properties)), []byte(properties), payload))
}

// connack5 accepts.
var connack5 = []byte{0x20, 3, 0, 0, 0}

// allProperties are those that a PUBLISH may have, the topic alias apart.
const allProperties = "\x01\x01\x02\x00\x00\x00\x3c\x03\x00\x04text\x08\x00\x02re\x09\x00\x02\xca\xfe\x0b\x81\x01\x0b\x02\x26\x00\x01k\x00\x02v1\x26\x00\x01k\x00\x02v2"

func TestWellFormed5(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("t", 65535)
	large := make([]byte, 200_000)
	user := func(n int) string {
		value := strings.Repeat("v", n-6)
		return "\x26\x00\x01k" + string([]byte{byte(len(value) >> 8), byte(len(value))}) + value
	}
	many := strings.Repeat(user(50_000), 3)
	tests := []struct {
		name   string
		stream []byte
		unread int // of the last message
	}{
		{"connack", nil, 0},
		{"no properties", publish5(0, "a/b", -1, "", []byte("22.5")), 0},
		{"all properties", publish5(2, "a/b", 9, allProperties, []byte("22.5")), 0},
		{"only properties", publish5(0, "a", -1, allProperties, nil), 0},
		{"texts that are none", publish5(0, "a", -1, "\x03\x00\x03\xff\x00\x1b", nil), 0},
		{"properties and a large payload", publish5(4, "a", 7, allProperties, large), 0},
		{"properties that fill what is kept", publish5(0, "a", -1, user(65_536), []byte("x")), 0},
		{"properties that are too many", publish5(0, "a", -1, many, []byte("x")), len(many)},
		{"and a large payload", publish5(2, "a", 3, many, large), len(many)},
		{"longest topic and properties", publish5(2, long, 3, user(65_000), []byte("x")), 0},
		{"longest topic alone", publish5(0, long, -1, "", nil), 0},
		{"suback", []byte{0x90, 4, 0, 1, 0, 0}, 0},
		{"suback with a reason", []byte{0x90, 10, 0, 2, 5, 0x1f, 0, 2, 'n', 'o', 0x87, 2}, 0},
		{"suback with a code to come", []byte{0x90, 4, 0, 1, 0, 0xfe}, 0},
		{"acknowledgements", []byte{0x40, 2, 0, 9, 0x50, 3, 0, 9, 0x10, 0x70, 4, 0, 9, 0x92, 0, 0xb0, 4, 0, 9, 0, 0}, 0},
		{"pubrel with a code", []byte{0x62, 4, 0, 1, 0x92, 0}, 0},
		{"pingresp", []byte{0xd0, 0}, 0},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				stream := join(connack5, tt.stream)
				_, got, err := play(t, stream, cut(), wire.Options{V5: true})
				if err != nil {
					t.Fatalf("Read: %v", err)
				}
				want := plainOf(stream, 1<<20, true)
				if tt.unread > 0 {
					want.events[len(want.events)-1].Message.Properties = &wire.Properties{Unread: tt.unread}
				}
				compare(t, want, got)
			})
		}
	}
}

func TestMalformed5(t *testing.T) {
	t.Parallel()
	type stream = []byte
	const wrong = "PUBLISH with wrong properties"
	tests := []struct {
		name string
		bad  stream // after CONNACK and one PUBLISH
		want string // after "protocol error: "
	}{
		{"AUTH", stream{0xf0, 0}, "AUTH from the broker"},
		{"second CONNACK", connack5, "second CONNACK"},
		{"no properties", stream{0x30, 3, 0, 1, 'a'}, "PUBLISH of length 3 with properties beyond its end"},
		{"properties beyond the end", stream{0x30, 5, 0, 1, 'a', 2, 1}, "PUBLISH of length 5 with properties beyond its end"},
		{"a length of properties that does not end", stream{0x30, 8, 0, 1, 'a', 0x80, 0x80, 0x80, 0x80, 0}, "PUBLISH of length 8 with properties beyond its end"},
		{"properties beyond the end of a large packet", publish(0, "a", -1, join(remaining(80_001), make(stream, 80_000))), "PUBLISH of length 80006 with properties beyond its end"},
		{"no properties in a large packet", stream{0x30, 0x81, 0x80, 4, 0xff, 0xff}, "PUBLISH of length 65537 with properties beyond its end"},
		{"a length that does not end in a large packet", publish(0, "a", -1, bytes.Repeat(stream{0xff}, 70_000)), "PUBLISH of length 70003 with properties beyond its end"},
		{"no property", publish5(0, "a", -1, "\x7f\x00", nil), wrong},
		{"one of CONNECT", publish5(0, "a", -1, "\x11\x00\x00\x00\x00", nil), wrong},
		{"one cut", publish5(0, "a", -1, "\x02\x00\x00", nil), wrong},
		{"a text cut", publish5(0, "a", -1, "\x03\x00\x09x", nil), wrong},
		{"one twice", publish5(0, "a", -1, "\x03\x00\x00\x03\x00\x00", nil), wrong},
		{"subscription identifier 0", publish5(0, "a", -1, "\x0b\x00", nil), wrong},
		{"one wrong in a large packet", publish5(0, "a", -1, "\x7f\x00", make(stream, 80_000)), wrong},
		{"topic alias", publish5(0, "a", -1, "\x23\x00\x01", nil), "PUBLISH with a topic alias, although none is allowed"},
		{"topic alias without a topic", publish5(0, "", -1, "\x23\x00\x01", nil), "PUBLISH with an empty topic"},
		{"SUBACK with wrong properties", stream{0x90, 6, 0, 1, 2, 1, 1, 0}, "SUBACK with wrong properties"},
		{"SUBACK with properties beyond its end", stream{0x90, 4, 0, 1, 9, 0}, "SUBACK with properties beyond its end"},
		{"SUBACK with too many codes", stream{0x90, 5, 0, 1, 0, 0, 0}, "SUBACK with 2 codes for 1 filter"},
		{"SUBACK with code 3", stream{0x90, 4, 0, 1, 0, 3}, "SUBACK with the unknown code 3"},
		{"SUBACK of 256 MiB", stream{0x90, 0xff, 0xff, 0xff, 0x7f}, "SUBACK of length 268435455"},
		{"PUBACK with properties that do not end with it", stream{0x40, 5, 0, 9, 0, 0, 0}, "PUBACK with properties that do not end with it"},
		{"PUBACK with wrong properties", stream{0x40, 6, 0, 9, 0, 2, 1, 1}, "PUBACK with wrong properties"},
		{"PUBACK of 256 MiB", stream{0x40, 0xff, 0xff, 0xff, 0x7f}, "PUBACK of length 268435455"},
		{"UNSUBACK with properties beyond its end", stream{0xb0, 4, 0, 9, 9, 0}, "UNSUBACK with properties beyond its end"},
		{"DISCONNECT with flags", stream{0xe1, 0}, "DISCONNECT with flags 1 instead of 0"},
		{"DISCONNECT with wrong properties", stream{0xe0, 4, 0, 2, 3, 0}, "DISCONNECT with wrong properties"},
		{"DISCONNECT of 256 MiB", stream{0xe0, 0xff, 0xff, 0xff, 0x7f}, "DISCONNECT of length 268435455"},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				good := join(connack5, publish5(0, "a/b", -1, allProperties, []byte("22.5")))
				_, got, err := play(t, join(good, tt.bad, good), cut(), wire.Options{V5: true})
				compare(t, plainOf(good, 1<<20, true), got)
				var pe *wire.ProtocolError
				if !errors.As(err, &pe) || pe.Reason != tt.want {
					t.Errorf("error %v, want %q", err, tt.want)
				}
			})
		}
	}
}

func TestConnAck5(t *testing.T) {
	t.Parallel()
	u16, one := uint16(7), byte(1)
	tests := []struct {
		name   string
		stream string
		want   wire.ConnAck
		err    string
	}{
		{"success", "\x20\x03\x00\x00\x00", wire.ConnAck{}, ""},
		{"session", "\x20\x03\x01\x00\x00", wire.ConnAck{SessionPresent: true}, ""},
		{
			"everything that is looked at", "\x20\x17\x00\x00\x14\x13\x00\x07\x21\x00\x07\x24\x01\x25\x00\x29\x00\x11\x00\x00\x00\x3c\x22\x00\x00",
			wire.ConnAck{KeepAlive: &u16, ReceiveMaximum: &u16, MaximumQoS: &one, NoRetained: true, NoSubscriptionIDs: true},
			"",
		},
		{
			"a refusal with words", "\x20\x0e\x00\x9c\x0b\x1f\x00\x02no\x1c\x00\x03b:1",
			wire.ConnAck{Answer: wire.Answer{Code: 0x9c, Reason: "no", Reference: "b:1"}},
			"",
		},
		{"an unknown refusal", "\x20\x03\x00\xf0\x00", wire.ConnAck{Answer: wire.Answer{Code: 0xf0}}, ""},
		{"a refusal of MQTT 3.1.1", "\x20\x02\x00\x01", wire.ConnAck{Answer: wire.Answer{Code: 1}, Older: true}, ""},
		{"a welcome of MQTT 3.1.1", "\x20\x02\x00\x00", wire.ConnAck{}, "CONNACK with properties that do not end with it"},
		{"code 1 of MQTT 5", "\x20\x03\x00\x01\x00", wire.ConnAck{}, "CONNACK with the unknown code 1"},
		{"a refusal with a session", "\x20\x03\x01\x87\x00", wire.ConnAck{}, "CONNACK with code 135 and a session"},
		{"flags", "\x20\x03\x02\x00\x00", wire.ConnAck{}, "CONNACK with flags 2"},
		{"an authentication method", "\x20\x07\x00\x00\x04\x15\x00\x01x", wire.ConnAck{}, "CONNACK with an authentication method"},
		{"a receive maximum of 0", "\x20\x06\x00\x00\x03\x21\x00\x00", wire.ConnAck{}, "CONNACK with a receive maximum of 0"},
		{"a maximum QoS of 2", "\x20\x05\x00\x00\x02\x24\x02", wire.ConnAck{}, "CONNACK with a maximum QoS of 2"},
		{"a property of PUBLISH", "\x20\x05\x00\x00\x02\x01\x01", wire.ConnAck{}, "CONNACK with wrong properties"},
		{"more than its properties", "\x20\x04\x00\x00\x00\x00", wire.ConnAck{}, "CONNACK with properties that do not end with it"},
		{"256 MiB", "\x20\xff\xff\xff\x7f", wire.ConnAck{}, "CONNACK of length 268435455"},
		{"AUTH", "\xf0\x00", wire.ConnAck{}, "AUTH before CONNACK"},
		{"DISCONNECT", "\xe0\x00", wire.ConnAck{}, "DISCONNECT before CONNACK"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := play(t, []byte(tt.stream), func() int { return 1 }, wire.Options{V5: true})
			if tt.err != "" {
				if err == nil || err.Error() != "protocol error: "+tt.err || c.ConnAck() != nil {
					t.Errorf("error %v, want %q; ConnAck() = %+v", err, tt.err, c.ConnAck())
				}
				return
			}
			if diff := cmp.Diff(&tt.want, c.ConnAck()); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestDisconnect has what a broker may say at the end.
func TestDisconnect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, bytes string
		want        wire.Answer
	}{
		{"nothing", "\xe0\x00", wire.Answer{}},
		{"only a code", "\xe0\x01\x8e", wire.Answer{Code: 0x8e}},
		{"no words", "\xe0\x02\x8b\x00", wire.Answer{Code: 0x8b}},
		{"words", "\xe0\x13\x9d\x11\x1f\x00\x02no\x1c\x00\x03b:1\x26\x00\x01k\x00\x00", wire.Answer{Code: 0x9d, Reason: "no", Reference: "b:1"}},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				before := join(connack5, publish5(2, "a", 5, "", nil))
				c, got, err := play(t, join(before, []byte(tt.bytes), hello), cut(), wire.Options{V5: true})
				compare(t, plainOf(before, 1<<20, true), got)
				var left *wire.Disconnected
				if !errors.As(err, &left) || left.Answer != tt.want || !errors.Is(c.Err(), err) {
					t.Errorf("error %v (%+v), want %+v", err, left, tt.want)
				}
			})
		}
	}
}

func TestGrants5(t *testing.T) {
	t.Parallel()
	stream := join(connack5, []byte{0x90, 10, 0, 2, 5, 0x1f, 0, 2, 'n', 'o', 0x87, 2}, []byte{0x90, 3, 0, 1, 0})
	c, _, err := play(t, stream, nil, wire.Options{V5: true})
	want := []wire.Grant{{Filter: "b", Code: 0x87, Reason: "no"}, {Filter: "c", Code: 2, Reason: "no"}, {Filter: "a", Code: 0x80}}
	if diff := cmp.Diff(want, c.Grants()); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// FuzzGuard5 is FuzzGuard for MQTT 5.
func FuzzGuard5(f *testing.F) {
	f.Add([]byte{}, byte(0), true)
	f.Add(publish5(0, "a/b", -1, allProperties, []byte("22.5")), byte(1), true)
	f.Add(join(publish5(4, "a", 1, "", nil), publish5(0xc, "a", 1, "", nil), []byte{0x62, 4, 0, 1, 0x92, 0}), byte(4), true)
	f.Add([]byte{0x90, 10, 0, 2, 5, 0x1f, 0, 2, 'n', 'o', 0x87, 2, 0x40, 3, 0, 9, 0x87}, byte(2), true)
	f.Add([]byte("\xe0\x13\x9d\x11\x1f\x00\x02no\x1c\x00\x03b:1\x26\x00\x01k\x00\x00"), byte(2), true)
	f.Add([]byte("\x20\x17\x00\x00\x14\x13\x00\x07\x21\x00\x07\x24\x01\x25\x00\x29\x00\x11\x00\x00\x00\x3c\x22\x00\x00"), byte(0), false)
	f.Add([]byte{0x20, 2, 0, 1}, byte(0), false)
	f.Fuzz(func(t *testing.T, stream []byte, cut byte, start bool) {
		if start {
			stream = join(connack5, stream)
		}
		for _, e := range readTwice(t, stream, cut, true).events {
			checkPackets5(t, e.Paho)
		}
	})
}

// checkPackets5 reads what paho gets with paho.golang.
func checkPackets5(t *testing.T, b []byte) {
	t.Helper()
	for r := bytes.NewReader(b); r.Len() > 0; {
		p, err := packets.ReadPacket(r)
		if err != nil && (b[0] != 0x20 || b[1] != 2) { // a refusal of MQTT 3.1.1
			t.Fatalf("paho: %v in %x", err, b)
		}
		if err != nil {
			return
		}
		switch p.Type {
		case packets.PUBLISH, packets.PUBREL, packets.DISCONNECT, packets.AUTH:
			t.Fatalf("paho got %s", p)
		}
		if _, err := p.WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
	}
}
