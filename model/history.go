package model

import (
	"math"
	"sort"
	"time"
)

// A history keeps what a metric said, bounded, and covers the time since the
// first reading whatever its length. The rules are:
//
//   - The newest readings are kept one by one in a ring.
//   - What falls out of the ring goes into buckets of equal width that keep the
//     smallest, the largest and the last value, so that a spike is never lost.
//   - When there are too many buckets, their width doubles and neighbours merge.
//   - Memory is taken from a budget shared by all metrics. When that is used
//     up, a ring and its buckets stay as small as they are and the oldest
//     detail goes first; a ring without buckets loses its oldest reading.
const (
	maxPoints  = 512  // readings kept one by one; 42 minutes at 5 s
	maxBuckets = 2048 // 24 h at 5 s in buckets of 64 s
	minPoints  = 2
	minBuckets = 4
	pointSize  = 16
	bucketSize = 48
)

// point is one reading; a NaN value is a gap: the sender said "no reading".
type point struct {
	at    int64 // nanoseconds since 1970
	value float64
}

func (p point) gap() bool { return math.IsNaN(p.value) }

// bucket sums up the readings of [at, at+width).
type bucket struct {
	at, until      int64 // times of the first and the last reading
	min, max, last float64
	n              int32
	gap            bool // no line leads to this bucket from the one before
}

func single(p point) bucket {
	return bucket{at: p.at, until: p.at, min: p.value, max: p.value, last: p.value, n: 1}
}

func (b *bucket) merge(next *bucket) {
	b.min, b.max = min(b.min, next.min), max(b.max, next.max)
	b.last, b.until = next.last, next.until
	b.n += next.n
	b.gap = b.gap || next.gap
}

// budget is memory that all histories share, in bytes. Owner goroutine only.
type budget struct{ left int64 }

func (b *budget) take(bytes int64) bool {
	if b.left < bytes {
		return false
	}
	b.left -= bytes
	return true
}

type history struct {
	ring   []point // a ring once len == cap: head is the oldest
	past   *past   // nil until something falls out of the ring
	head   uint16
	broken bool // a gap fell out of the ring since the last bucket
}

// past is what fell out of the ring.
type past struct {
	buckets []bucket
	width   int64 // of a bucket, nanoseconds
	// fixed is how many of the first buckets a checkpoint has too: they are not changed
	// where they are.
	fixed int
	// Of a checkpoint only: the newest bucket, which is not among the others, and how
	// much room there was for all.
	newest bucket
	room   int
}

// buckets are those of the past, the oldest first.
func (h *history) buckets() []bucket {
	switch {
	case h.past == nil:
		return nil
	case h.past.room > 0:
		return append(h.past.buckets, h.past.newest) // there is no room: it makes a copy
	}
	return h.past.buckets
}

// own makes the buckets ones that no checkpoint has.
func (p *past) own() {
	if p.fixed > 0 {
		p.buckets, p.fixed = append(make([]bucket, 0, cap(p.buckets)), p.buckets...), 0
	}
}

// add appends a reading, NaN for a gap. It returns how many readings were lost
// for want of memory, 0 or more.
func (h *history) add(at int64, value float64, mem *budget) (lost int) {
	p := point{at, value}
	if n := len(h.ring); n > 0 {
		newest := h.at(n - 1)
		p.at = max(at, newest.at)
		if p.gap() && newest.gap() {
			return 0
		}
	} else if p.gap() {
		return 0 // there is nothing to be cut off from
	}
	if len(h.ring) == cap(h.ring) {
		h.growRing(mem)
	}
	if len(h.ring) < cap(h.ring) {
		h.ring = append(h.ring, p)
		return 0
	}
	if len(h.ring) == 0 {
		return 1
	}
	lost = h.demote(h.ring[h.head], mem)
	h.ring[h.head] = p
	if h.head++; int(h.head) == len(h.ring) {
		h.head = 0
	}
	return lost
}

// growRing doubles the room of a full ring, where there is memory.
func (h *history) growRing(mem *budget) {
	size := max(minPoints, min(2*cap(h.ring), maxPoints))
	if size <= cap(h.ring) || !mem.take(int64(size-cap(h.ring))*pointSize) {
		return
	}
	ring := make([]point, 0, size)
	ring = append(ring, h.ring[h.head:]...)
	h.ring = append(ring, h.ring[:h.head]...)
	h.head = 0
}

// demote moves a reading that falls out of the ring into the buckets.
func (h *history) demote(p point, mem *budget) (lost int) {
	if p.gap() {
		h.broken = true
		return 0
	}
	b := single(p)
	b.gap = h.broken
	if h.past == nil {
		if mem.left < minBuckets*bucketSize {
			return 1
		}
		h.past = &past{width: int64(time.Second)}
	}
	if !h.past.add(b, mem) {
		return 1
	}
	h.broken = false
	return 0
}

// add appends a bucket of one reading; false means that there is no memory for any.
func (p *past) add(b bucket, mem *budget) bool {
	if n := len(p.buckets); n > 0 && !b.gap && b.at/p.width == p.buckets[n-1].at/p.width {
		p.buckets[n-1].merge(&b)
		return true
	}
	if len(p.buckets) == cap(p.buckets) && !p.grow(mem) {
		if cap(p.buckets) == 0 {
			return false
		}
		p.thin()
	}
	p.buckets = append(p.buckets, b)
	return true
}

func (p *past) grow(mem *budget) bool {
	size := max(minBuckets, min(2*cap(p.buckets), maxBuckets))
	if size <= cap(p.buckets) || !mem.take(int64(size-cap(p.buckets))*bucketSize) {
		return false
	}
	p.buckets, p.fixed = append(make([]bucket, 0, size), p.buckets...), 0
	return true
}

// thin merges the buckets that lie in one slice of time (gaps keep them apart),
// and doubles the width until at most three quarters of the room is used.
func (p *past) thin() {
	p.own()
	for p.merge(); len(p.buckets) > cap(p.buckets)*3/4; p.merge() {
		p.width *= 2
	}
}

func (p *past) merge() {
	kept := p.buckets[:1]
	for i := 1; i < len(p.buckets); i++ {
		b, last := &p.buckets[i], &kept[len(kept)-1]
		if b.at/p.width == last.at/p.width {
			last.merge(b)
		} else {
			kept = append(kept, *b)
		}
	}
	p.buckets = kept
}

// at is the i-th reading of the ring, the oldest first.
func (h *history) at(i int) point {
	i += int(h.head)
	if i >= len(h.ring) {
		i -= len(h.ring)
	}
	return h.ring[i]
}

// start is the time of the oldest reading, 0 when there is none.
func (h *history) start() int64 {
	if b := h.buckets(); len(b) > 0 {
		return b[0].at
	}
	for i := range h.ring {
		if p := h.at(i); !p.gap() {
			return p.at
		}
	}
	return 0
}

// until is a copy of what had come by a moment, on a clock that was set by so much since.
// Of what is summed up, only what had ended then is known.
func (h *history) until(moment int64, set time.Duration) history {
	n := history{broken: h.broken}
	now := moved(moment, set)
	ring := sort.Search(len(h.ring), func(i int) bool { return h.at(i).at > now })
	n.ring = make([]point, ring, doubled(minPoints, ring))
	for i := range n.ring {
		n.ring[i] = h.at(i)
	}
	buckets := h.buckets()
	if end := sort.Search(len(buckets), func(i int) bool { return buckets[i].until > now }); end > 0 {
		n.past = &past{width: h.past.width, buckets: append(make([]bucket, 0, doubled(minBuckets, end)), buckets[:end]...)}
	}
	n.times(func(at *int64) { *at = moved(*at, -set) })
	return n
}

// doubled is n, doubled until it is at least so much; 0 for nothing.
func doubled(n, atLeast int) int {
	if atLeast == 0 {
		return 0
	}
	for n < atLeast {
		n *= 2
	}
	return n
}

// times calls f with each time in the history.
func (h *history) times(f func(at *int64)) {
	for i := range h.ring {
		f(&h.ring[i].at)
	}
	if h.past == nil {
		return
	}
	h.past.own()
	for i := range h.past.buckets {
		b := &h.past.buckets[i]
		f(&b.at)
		f(&b.until)
	}
}
