package wire

import (
	"encoding/binary"

	"labtop/packet"
)

// large is a PUBLISH under way that does not fit the buffer or whose payload is
// over the cap. Its memory grows with the bytes that really arrive.
type large struct {
	header     packet.Header
	first      part // the variable header, at MQTT 5 as far as the length of the properties
	properties part // empty unless they are kept
	payload    part // as much of the payload as is kept
	unsized    bool // the length of the properties is not known yet
	unread     int  // length of properties that are not kept
	skip       int  // bytes of those still to be thrown away
	size       int  // length of the payload
	discard    int  // bytes still to be thrown away in the end
}

// maxProperties is how many bytes of properties are kept.
const maxProperties = 64 << 10

// startLarge makes the packet at the start of the buffer, of which the fixed
// header and the topic's length are there, the large one under way.
func (c *Conn) startLarge(h packet.Header) {
	c.start += h.Size
	c.large = &large{header: h, unsized: c.v5, first: part{want: h.Variable(int(binary.BigEndian.Uint16(c.buf[c.start:])))}}
	if c.v5 {
		c.large.first.want++ // at least
	} else {
		c.large.payloadOf(h.Remaining-c.large.first.want, c.maxPayload)
	}
}

// payloadOf notes how long the payload is.
func (l *large) payloadOf(size, most int) {
	kept := min(size, most)
	l.size, l.payload, l.discard = size, part{have: []byte{}, want: kept}, size-kept
}

// fillLarge moves received bytes into the large packet, and says whether it was
// complete then, and delivered.
func (c *Conn) fillLarge() (bool, error) {
	l := c.large
	c.start += l.first.take(c.buf[c.start:c.end])
	for l.unsized && l.first.missing() == 0 {
		if err := c.sizeProperties(l); err != nil {
			return false, err
		}
		c.start += l.first.take(c.buf[c.start:c.end])
	}
	c.start += l.take(c.buf[c.start:c.end])
	if l.unsized || l.first.missing()+l.properties.missing()+l.skip+l.payload.missing()+l.discard > 0 {
		return false, nil
	}
	c.large = nil
	c.properties = Properties{Bytes: l.properties.have, Unread: l.unread}
	if err := c.publish(l.header, l.first.have[:l.variable()], l.payload.have, l.size); err != nil {
		return false, err
	}
	c.seen.packets++
	return true, nil
}

// sizeProperties reads the length of the properties of MQTT 5, or as much of it as is
// there at the end of l.first.
func (c *Conn) sizeProperties(l *large) error {
	length := l.first.have[l.variable():]
	if len(length) < 4 && length[len(length)-1] > 127 && l.first.want < l.header.Remaining {
		l.first.want++
		return nil
	}
	size, ok := packet.ParseVarint(length)
	payload := l.header.Remaining - len(l.first.have) - size
	if !ok || payload < 0 {
		return protocolErrorf("PUBLISH of length %d with properties beyond its end", l.header.Remaining)
	}
	l.unsized = false
	if size > maxProperties {
		l.skip, l.unread = size, size
	} else {
		l.properties.want = size
	}
	l.payloadOf(payload, c.maxPayload)
	return nil
}

// variable is how long the variable header is, the properties apart.
func (l *large) variable() int {
	return l.header.Variable(int(binary.BigEndian.Uint16(l.first.have)))
}

// take takes what belongs to the packet behind l.first from the start of b and returns
// how much that is.
func (l *large) take(b []byte) int {
	if l.unsized || l.first.missing() > 0 {
		return 0
	}
	n := l.properties.take(b)
	n += throw(&l.skip, b[n:])
	n += l.payload.take(b[n:])
	return n + throw(&l.discard, b[n:])
}

// throw throws away up to so many bytes from the start of b and returns how many.
func throw(left *int, b []byte) int {
	n := min(*left, len(b))
	*left -= n
	return n
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
