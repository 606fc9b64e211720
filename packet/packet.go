// Package packet takes MQTT control packets apart: the fixed header, and what PUBLISH
// and CONNECT say. It is for everybody who reads a stream of them, live or recorded;
// it knows no connection, keeps nothing and is pure.
//
// Packets may come from anybody: nothing is believed that is not in the bytes.
package packet

import (
	"errors"
	"fmt"
)

// The types of control packets (MQTT 3.1.1 section 2.2.1).
const (
	Connect = 1 + iota
	Connack
	Publish
	Puback
	Pubrec
	Pubrel
	Pubcomp
	Subscribe
	Suback
	Unsubscribe
	Unsuback
	Pingreq
	Pingresp
	Disconnect
	// Auth is one of MQTT 5's only (MQTT 5 section 3.15).
	Auth
)

// MaxRemaining is the largest remaining length (MQTT 3.1.1 section 2.2.3).
const MaxRemaining = 1<<28 - 1

// ErrLength says that a remaining length does not end after four bytes.
var ErrLength = errors.New("a remaining length of more than 4 bytes")

// Header is a fixed header of Size bytes, which Remaining bytes follow.
type Header struct {
	Type, Flags     byte
	Size, Remaining int
}

// ParseHeader reads the fixed header at the start of b, which is not empty. The size
// is 0 when b does not hold all of it.
func ParseHeader(b []byte) (Header, error) {
	h := Header{Type: b[0] >> 4, Flags: b[0] & 15}
	for i, digit := range b[1:min(len(b), 5)] {
		h.Remaining |= int(digit&127) << (7 * i)
		if digit < 128 {
			h.Size = 2 + i
			return h, nil
		}
	}
	if len(b) >= 5 {
		return h, ErrLength
	}
	return h, nil
}

// Length is how long the whole packet is.
func (h Header) Length() int { return h.Size + h.Remaining }

// QoS is the QoS in the flags of a PUBLISH, Dup and Retained are its other flags.
func (h Header) QoS() byte { return h.Flags >> 1 & 3 }

// Dup says that a PUBLISH may have been sent before.
func (h Header) Dup() bool { return h.Flags&8 != 0 }

// Retained is the retained flag of a PUBLISH.
func (h Header) Retained() bool { return h.Flags&1 != 0 }

// Variable is how long the variable header of a PUBLISH with such a topic is, the
// properties of MQTT 5 apart.
func (h Header) Variable(topic int) int {
	if h.QoS() > 0 {
		return 2 + topic + 2
	}
	return 2 + topic
}

// Name is the packet type's name.
func Name(kind byte) string {
	names := [...]string{
		Connect: "CONNECT", Connack: "CONNACK", Publish: "PUBLISH", Puback: "PUBACK", Pubrec: "PUBREC", Pubrel: "PUBREL",
		Pubcomp: "PUBCOMP", Subscribe: "SUBSCRIBE", Suback: "SUBACK", Unsubscribe: "UNSUBSCRIBE", Unsuback: "UNSUBACK",
		Pingreq: "PINGREQ", Pingresp: "PINGRESP", Disconnect: "DISCONNECT",
		Auth: "AUTH",
	}
	if int(kind) < len(names) && names[kind] != "" {
		return names[kind]
	}
	return fmt.Sprintf("packet type %d", kind)
}
