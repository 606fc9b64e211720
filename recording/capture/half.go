package capture

import "time"

// The bounds of waiting for segments that are missing.
const (
	// maxHeld and maxHeldBytes bound the segments that wait in a half.
	maxHeld      = 4096
	maxHeldBytes = 1 << 20
	// patience is how long is waited for what may still be sent again, and
	// disorder for what was received, so that it can only have been captured late.
	patience = 3 * time.Second
	disorder = 100 * time.Millisecond
	// farOff is a distance of sequence numbers that no window has.
	farOff = 1 << 28
)

// half is one direction of a connection.
type half struct {
	stream stream
	begun  bool   // something was captured
	opened bool   // its SYN was
	first  uint32 // the number of that
	next   uint32 // the number of the next byte
	acked  uint32 // what the other side has received, if any of it was captured
	heard  bool   // acked is known
	held   []heldSegment
	bytes  int  // of held
	late   bool // what was missing before them never came
	queued bool // it waits for its patience to end
}

// heldSegment waits for what is missing before it.
type heldSegment struct {
	seq  uint32
	at   time.Time
	data []byte
}

// elsewhere says whether a SYN with such a number belongs to another connection.
func (h *half) elsewhere(seq uint32) bool { return h.begun && (!h.opened || h.first != seq) }

// take takes in a segment: the bytes that come next, or none for now.
func (h *half) take(s *segment, at time.Time) {
	seq := s.seq
	if s.flags&flagSYN != 0 {
		if !h.begun {
			h.begun, h.opened, h.first, h.next = true, true, seq, seq+1
			h.stream.whole = true
		}
		seq++
	}
	if len(s.data) == 0 {
		return
	}
	if !h.begun {
		h.begun, h.next = true, seq
	}
	switch ahead := int(int32(seq - h.next)); {
	case ahead < -farOff || ahead > farOff: // the capture was interrupted for long
		h.held, h.bytes, h.next = nil, 0, seq
		h.stream.lost(-1)
		h.feed(s.data, at)
	case ahead > 0:
		h.hold(heldSegment{seq, at, s.data})
	case -ahead < len(s.data):
		h.feed(s.data[-ahead:], at)
	}
}

// hears takes in how much the other side says that it has received.
func (h *half) hears(ack uint32) {
	if !h.heard || int32(ack-h.acked) > 0 {
		h.heard, h.acked = true, ack
	}
}

// feed hands over the bytes that come next.
func (h *half) feed(b []byte, at time.Time) {
	h.next += uint32(len(b))
	h.stream.feed(b, at)
}

// hold keeps a copy of a segment in the order of the numbers.
func (h *half) hold(s heldSegment) {
	i := len(h.held)
	for i > 0 && int32(h.held[i-1].seq-s.seq) > 0 {
		i--
	}
	if i > 0 && h.held[i-1].seq == s.seq && len(h.held[i-1].data) >= len(s.data) {
		return // sent again
	}
	s.data = append([]byte(nil), s.data...)
	h.held = append(h.held, heldSegment{})
	copy(h.held[i+1:], h.held[i:])
	h.held[i] = s
	h.bytes += len(s.data)
}

// more hands over the next of the segments that were held; false when there is none,
// or when what is missing before it may still come.
func (h *half) more(now time.Time, ended bool) bool {
	for len(h.held) > 0 {
		s := h.held[0]
		missing := int(int32(s.seq - h.next))
		if missing > 0 {
			if !ended && !h.giveUp(&s, now) {
				h.late = false
				return false
			}
			h.late = true
			h.next = s.seq
			h.stream.lost(missing)
		}
		h.held[0] = heldSegment{}
		h.held = h.held[1:]
		h.bytes -= len(s.data)
		if -missing < len(s.data) {
			if !h.late { // it came together with what was missing
				s.at = now
			}
			h.feed(s.data[max(0, -missing):], s.at)
			return true
		}
	}
	h.held, h.late = nil, false
	return false
}

// giveUp says whether what is missing before a segment is not waited for any more.
func (h *half) giveUp(s *heldSegment, now time.Time) bool {
	waited := now.Sub(s.at)
	received := h.heard && int32(h.acked-s.seq) >= 0
	return waited >= patience || waited >= disorder && received || len(h.held) > maxHeld || h.bytes > maxHeldBytes
}
