package wire

import (
	"encoding/binary"

	"labtop/packet"
)

// Grant is the broker's answer to one topic filter of a SUBSCRIBE.
type Grant struct {
	Filter string
	// Code is the granted QoS, or 0x80 for a refusal, at MQTT 5 anything from 0x80 on; a
	// SUBACK with too few codes counts as one (MQTT 3.1.1 section 3.9.3).
	Code byte
	// Reason is what the broker says about it at MQTT 5, in its own words; may be empty.
	Reason string
}

// Refused says whether the broker refused the filter.
func (g Grant) Refused() bool { return g.Code >= refused }

// Grants returns the answers to all SUBSCRIBEs in the order in which they came.
// Any goroutine may call it.
func (c *Conn) Grants() []Grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Grant(nil), c.grants...)
}

// track notes the SUBSCRIBEs and PINGREQs among the packets in p, which are
// about to be sent. What does not parse is not noted.
func (c *Conn) track(p []byte) {
	for len(p) > 0 {
		h, err := parseHeader(p)
		n := h.Size + h.Remaining
		if err != nil || h.Size == 0 || len(p) < n {
			return
		}
		switch h.Type {
		case packet.Subscribe:
			c.trackSubscribe(p[h.Size:n])
		case packet.Pingreq:
			c.pingMark.Store(c.counters.bytes.Load())
			c.pings.Add(1)
			c.ask()
		}
		p = p[n:]
	}
}

func (c *Conn) trackSubscribe(b []byte) {
	if len(b) < 2 {
		return
	}
	id := binary.BigEndian.Uint16(b)
	b = b[2:]
	if c.v5 {
		_, b, _ = packet.CutProperties(b)
	}
	var filters []string
	for len(b) >= 3 { // length, filter, QoS
		n := 2 + int(binary.BigEndian.Uint16(b))
		if len(b) < n+1 {
			break
		}
		filters = append(filters, string(b[2:n]))
		b = b[n+1:]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outstanding[id] = filters
}

// subscribing says whether a SUBSCRIBE with the packet id waits for its answer.
func (c *Conn) subscribing(id uint16) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.outstanding[id]
	return ok
}

// checkSuback checks the codes of a SUBACK and keeps them.
func (c *Conn) checkSuback(id uint16, codes []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	filters, ok := c.outstanding[id]
	if !ok {
		return protocolErrorf("SUBACK for packet id %d, which no SUBSCRIBE has", id)
	}
	var reason string
	if c.v5 {
		var err error
		if reason, codes, err = cutReason(packet.Suback, codes); err != nil {
			return err
		}
	}
	if len(codes) > len(filters) {
		return protocolErrorf("SUBACK with %d codes for %d filter%s", len(codes), len(filters), plural(len(filters)))
	}
	for _, code := range codes {
		if code > 2 && (code < refused || code != refused && !c.v5) {
			return protocolErrorf("SUBACK with the unknown code %d", code)
		}
	}
	for i, filter := range filters {
		g := Grant{Filter: filter, Code: refused, Reason: reason}
		if i < len(codes) {
			g.Code = codes[i]
		}
		c.grants = append(c.grants, g)
	}
	delete(c.outstanding, id)
	return nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
