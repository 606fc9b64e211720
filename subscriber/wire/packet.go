package wire

import "labtop/packet"

// refused is the SUBACK code of a failure (MQTT 3.1.1 section 3.9.3).
const refused = 0x80

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

// parseHeader is [packet.ParseHeader] with an error that ends the connection.
func parseHeader(b []byte) (packet.Header, error) {
	h, err := packet.ParseHeader(b)
	if err != nil {
		err = protocolErrorf("%s with %s", packet.Name(h.Type), err)
	}
	return h, err
}
