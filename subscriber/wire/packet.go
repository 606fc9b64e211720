package wire

// The control packet types (MQTT 3.1.1 section 2.2.1).
const (
	typeConnect     = 1
	typeConnack     = 2
	typePublish     = 3
	typePuback      = 4
	typePubrec      = 5
	typePubrel      = 6
	typePubcomp     = 7
	typeSubscribe   = 8
	typeSuback      = 9
	typeUnsubscribe = 10
	typeUnsuback    = 11
	typePingreq     = 12
	typePingresp    = 13
	typeDisconnect  = 14
)

const (
	// maxRemaining is the largest remaining length (MQTT 3.1.1 section 2.2.3).
	maxRemaining = 1<<28 - 1
	// refused is the SUBACK code of a failure (MQTT 3.1.1 section 3.9.3).
	refused = 0x80
)

// typeName is the packet type's name in error texts.
func typeName(t byte) string {
	return [16]string{
		"packet type 0", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE",
		"SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "packet type 15",
	}[t&15]
}

// header is a fixed header of size bytes, which remaining bytes follow.
type header struct {
	kind, flags     byte
	size, remaining int
}

// qos is the QoS in the flags of a PUBLISH.
func (h header) qos() byte { return h.flags >> 1 & 3 }

// variable is how long the variable header of a PUBLISH with such a topic is.
func (h header) variable(topic int) int {
	if h.qos() > 0 {
		return 2 + topic + 2
	}
	return 2 + topic
}

// parseHeader reads the fixed header at the start of b, which is not empty.
// The size is 0 when b does not hold all of it.
func parseHeader(b []byte) (header, error) {
	h := header{kind: b[0] >> 4, flags: b[0] & 15}
	for i, digit := range b[1:min(len(b), 5)] {
		h.remaining |= int(digit&127) << (7 * i)
		if digit < 128 {
			h.size = 2 + i
			return h, nil
		}
	}
	if len(b) >= 5 {
		return h, protocolErrorf("%s with a remaining length of more than 4 bytes", typeName(h.kind))
	}
	return h, nil
}

// length is how long the whole packet is.
func (h header) length() int { return h.size + h.remaining }

// verdict is what becomes of the packet at the start of the unchecked bytes.
type verdict uint8

const (
	incomplete verdict = iota // more bytes are needed
	whole                     // paho may have it
	message                   // a PUBLISH, which fits the buffer and the payload cap
	tooLarge                  // a PUBLISH that does not
	release                   // a PUBREL
	swallow                   // nobody must see it
)
