package wire_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"labtop/subscriber/wire"
)

// ways are the ways to deliver a stream.
func ways() map[string]func() func() int {
	return map[string]func() func() int{
		"whole":  func() func() int { return nil },
		"bytes":  func() func() int { return func() int { return 1 } },
		"slices": func() func() int { return func() int { return 1 + rand.IntN(9) } },
	}
}

func TestWellFormed(t *testing.T) {
	t.Parallel()
	long := string(bytes.Repeat([]byte("t"), 65535))
	tests := []struct {
		name   string
		stream []byte
	}{
		{"connack", nil},
		{"publish", hello},
		{"retained", publish(1, "a", -1, []byte("x"))},
		{"empty payload", publish(0, "a", -1, nil)},
		{"qos 1", publish(2, "a", 1, []byte("x"))},
		{"qos 1 dup retained", publish(0xb, "a", 65535, []byte("x"))},
		{"qos 2", publish(4, "a", 7, nil)},
		{"topic with NUL", publish(0, "a\x00b", -1, nil)},
		{"topic with invalid UTF-8", publish(0, "a\xff\x1b[2J", -1, nil)},
		{"topic of blanks and slashes", publish(0, " // ", -1, nil)},
		{"$SYS topic", publish(1, "$SYS/broker/uptime", -1, []byte("9 seconds"))},
		{"longest topic", publish(2, long, 3, []byte("x"))},
		{"payload that looks like packets", publish(0, "a", -1, join(connack, connack))},
		{"fills the buffer", publish(0, "a", -1, make([]byte, 64<<10-7))},
		{"one over the buffer", publish(0, "a", -1, make([]byte, 64<<10-6))},
		{"payload at the cap", publish(0, "a", -1, bytes.Repeat([]byte("x"), 1<<20))},
		{"non-minimal length", join([]byte{0x30, 0x89, 0x80, 0x80, 0}, hello[2:])},
		{"suback", []byte{0x90, 3, 0, 1, 0}},
		{"suback refusal", []byte{0x90, 4, 0, 2, 0x80, 2}},
		{"suback with too few codes", []byte{0x90, 3, 0, 2, 1}},
		{"suback without codes", []byte{0x90, 2, 0, 1}},
		{"publish before suback", join(hello, []byte{0x90, 3, 0, 1, 0}, hello)},
		{"puback", []byte{0x40, 2, 0, 9}},
		{"pubrec", []byte{0x50, 2, 0, 9}},
		{"pubrel", []byte{0x62, 2, 0, 1}},
		{"pubcomp", []byte{0x70, 2, 0, 9}},
		{"unsuback", []byte{0xb0, 2, 0, 9}},
		{"pingresp", []byte{0xd0, 0}},
		{"many packets", bytes.Repeat(hello, 20000)},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				stream := join(connack, tt.stream)
				c, got, err := play(t, stream, cut(), wire.Options{})
				if err != nil {
					t.Fatalf("Read: %v", err)
				}
				compare(t, plain(stream, 1<<20), got)
				if s := c.Stats(); s.Bytes != uint64(len(stream)) || s.Truncated != 0 {
					t.Errorf("Stats() = %+v, want %d bytes", s, len(stream))
				}
			})
		}
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	type stream = []byte
	tests := []struct {
		name string
		bad  stream // after CONNACK and one PUBLISH
		want string // after "protocol error: "
	}{
		{"type 0", stream{0, 0}, "packet type 0 from the broker"},
		{"CONNECT", stream{0x10, 2, 0, 0}, "CONNECT from the broker"},
		{"SUBSCRIBE", stream{0x82, 6, 0, 1, 0, 1, 'a', 0}, "SUBSCRIBE from the broker"},
		{"UNSUBSCRIBE", stream{0xa2, 5, 0, 1, 0, 1, 'a'}, "UNSUBSCRIBE from the broker"},
		{"PINGREQ", stream{0xc0, 0}, "PINGREQ from the broker"},
		{"DISCONNECT", stream{0xe0, 0}, "DISCONNECT from the broker"},
		{"AUTH", stream{0xf0, 0}, "AUTH from the broker"},
		{"second CONNACK", connack, "second CONNACK"},
		{"length of 5 bytes", stream{0x30, 0xff, 0xff, 0xff, 0xff, 0}, "PUBLISH with a remaining length of more than 4 bytes"},
		{"QoS 3", publish(6, "a", 1, nil), "PUBLISH with QoS 3"},
		{"DUP with QoS 0", publish(8, "a", -1, nil), "PUBLISH with DUP and QoS 0"},
		{"PUBLISH of length 0", stream{0x30, 0}, "PUBLISH of length 0"},
		{"PUBLISH of length 2", stream{0x30, 2, 0, 0}, "PUBLISH of length 2"},
		{"empty topic", publish(0, "", -1, stream("x")), "PUBLISH with an empty topic"},
		{"topic too long", stream{0x30, 4, 0, 3, 'a', 'b'}, "PUBLISH of length 4 with a topic of length 3"},
		{"no room for the id", stream{0x32, 4, 0, 1, 'a', 0}, "PUBLISH of length 4 with a topic of length 1"},
		{"huge packet with a bad topic", stream{0x32, 0xff, 0xff, 0xff, 0x7f, 0, 0}, "PUBLISH with an empty topic"},
		{"# in the topic", publish(0, "a/#", -1, nil), "PUBLISH with a wildcard in its topic"},
		{"+ in the topic", publish(2, "a+b", 1, nil), "PUBLISH with a wildcard in its topic"},
		{"wildcard, large", publish(0, "#", -1, make(stream, 70000)), "PUBLISH with a wildcard in its topic"},
		{"QoS 1 with id 0", publish(2, "a", 0, nil), "PUBLISH with packet id 0"},
		{"QoS 2 with id 0, large", publish(4, "a", 0, make(stream, 70000)), "PUBLISH with packet id 0"},
		{"SUBACK with flags", stream{0x91, 3, 0, 1, 0}, "SUBACK with flags 1 instead of 0"},
		{"SUBACK of length 1", stream{0x90, 1, 0}, "SUBACK of length 1"},
		{"SUBACK of 256 MiB", stream{0x90, 0xff, 0xff, 0xff, 0x7f}, "SUBACK of length 268435455"},
		{"SUBACK with too many codes", stream{0x90, 5, 0, 1, 0, 0, 0}, "SUBACK with 3 codes for 1 filter"},
		{"SUBACK with three for two", stream{0x90, 5, 0, 2, 0, 0, 0}, "SUBACK with 3 codes for 2 filters"},
		{"SUBACK with id 0", stream{0x90, 3, 0, 0, 0}, "SUBACK with packet id 0"},
		{"SUBACK for nothing", stream{0x90, 3, 0, 9, 0}, "SUBACK for packet id 9, which no SUBSCRIBE has"},
		{"SUBACK with code 3", stream{0x90, 3, 0, 1, 3}, "SUBACK with the unknown code 3"},
		{"SUBACK with code 0x81", stream{0x90, 4, 0, 2, 0, 0x81}, "SUBACK with the unknown code 129"},
		{"PUBACK for a SUBSCRIBE", stream{0x40, 2, 0, 1}, "PUBACK in answer to a SUBSCRIBE"},
		{"UNSUBACK for a SUBSCRIBE", stream{0xb0, 2, 0, 2}, "UNSUBACK in answer to a SUBSCRIBE"},
		{"UNSUBACK of length 3", stream{0xb0, 3, 0, 9, 0}, "UNSUBACK of length 3"},
		{"UNSUBACK with id 0", stream{0xb0, 2, 0, 0}, "UNSUBACK with packet id 0"},
		{"PUBACK of length 0", stream{0x40, 0}, "PUBACK of length 0"},
		{"PUBACK with id 0", stream{0x40, 2, 0, 0}, "PUBACK with packet id 0"},
		{"PUBACK with flags", stream{0x42, 2, 0, 9}, "PUBACK with flags 2 instead of 0"},
		{"PUBREC of length 3", stream{0x50, 3, 0, 1, 0}, "PUBREC of length 3"},
		{"PUBREL without flags", stream{0x60, 2, 0, 1}, "PUBREL with flags 0 instead of 2"},
		{"PUBREL with id 0", stream{0x62, 2, 0, 0}, "PUBREL with packet id 0"},
		{"PUBCOMP of length 1", stream{0x70, 1, 0}, "PUBCOMP of length 1"},
		{"PINGRESP of length 1", stream{0xd0, 1, 0}, "PINGRESP of length 1"},
		{"PINGRESP with flags", stream{0xd1, 0}, "PINGRESP with flags 1 instead of 0"},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				good := join(connack, hello)
				checkRefused(t, good, join(tt.bad, hello), cut(), tt.want)
			})
		}
	}
}

func TestMalformedStart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		stream []byte
		want   string
		tls    bool
	}{
		{"PUBLISH first", hello, "PUBLISH before CONNACK", false},
		{"PINGRESP first", []byte{0xd0, 0}, "PINGRESP before CONNACK", false},
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\n"), "PUBACK before CONNACK", false},
		{"SSH", []byte("SSH-2.0-OpenSSH_9\r\n"), "PUBREC before CONNACK", false},
		{"TLS alert", []byte{0x15, 3, 3, 0, 2, 2, 50}, "the answer is TLS, not MQTT", true},
		{"CONNACK of length 3", []byte{0x20, 3, 0, 0, 0}, "CONNACK of length 3", false},
		{"CONNACK with type flags", []byte{0x21, 2, 0, 0}, "CONNACK with flags 1 instead of 0", false},
		{"CONNACK with flags", []byte{0x20, 2, 2, 0}, "CONNACK with flags 2", false},
		{"CONNACK code 6", []byte{0x20, 2, 0, 6}, "CONNACK with the unknown code 6", false},
		{"CONNACK code 255", []byte{0x20, 2, 0, 255}, "CONNACK with the unknown code 255", false},
		{"refusal with a session", []byte{0x20, 2, 1, 5}, "CONNACK with code 5 and a session", false},
	}
	for _, tt := range tests {
		for way, cut := range ways() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				if c, tls := checkRefused(t, nil, tt.stream, cut(), tt.want); tls != tt.tls {
					t.Errorf("TLS = %t, want %t", tls, tt.tls)
				} else if c.ConnAck() != nil {
					t.Error("ConnAck() says that one has come")
				}
			})
		}
	}
}

// checkRefused plays what is good and what is bad: what is good comes through, then
// the error, which stays. It returns whether the error says that the broker speaks TLS.
func checkRefused(t *testing.T, good, bad []byte, cut func() int, reason string) (c *wire.Conn, tls bool) {
	t.Helper()
	c, got, err := play(t, join(good, bad), cut, wire.Options{})
	compare(t, plain(good, 1<<20), got)
	var pe *wire.ProtocolError
	if !errors.As(err, &pe) || pe.Error() != "protocol error: "+reason {
		t.Fatalf("error %v, want a ProtocolError with %q", err, reason)
	}
	if _, again := c.Read(make([]byte, 1)); !errors.Is(again, err) {
		t.Errorf("the next Read returns %v, want the same", again)
	}
	if !errors.Is(c.Err(), err) {
		t.Errorf("Err() = %v, want the same", c.Err())
	}
	return c, pe.TLS
}

// TestAnyStream reads streams of right packets of every kind, in any order, with lengths
// about those at which something changes, cut anywhere.
func TestAnyStream(t *testing.T) {
	t.Parallel()
	const limit = 70_000
	lengths := []int{0, 1, 5, 120, 127, 128, 4000, 16_383, 16_384, 64<<10 - 10, 64 << 10, limit - 1, limit, limit + 1, 200_000}
	for seed := range uint64(40) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 0))
			stream := slices.Clone(connack)
			for range 200 {
				qos, id := r.IntN(3), 1+r.IntN(5)
				flags := byte(qos<<1 | r.IntN(2))
				if qos == 0 {
					id = -1
				} else if r.IntN(4) == 0 {
					flags |= dup
				}
				length := r.IntN(30)
				if r.IntN(10) == 0 {
					length = lengths[r.IntN(len(lengths))]
				}
				topic := strings.Repeat("t", 1+r.IntN(4))
				if r.IntN(30) == 0 {
					topic = strings.Repeat("long", 1+r.IntN(16_000))
				}
				stream = append(stream, publish(flags, topic, id, bytes.Repeat([]byte{byte(r.Int())}, length))...)
				others := [][]byte{nil, nil, nil, pubrel(1 + r.IntN(5)), puback(9), pubrec(9), pubcomp(9), {0xb0, 2, 0, 9}, {0xd0, 0}}
				stream = append(stream, others[r.IntN(len(others))]...)
			}
			cut := func() int { return 1 + r.IntN(1<<r.IntN(17)) }
			c, got, err := play(t, stream, cut, wire.Options{MaxPayload: limit})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, plain(stream, limit), got)
			if s := c.Stats(); s.Publishes != 200 || s.Bytes != uint64(len(stream)) {
				t.Errorf("Stats() = %+v", s)
			}
		})
	}
}
