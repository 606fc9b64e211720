package evilbroker

import "encoding/binary"

// Packets of a server that does nothing wrong.
var (
	// Accept is the CONNACK of a new session.
	Accept = []byte{0x20, 2, 0, 0}
	// Hello is a PUBLISH at QoS 0: 22.5 on a/b.
	Hello = Publish(0, "a/b", 0, []byte("22.5"))
	// Pong is a PINGRESP.
	Pong = []byte{0xd0, 0}
)

// Publish encodes a PUBLISH. The flags are the lower four bits of its first byte
// (MQTT 3.1.1 section 3.3.1): DUP 8, QoS 2 and 4, RETAIN 1. The id is left out
// with QoS 0. Nothing is checked.
func Publish(flags byte, topic string, id uint16, payload []byte) []byte {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(topic)))
	body = append(body, topic...)
	if flags&6 != 0 {
		body = binary.BigEndian.AppendUint16(body, id)
	}
	return append(Packet(0x30|flags, len(body)+len(payload), body...), payload...)
}

// Packet is a fixed header that claims a remaining length, and what follows it.
func Packet(first byte, remaining int, rest ...byte) []byte {
	b := make([]byte, 0, 5+len(rest))
	for b = append(b, first); remaining > 127; remaining >>= 7 {
		b = append(b, byte(remaining)|128)
	}
	return append(append(b, byte(remaining)), rest...)
}

// A reply is what is sent in answer to a SUBSCRIBE with the packet id.
type reply = func(id uint16) []byte

// always is a reply that does not look at the id.
func always(b ...byte) reply { return func(uint16) []byte { return b } }

// answer is a packet that begins with the id of the SUBSCRIBE.
func answer(first byte, rest ...byte) reply {
	return func(id uint16) []byte {
		return append(binary.BigEndian.AppendUint16(Packet(first, 2+len(rest)), id), rest...)
	}
}

// suback is a SUBACK with the codes.
func suback(codes ...byte) reply { return answer(0x90, codes...) }
