package packet

import (
	"encoding/binary"
	"errors"
)

// V5 is the protocol level of MQTT 5; 3 is that of MQTT 3.1, 4 that of 3.1.1.
const V5 = 5

// Message is what a PUBLISH says. Topic and Payload are parts of the packet.
type Message struct {
	Topic, Payload []byte
	// ID is the packet's identifier, 0 with QoS 0.
	ID uint16
	// Alias is the topic alias of MQTT 5 (section 3.3.2.3.4), 0 for none. With one the
	// topic may be empty: then it is the one that was said with that alias before.
	Alias uint16
	// Properties are those of MQTT 5 as they are in the packet; see [ParseProperties].
	Properties []byte
}

var errShort = errors.New("the packet is too short")

// ParsePublish reads what follows the fixed header of a PUBLISH, at a protocol level.
func ParsePublish(h Header, body []byte, level byte) (Message, error) {
	r := reader{b: body}
	m := Message{Topic: r.text()}
	if h.QoS() > 0 {
		m.ID = r.uint16()
	}
	if level >= V5 {
		m.Properties = r.take(r.varint())
		m.Alias = r.alias(m.Properties)
	}
	m.Payload = r.b
	return m, r.err
}

// Connection is what a CONNECT says of itself, secrets apart.
type Connection struct {
	// Level is the protocol level: 3, 4 or 5.
	Level byte
	// Clean says that the session begins anew.
	Clean bool
	// ClientID is a part of the packet.
	ClientID []byte
}

// ParseConnect reads what follows the fixed header of a CONNECT, as far as the client
// id (MQTT 3.1.1 section 3.1).
func ParseConnect(body []byte) (Connection, error) {
	r := reader{b: body}
	name, level, flags := string(r.text()), r.byte(), r.byte()
	_ = r.uint16() // the keep-alive
	level &= 0x7f  // a bridge sets the highest bit
	if level >= V5 {
		r.take(r.varint())
	}
	c := Connection{Level: level, Clean: flags&2 != 0, ClientID: r.text()}
	if r.err == nil && (name != "MQTT" || level != 4 && level != V5) && (name != "MQIsdp" || level != 3) {
		r.err = errors.New("another protocol")
	}
	return c, r.err
}

// reader reads the fields of a packet. After an error all are zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.err = errShort
	}
	if r.err != nil {
		r.b = nil
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// text is a string or binary data with its length before it.
func (r *reader) text() []byte { return r.take(int(r.uint16())) }

// varint is a variable byte integer (MQTT 5 section 1.5.5).
func (r *reader) varint() int {
	v := 0
	for shift := 0; shift < 28; shift += 7 {
		digit := r.byte()
		v |= int(digit&127) << shift
		if digit < 128 {
			return v
		}
	}
	r.err = errProperties
	return 0
}

// alias is the topic alias among the properties of a PUBLISH, all of which it looks at.
func (r *reader) alias(properties []byte) (alias uint16) {
	all := ParseProperties(properties, Publish)
	for x, ok := all.Next(); ok; x, ok = all.Next() {
		if x.ID == TopicAlias {
			alias = uint16(x.Number)
		}
	}
	if r.err == nil {
		r.err = all.Err()
	}
	return alias
}
