package recording

import (
	"sync"
	"time"

	"labtop/model"
)

// Sketched is the live lab that a Rewind belongs to: a model.Store. It is called in the
// goroutine that owns the lab.
type Sketched interface {
	Sketch() model.Checkpoint
	SketchSize() int
}

// Rewind keeps in memory what a live lab has received last, so that one can go back to it.
// The rules are:
//
//   - It is made of segments, each of which begins with a sketch of the lab. The oldest
//     go when there is no room.
//   - Everything it holds counts, sketches too, and is at most its limit. A sketch may be
//     about a quarter of it: of a lab that is larger nothing is kept. What is kept of one
//     that grows goes at a third, so that none is copied anew each time it swells and shrinks.
//   - A segment is as long as its sketch is large, and never very short, so that at
//     least half of the memory is for messages.
//
// Its owner calls Record and Clock, as those of monitor.Recorder: they copy and do not
// wait. Any goroutine may call the rest.
type Rewind struct {
	lab   Sketched
	limit int
	least int // the least length of a segment

	mu       sync.Mutex // guards what follows
	segments []*segment // the oldest first; the last one grows
	bytes    int
	tooLarge bool
	entries  uint64        // that ever were
	number   uint64        // of the last segment that ever was
	set      time.Duration // by how much the clock was set since the buffer began
	last     time.Time     // the latest time that came, on the clock then
	marks    marks
}

// NewRewind makes an empty buffer of at most so many bytes, 0 for none.
func NewRewind(lab Sketched, limit int) *Rewind {
	return &Rewind{lab: lab, limit: limit, least: limit / 32}
}

// mostSketch is how much of the limit a sketch may be, and mostLab how much one of the lab
// as it is now while a segment grows: one part of so many.
const (
	mostSketch = 4
	mostLab    = 3
)

// Record takes a batch before it is used.
func (t *Rewind) Record(b model.Batch) {
	if t.limit <= 0 {
		return
	}
	at := t.last
	switch {
	case b.Connection != nil:
		at = b.Connection.Since
	case len(b.Messages) > 0:
		at = b.Messages[0].Time
	}
	t.advance(at)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.segments) == 0 {
		return
	}
	s := t.segments[len(t.segments)-1]
	before := s.bytes
	if c := b.Connection; c != nil && c.State != model.Closed {
		s.event(Entry{Kind: ConnectionEntry, Time: c.Since, Connection: c})
		t.marks.connection(c, t.moment(c.Since))
		t.entries++
	}
	for i := range b.Messages {
		s.message(&b.Messages[i])
	}
	if n := len(b.Messages); n > 0 {
		last := b.Messages[n-1].Time
		s.messages += uint64(n)
		s.density.addMany(t.moment(last), n)
		t.entries += uint64(n)
		t.see(last)
	}
	t.bytes += s.bytes - before
	t.shorten()
}

// Clock notes that the clock was set by step, or that nobody listened for away.
func (t *Rewind) Clock(at time.Time, step, away time.Duration) {
	if t.limit <= 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set += step
	if !t.last.IsZero() {
		t.last = t.last.Add(step)
	}
	t.see(at)
	if len(t.segments) == 0 {
		return
	}
	s := t.segments[len(t.segments)-1]
	before := s.bytes
	s.event(Entry{Kind: ClockEntry, Time: at, Step: step, Away: away})
	t.entries++
	t.bytes += s.bytes - before
}

// Mark notes something worth going to, at a time on the clock as it is now.
func (t *Rewind) Mark(m Mark) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m.At = t.moment(m.At)
	if m.Seen = m.At.Add(time.Second); len(t.segments) > 0 { // ticks are not those of then
		t.marks.add(m)
	}
}

// moment is a time on the clock of the buffer's beginning.
func (t *Rewind) moment(at time.Time) time.Time { return at.Round(0).Add(-t.set) }

func (t *Rewind) see(at time.Time) {
	if at.After(t.last) {
		t.last = at
	}
}

// advance begins a new segment when the last one is long enough, and lets all go when the
// lab has become too large.
func (t *Rewind) advance(at time.Time) {
	size := t.lab.SketchSize()
	var s *segment
	if len(t.segments) > 0 { // only the owner changes it
		s = t.segments[len(t.segments)-1]
		if size <= t.limit/mostLab && s.bytes < s.empty+max(s.sketch.Size(), t.least) {
			return
		}
	}
	tooLarge := size > t.limit/mostSketch
	var sketch model.Checkpoint
	if !tooLarge { // if the sketch is larger than was said it is used all the same: else each batch would make one
		sketch = t.lab.Sketch()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.see(at)
	if t.tooLarge = tooLarge; tooLarge {
		t.segments, t.bytes, t.marks = nil, 0, marks{}
		return
	}
	next := &segment{sketch: sketch, first: t.entries, moment: t.moment(at), start: at, places: map[string]uint64{}, last: at.UnixNano()}
	next.empty = sketch.Size() + densityBytes
	next.bytes = next.empty
	if s != nil {
		next.before = s.before + s.messages
	}
	t.number++
	next.number, s = t.number, next
	t.segments = append(t.segments, s)
	t.bytes += s.bytes
	t.shorten()
}

// shorten lets the oldest segments go that there is no room for.
func (t *Rewind) shorten() {
	for t.bytes > t.limit && len(t.segments) > 0 {
		t.bytes -= t.segments[0].bytes
		t.segments[0] = nil
		t.segments = t.segments[1:]
		if len(t.segments) > 0 {
			t.marks.forget(t.segments[0].moment)
		} else {
			t.marks = marks{}
		}
	}
}

// Reach is how far back a buffer goes.
type Reach struct {
	// Start and End are the first moment that is kept and the last one; both are zero
	// when nothing is kept.
	Start, End time.Time
	// Bytes is how much memory the buffer has, of Limit.
	Bytes, Limit int
	// TooLarge says that nothing is kept because the lab is so large that its state
	// does not fit.
	TooLarge bool
}

// Reach is how far back the buffer goes.
func (t *Rewind) Reach() Reach {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := Reach{Bytes: t.bytes, Limit: t.limit, TooLarge: t.tooLarge}
	if len(t.segments) > 0 {
		r.Start, r.End = t.segments[0].moment, t.moment(t.last)
	}
	return r
}
