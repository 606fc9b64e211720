package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"labtop/model"
)

// Event is what a capture tells: a message, or that bytes are missing.
type Event struct {
	// Message is what was sent; its time is when its last byte was captured.
	Message model.Message
	// Missing is a piece of a connection that the capture lacks before Time, or nil:
	// then this is a message.
	Missing *Missing
}

// Missing is a piece of a connection that the capture lacks.
type Missing struct {
	// From and To are the times of the bytes before it, zero when there are none, and
	// of those after it.
	From, To time.Time
	// Bytes is how long it is; 0 when that is not known.
	Bytes int
}

// Reader reads a capture from its start. One goroutine may use it.
type Reader struct {
	file        file
	frame       frame
	ahead       bool      // the frame was read and not taken in
	now         time.Time // of the last frame
	connections connections
	topics      topics
	sessions    map[string]*connection // the last one of each client
	waiting     []waiter
	active      *half // from which messages are taken at present
	owner       *connection
	ended       bool
	stop        func() error // by StopBy; nil for never
	frames      uint64
	kept        int
	report      Report
}

// waiter is a half with segments that wait for others since a moment.
type waiter struct {
	connection *connection
	half       *half
	since      time.Time
}

// New begins to read a capture of a format that [Detect] has found.
func New(in *bufio.Reader, format string) *Reader {
	r := &Reader{
		file:        &pcapFile{in: in},
		connections: connections{all: map[[2]endpoint]*connection{}},
		topics:      newTopics(), sessions: map[string]*connection{},
	}
	if format == PCAPNG {
		r.file = &ngFile{in: in}
	}
	return r
}

// Report is what was found so far.
func (r *Reader) Report() Report { return r.report }

// StopBy has Next ask stop now and then while there is nothing to tell, and return its
// error when it has one. Next may be called again then.
func (r *Reader) StopBy(stop func() error) { r.stop = stop }

// askEvery is how many frames come between two questions whether to stop.
const askEvery = 1024

// Next reads the next event; io.EOF is the end. Any other error is one of reading.
func (r *Reader) Next(e *Event) error {
	for {
		if r.active != nil && r.fromActive(e) {
			return nil
		}
		if r.choose() {
			continue
		}
		switch {
		case r.ended:
			return io.EOF
		case r.ahead: // it comes after what waited until its time
			r.ahead = false
			r.take()
			continue
		}
		if r.frames++; r.stop != nil && r.frames%askEvery == 0 {
			if err := r.stop(); err != nil {
				return err
			}
		}
		switch err := r.file.next(&r.frame); {
		case err == nil:
			r.now, r.ahead = r.frame.at, true
		case errors.Is(err, io.EOF), errors.Is(err, errCut), errors.Is(err, errShape):
			r.ended = true
			r.report.Cut, r.report.Damaged = errors.Is(err, errCut), errors.Is(err, errShape)
		default:
			return fmt.Errorf("reading the capture: %w", err)
		}
	}
}

// take takes in the present frame.
func (r *Reader) take() {
	var s segment
	switch s.parse(&r.frame) {
	case aSegment:
	case aFragment:
		r.report.Fragments++
		return
	case unknownLink:
		r.report.unknownLink(r.frame.link)
		return
	case nothing:
		return
	}
	c, index := r.connections.of(&s)
	if c != nil && s.flags&flagSYN != 0 && c.halves[index].elsewhere(s.seq) {
		r.forget(c) // another one between the same ends
		c = nil
	}
	switch {
	case c != nil:
		r.connections.heard(c)
	case len(s.data) == 0 && s.flags&flagSYN == 0:
		return
	default:
		c, index = r.connections.add(&s), 0
	}
	c.closed = c.closed || s.flags&(flagFIN|flagRST) != 0
	if s.missing > 0 {
		r.report.Short++
	}
	r.activate(c, &c.halves[index])
	if s.flags&flagACK != 0 {
		c.halves[1-index].hears(s.ack)
	}
	if c.carries == mqtt || c.carries == unknown {
		c.halves[index].take(&s, r.now)
	}
}

// fromActive takes the next event from the half that is active; false when there is
// none any more.
func (r *Reader) fromActive(e *Event) bool {
	h, s := r.active, &r.active.stream
	var m message
	for {
		if s.gap.found {
			gap := s.gap
			s.gap = missing{}
			r.report.Gaps++
			r.report.Missing += uint64(gap.bytes)
			*e = Event{Missing: &Missing{From: gap.from, To: s.at, Bytes: gap.bytes}}
			return true
		}
		if s.next(r, &m) {
			if r.counts(&m) {
				*e = Event{Message: m.Message}
				return true
			}
			continue
		}
		if h.more(r.now, r.ended) {
			continue
		}
		if len(h.held) > 0 && !h.queued {
			h.queued = true
			r.waiting = append(r.waiting, waiter{r.owner, h, h.held[0].at})
		}
		r.settle()
		r.active = nil
		return false
	}
}

// counts says whether a message is one of those that the capture tells.
func (r *Reader) counts(m *message) bool {
	if r.topics.isCopy(m, r.owner.id) {
		r.report.Copies++
		return false
	}
	if !m.fromBroker && m.Retained {
		m.Retained = false
		r.report.Stored++
	}
	r.report.Messages++
	return true
}

// choose makes a half active that has waited long enough or, at the end, any.
func (r *Reader) choose() bool {
	for len(r.waiting) > 0 && (r.ended || len(r.waiting) > maxConnections || r.now.Sub(r.waiting[0].since) >= patience) {
		w := r.waiting[0]
		r.waiting = r.waiting[1:]
		w.half.queued = false
		if len(w.half.held) > 0 {
			r.activate(w.connection, w.half)
			return true
		}
	}
	return false
}

// activate makes a half the one from which messages are taken.
func (r *Reader) activate(c *connection, h *half) { r.owner, r.active = c, h }

// settle counts again what the active connection keeps, and forgets others when all
// together keep too much.
func (r *Reader) settle() {
	now := r.owner.kept()
	r.kept += now - r.owner.counted
	r.owner.counted = now
	for r.kept > maxKept || len(r.connections.all) > maxConnections {
		c := r.connections.oldest
		if c == r.owner {
			break
		}
		if !c.closed {
			r.report.Forgotten++
		}
		r.forget(c)
	}
}

// forget drops a connection and what it keeps.
func (r *Reader) forget(c *connection) {
	r.kept -= c.counted
	r.connections.remove(c)
	r.leave(c)
	for i := range c.halves { // something may still point to it
		c.halves[i].held, c.halves[i].bytes, c.halves[i].stream = nil, 0, stream{connection: c, index: i}
	}
}

// leave forgets that a connection was the last one of its client.
func (r *Reader) leave(c *connection) {
	if r.sessions[c.client] == c {
		delete(r.sessions, c.client)
	}
}

// session is the connection that a client had before this one; nil when none is known.
func (r *Reader) session(c *connection) *connection {
	if c.client == "" {
		return nil
	}
	before := r.sessions[c.client]
	r.sessions[c.client] = c
	return before
}
