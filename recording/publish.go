package recording

import (
	"encoding/binary"

	"labtop/model"
)

// appendPublish appends a message as an MQTT 3.1.1 PUBLISH packet (section 3.3).
// The packet identifier of QoS 1 and 2 is not known; it is written as 1.
func appendPublish(b []byte, m *model.Message) []byte {
	head := byte(0x30) | min(m.QoS, 2)<<1
	if m.Dup {
		head |= 8
	}
	if m.Retained {
		head |= 1
	}
	length := 2 + len(m.Topic) + len(m.Payload)
	if m.QoS > 0 {
		length += 2
	}
	b = binary.AppendUvarint(append(b, head), uint64(length)) // the same as MQTT's, section 2.2.3
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.Topic)))
	b = append(b, m.Topic...)
	if m.QoS > 0 {
		b = append(b, 0, 1)
	}
	return append(b, m.Payload...)
}

// parsePublish reads a PUBLISH packet. The payload is part of b.
func parsePublish(b []byte, m *model.Message) bool {
	if len(b) < 2 || b[0]>>4 != 3 {
		return false
	}
	head := b[0]
	length, n := binary.Uvarint(b[1:])
	if n <= 0 || n > 4 || length != uint64(len(b)-1-n) {
		return false
	}
	b = b[1+n:]
	if len(b) < 2 {
		return false
	}
	topic := int(binary.BigEndian.Uint16(b))
	rest := 2 + topic
	m.QoS = head >> 1 & 3
	if m.QoS > 0 {
		rest += 2
	}
	if m.QoS > 2 || len(b) < rest {
		return false
	}
	m.Topic, m.Payload = string(b[2:2+topic]), b[rest:]
	m.Size = len(m.Payload)
	m.Retained, m.Dup = head&1 != 0, head&8 != 0
	return true
}
