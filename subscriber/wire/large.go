package wire

import (
	"encoding/binary"

	"labtop/packet"
)

// large is a PUBLISH under way that does not fit the buffer or whose payload is
// over the cap. Its memory grows with the bytes that really arrive.
type large struct {
	header   packet.Header
	variable part // the variable header
	payload  part // as much of the payload as is kept
	size     int  // length of the payload
	discard  int  // bytes still to be thrown away in the end
}

// startLarge makes the packet at the start of the buffer, of which the fixed
// header and the topic's length are there, the large one under way.
func (c *Conn) startLarge(h packet.Header) {
	c.start += h.Size
	variable := h.Variable(int(binary.BigEndian.Uint16(c.buf[c.start:])))
	size := h.Remaining - variable
	kept := min(size, c.maxPayload)
	c.large = &large{
		header: h, variable: part{want: variable}, payload: part{have: []byte{}, want: kept},
		size: size, discard: size - kept,
	}
}

// fillLarge moves received bytes into the large packet, and says whether it was
// complete then, and delivered.
func (c *Conn) fillLarge() (bool, error) {
	l := c.large
	c.start += l.take(c.buf[c.start:c.end])
	if l.variable.missing()+l.payload.missing()+l.discard > 0 {
		return false, nil
	}
	c.large = nil
	if err := c.publish(l.header, l.variable.have, l.payload.have, l.size); err != nil {
		return false, err
	}
	c.seen.packets++
	return true, nil
}

// take takes what belongs to the packet from the start of b and returns how
// much that is.
func (l *large) take(b []byte) int {
	n := l.variable.take(b)
	n += l.payload.take(b[n:])
	thrown := min(l.discard, len(b)-n)
	l.discard -= thrown
	return n + thrown
}

// part is a part of a packet that arrives bit by bit.
type part struct {
	have []byte
	want int
}

func (p *part) missing() int { return p.want - len(p.have) }

// take takes what is missing from the start of b and returns how much that is.
// The memory is at most 16 times what has arrived, and in the end exactly as much
// as is wanted: a payload may live long.
func (p *part) take(b []byte) int {
	b = b[:min(p.missing(), len(b))]
	if size := len(p.have) + len(b); size > cap(p.have) {
		room := min(max(16*cap(p.have), bufferSize, size), p.want)
		p.have = append(make([]byte, 0, room), p.have...)
	}
	p.have = append(p.have, b...)
	return len(b)
}
