package wire

import "encoding/binary"

// sizeTrailer is how many bytes follow the kept part of a payload that was cut.
const sizeTrailer = 8

// large is a PUBLISH under way that does not fit the buffer or whose payload is
// over the cap. Its memory grows with the bytes that really arrive.
type large struct {
	header  header
	packet  []byte // as paho gets it: the header rewritten, then what is kept
	body    int    // where the variable header starts in packet
	topic   int    // length of the variable header
	size    int    // length of the payload
	keep    int    // bytes still to be kept
	discard int    // bytes still to be thrown away after those
}

// startLarge makes the packet at the start of the buffer, of which the fixed
// header and the topic's length are there, the large one under way.
func (c *Conn) startLarge() {
	b := c.buf[c.start:c.end]
	h, _ := parseHeader(b) // was checked
	variable := h.variable(int(binary.BigEndian.Uint16(b[h.size:])))
	l := &large{header: h, topic: variable, keep: h.remaining, size: h.remaining - variable}
	remaining := h.remaining
	if l.size > c.maxPayload {
		l.keep = variable + c.maxPayload
		l.discard = h.remaining - l.keep
		remaining = l.keep + sizeTrailer
	}
	l.packet = appendHeader(make([]byte, 0, min(5+remaining, bufferSize)), b[0], remaining)
	l.body = len(l.packet)
	c.start += h.size
	c.large = l
}

// fillLarge moves received bytes into the large packet. When it is complete it
// becomes c.out.
func (c *Conn) fillLarge() {
	l := c.large
	c.start += l.take(c.buf[c.start:c.end])
	if l.keep > 0 || l.discard > 0 {
		return
	}
	c.large = nil
	if err := checkVariable(l.header, l.packet[l.body:l.body+l.topic]); err != nil {
		c.protoErr = err
		return
	}
	seen := tally{packets: 1, publishes: 1}
	if l.size > c.maxPayload {
		l.packet = binary.BigEndian.AppendUint64(l.packet, uint64(l.size))
		seen.truncated = 1
	}
	c.out = l.packet
	c.counters.checked(seen)
}

// take takes what belongs to the packet from the start of b and returns how
// much that is.
func (l *large) take(b []byte) int {
	kept := min(l.keep, len(b))
	l.packet = append(l.packet, b[:kept]...)
	l.keep -= kept
	thrown := min(l.discard, len(b)-kept)
	l.discard -= thrown
	return kept + thrown
}

// Payload splits the payload of a PUBLISH that was read through c into what was
// kept and the true size in bytes. The two differ for a payload over the cap:
// the guard hands it over cut to the cap with its size appended, so that it is
// the only kind of payload longer than the cap. Any goroutine may call it.
func (c *Conn) Payload(p []byte) (kept []byte, size int) {
	if len(p) <= c.maxPayload {
		return p, len(p)
	}
	kept = p[:c.maxPayload:c.maxPayload]
	return kept, int(binary.BigEndian.Uint64(p[c.maxPayload:]))
}
