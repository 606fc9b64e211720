package evilbroker

import (
	"encoding/binary"
	"slices"
)

// Packets of a server that does nothing wrong.
var (
	// Accept is the CONNACK of a new session, Accept5 that of MQTT 5.
	Accept  = []byte{0x20, 2, 0, 0}
	Accept5 = []byte{0x20, 3, 0, 0, 0}
	// Hello is a PUBLISH at QoS 0: 22.5 on a/b.
	Hello = Publish(0, "a/b", 0, []byte("22.5"))
	// Hello5 is the same of MQTT 5.
	Hello5 = Publish5(0, "a/b", 0, "", []byte("22.5"))
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

// Publish5 is Publish for MQTT 5, with properties in bytes, fewer than 128.
func Publish5(flags byte, topic string, id uint16, properties string, payload []byte) []byte {
	return Publish(flags, topic, id, slices.Concat([]byte{byte(len(properties))}, []byte(properties), payload))
}

// Connack5 is the CONNACK of MQTT 5 with a reason code and properties in bytes, fewer than
// 128.
func Connack5(code byte, properties string) []byte {
	return Packet(0x20, 3+len(properties), append([]byte{0, code, byte(len(properties))}, properties...)...)
}

// Disconnect5 is a DISCONNECT with a reason code and properties in bytes.
func Disconnect5(code byte, properties string) []byte {
	length := Packet(0, len(properties))[1:]
	return Packet(0xe0, 1+len(length)+len(properties), slices.Concat([]byte{code}, length, []byte(properties))...)
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

// suback5 is a SUBACK of MQTT 5 with properties in bytes and the codes.
func suback5(properties string, codes ...byte) reply {
	return answer(0x90, append(append([]byte{byte(len(properties))}, properties...), codes...)...)
}

// suback is a SUBACK with the codes.
func suback(codes ...byte) reply { return answer(0x90, codes...) }
