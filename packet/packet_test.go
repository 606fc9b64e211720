package packet_test

import (
	"bytes"
	"testing"

	"labtop/packet"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, bytes string
		want        packet.Header
		err         error
	}{
		{"short", "\x30\x05", packet.Header{Type: 3, Size: 2, Remaining: 5}, nil},
		{"the longest", "\x3d\xff\xff\xff\x7f", packet.Header{Type: 3, Flags: 13, Size: 5, Remaining: packet.MaxRemaining}, nil},
		{"incomplete", "\x30\x80\x80", packet.Header{Type: 3}, nil},
		{"its first byte only", "\xc0", packet.Header{Type: 12}, nil},
		{"without end", "\x30\x80\x80\x80\x80\x01", packet.Header{Type: 3}, packet.ErrLength},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if h, err := packet.ParseHeader([]byte(test.bytes)); h != test.want || err != test.err { //nolint:errorlint // it is the error itself
				t.Errorf("%+v, %v", h, err)
			}
		})
	}
}

// properties are all that a PUBLISH may have, with the alias 7.
const properties = "\x01\x01\x02\x00\x00\x00\x3c\x03\x00\x04text\x08\x00\x02re\x09\x00\x02\xca\xfe\x0b\x81\x01\x23\x00\x07\x26\x00\x01k\x00\x02v1"

func TestPublish(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		flags      byte
		level      byte
		want       packet.Message
		bad        bool
	}{
		{"QoS 0", "\x00\x03a/b22", 0, 4, packet.Message{Topic: []byte("a/b"), Payload: []byte("22")}, false},
		{"QoS 1", "\x00\x03a/b\x01\x0222", 2, 4, packet.Message{Topic: []byte("a/b"), Payload: []byte("22"), ID: 258}, false},
		{"without payload", "\x00\x01a", 0, 3, packet.Message{Topic: []byte("a")}, false},
		{"a topic beyond the end", "\x00\x09a/b", 0, 4, packet.Message{}, true},
		{"no identifier", "\x00\x01a", 2, 4, packet.Message{Topic: []byte("a")}, true},
		{"MQTT 5 without properties", "\x00\x01a\x0022", 0, 5, packet.Message{Topic: []byte("a"), Payload: []byte("22")}, false},
		{"MQTT 5 with all properties", "\x00\x00" + string(rune(len(properties))) + properties + "22", 0, 5, packet.Message{Topic: []byte{}, Payload: []byte("22"), Alias: 7}, false},
		{"MQTT 5 with a property that is none", "\x00\x01a\x02\x7f\x0022", 0, 5, packet.Message{Topic: []byte("a")}, true},
		{"MQTT 5 with a property of CONNECT", "\x00\x01a\x05\x11\x00\x00\x00\x0022", 0, 5, packet.Message{Topic: []byte("a")}, true},
		{"MQTT 5 with properties beyond the end", "\x00\x01a\x0922", 0, 5, packet.Message{Topic: []byte("a")}, true},
		{"MQTT 5 without anything", "\x00\x01a", 0, 5, packet.Message{Topic: []byte("a")}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := packet.ParsePublish(packet.Header{Type: packet.Publish, Flags: test.flags}, []byte(test.body), test.level)
			if (err != nil) != test.bad {
				t.Fatal(err)
			}
			if !test.bad && (!bytes.Equal(m.Topic, test.want.Topic) || !bytes.Equal(m.Payload, test.want.Payload) || m.ID != test.want.ID || m.Alias != test.want.Alias) {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		level      byte
		clean      bool
		client     string
		bad        bool
	}{
		{"MQTT 3.1", "\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x03lab", 3, true, "lab", false},
		{"MQTT 3.1.1", "\x00\x04MQTT\x04\xc0\x00\x3c\x00\x03lab\x00\x04user\x00\x06secret", 4, false, "lab", false},
		{"a bridge", "\x00\x04MQTT\x84\x02\x00\x3c\x00\x00", 4, true, "", false},
		{"MQTT 5", "\x00\x04MQTT\x05\x02\x00\x3c\x05\x11\x00\x00\x00\x0a\x00\x03lab", 5, true, "lab", false},
		{"another protocol", "\x00\x04AMQP\x04\x02\x00\x3c\x00\x03lab", 0, false, "", true},
		{"a version to come", "\x00\x04MQTT\x06\x02\x00\x3c\x00\x00\x03lab", 0, false, "", true},
		{"cut", "\x00\x04MQTT\x04\x02\x00", 0, false, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := packet.ParseConnect([]byte(test.body))
			if (err != nil) != test.bad {
				t.Fatal(err)
			}
			if !test.bad && (c.Level != test.level || c.Clean != test.clean || string(c.ClientID) != test.client) {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, bytes string
		kind        byte
		want        int // how many there are before the end or the first wrong one
		bad         bool
	}{
		{"none", "", packet.Publish, 0, false},
		{"those of PUBLISH", properties, packet.Publish, 8, false},
		{"those of PUBLISH in CONNACK", properties, packet.Connack, 0, true},
		{"those of CONNACK", "\x11\x00\x00\x00\x3c\x21\x00\x0a\x24\x01\x25\x00\x27\x00\x00\x10\x00\x12\x00\x01c\x22\x00\x00\x1f\x00\x00\x28\x01\x29\x01\x2a\x01\x13\x00\x3c\x1a\x00\x00\x1c\x00\x01s\x15\x00\x01m\x16\x00\x00", packet.Connack, 16, false},
		{"user properties of the same name", "\x26\x00\x01k\x00\x00\x26\x00\x01k\x00\x00", packet.Suback, 2, false},
		{"subscriptions", "\x0b\x01\x0b\x01", packet.Publish, 2, false},
		{"a subscription that is none", "\x0b\x00", packet.Publish, 0, true},
		{"a number that does not end", "\x0b\x80\x80\x80\x80\x01", packet.Publish, 0, true},
		{"one twice", "\x1f\x00\x00\x1f\x00\x00", packet.Puback, 1, true},
		{"an id of two bytes", "\x80\x01", packet.Publish, 0, true},
		{"an id that is none", "\x3f\x00", packet.Publish, 0, true},
		{"a text cut", "\x1f\x00\x05ab", packet.Puback, 0, true},
		{"a number cut", "\x02\x00", packet.Publish, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all, n := packet.ParseProperties([]byte(test.bytes), test.kind), 0
			for _, ok := all.Next(); ok; _, ok = all.Next() {
				n++
			}
			if n != test.want || (all.Err() != nil) != test.bad {
				t.Errorf("%d properties, then %v", n, all.Err())
			}
		})
	}
}

// FuzzPublish takes anything apart.
func FuzzPublish(f *testing.F) {
	f.Add([]byte("\x32\x07\x00\x01a\x00\x0122"), byte(4))
	f.Add([]byte("\x30\x09\x00\x01a\x03\x23\x00\x0722"), byte(5))
	f.Fuzz(func(t *testing.T, b []byte, level byte) {
		if len(b) == 0 {
			return
		}
		h, err := packet.ParseHeader(b)
		if err != nil || h.Size == 0 || h.Length() > len(b) {
			return
		}
		if m, err := packet.ParsePublish(h, b[h.Size:h.Length()], level); err == nil && len(m.Topic)+len(m.Payload) > h.Remaining-2 {
			t.Errorf("%+v of %d bytes", m, h.Remaining)
		}
		_, _ = packet.ParseConnect(b[h.Size:h.Length()])
		properties, rest, err := packet.CutProperties(b[h.Size:h.Length()])
		if err == nil && len(properties)+len(rest) >= h.Remaining {
			t.Errorf("%d bytes of properties and %d more of %d", len(properties), len(rest), h.Remaining)
		}
		all, read := packet.ParseProperties(properties, h.Type), 0
		for x, ok := all.Next(); ok; x, ok = all.Next() {
			read += len(x.Text) + len(x.Value) + 2
		}
		if read > len(properties) {
			t.Errorf("%d bytes read of %d", read, len(properties))
		}
	})
}
