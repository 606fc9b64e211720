package recording

import (
	"encoding/binary"

	"labtop/model"
	"labtop/packet"
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
	if len(b) == 0 {
		return false
	}
	h, err := packet.ParseHeader(b)
	if err != nil || h.Type != packet.Publish || h.QoS() > 2 || h.Size == 0 || h.Length() != len(b) {
		return false
	}
	said, err := packet.ParsePublish(h, b[h.Size:], 4)
	if err != nil {
		return false
	}
	m.Topic, m.Payload = string(said.Topic), said.Payload
	m.Size = len(m.Payload)
	m.QoS, m.Retained, m.Dup = h.QoS(), h.Retained(), h.Dup()
	return true
}
