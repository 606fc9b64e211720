package model

import (
	"math"
	"math/bits"
	"sort"
	"time"
)

// Column is what a metric said in one slice of time.
type Column struct {
	Min, Max, Last float64
	// N is how many readings fell into the slice; 0 means none, and the other
	// numbers are then meaningless.
	N int
	// Gap says that the line is broken before this column: the sender said
	// that it has no reading, or was silent for too long.
	Gap bool
}

// edges is what stands at the ends of a row of columns.
type edges struct {
	before float64 // the last reading before the first slice
	known  bool    // whether there is one
	until  int64   // time of the last reading, 0 when there is none
	broken bool    // a gap follows it
}

// columns sums up the readings of [from, to) in len(dst) slices of equal
// length. A silence longer than patience breaks the line; 0 means never. A
// bucket is in the slice in which it begins.
func (h *history) columns(dst []Column, from, to int64, patience time.Duration) edges {
	clear(dst)
	if to <= from || len(dst) == 0 {
		return edges{}
	}
	c := columnizer{dst: dst, from: from, to: to, patience: int64(patience)}
	buckets := h.buckets()
	first := sort.Search(len(buckets), func(i int) bool { return buckets[i].until >= from })
	for i := max(first-1, 0); i < len(buckets); i++ {
		c.put(&buckets[i])
	}
	c.broken = c.broken || h.broken
	first = sort.Search(len(h.ring), func(i int) bool { return h.at(i).at >= from })
	for i := max(first-1, 0); i < len(h.ring); i++ {
		if p := h.at(i); p.gap() {
			c.broken = true
		} else {
			b := single(p)
			c.put(&b)
		}
	}
	c.edges.broken = c.broken
	return c.edges
}

// columnizer sorts summed readings, in order of time, into columns.
type columnizer struct {
	dst      []Column
	from, to int64
	patience int64
	broken   bool // since the reading before
	edges    edges
}

func (c *columnizer) put(b *bucket) {
	silent := c.edges.until != 0 && c.patience > 0 && b.at-c.edges.until > c.patience
	broken := c.broken || b.gap || silent
	if b.at >= c.to {
		c.broken = broken
		return
	}
	c.edges.until, c.broken = b.until, false
	if b.until < c.from {
		c.edges.before, c.edges.known = b.last, true
		return
	}
	col := &c.dst[c.slice(b.at)]
	if col.N == 0 {
		*col = Column{Min: b.min, Max: b.max, Last: b.last, N: int(b.n), Gap: broken}
		return
	}
	col.Min, col.Max = min(col.Min, b.min), max(col.Max, b.max)
	col.Last, col.N = b.last, col.N+int(b.n)
}

// slice is the slice that holds a time before c.to. It is exact: the same
// reading stays in the same slice of the clock when the window moves on.
func (c *columnizer) slice(at int64) int {
	hi, lo := bits.Mul64(uint64(max(at-c.from, 0)), uint64(len(c.dst)))
	place, _ := bits.Div64(hi, lo, uint64(c.to-c.from))
	return int(place)
}

// trend fills dst with the metric's recent past, one column for each interval,
// or more of them when it speaks often: the whole is at least a minute. The
// slices are aligned to the clock, so that bars do not shimmer. A silence no
// longer than the metric's patience repeats the value before it.
func (s *Store) trend(m *metric, dst []Column) {
	learned := m.topic.learned()
	patience := patience(learned)
	step := int64(max(evenStep(learned), time.Minute/time.Duration(len(dst))))
	to := (s.now/step + 1) * step
	e := m.history.columns(dst, to-int64(len(dst))*step, to, patience)
	last := Column{Min: e.before, Max: e.before, Last: e.before}
	next := 0 // the first column that was not looked at
	repeat := func(to int) {
		for ; last.N > 0 && next < to; next++ {
			dst[next] = last
		}
		next = to
	}
	if e.known {
		last.N = 1
	}
	for i, c := range dst {
		if c.N == 0 {
			continue
		}
		if c.Gap {
			last.N = 0
		}
		repeat(i)
		last, next = Column{Min: c.Last, Max: c.Last, Last: c.Last, N: 1}, i+1
	}
	if !e.broken && (patience == 0 || s.now-e.until <= int64(patience)) {
		repeat(len(dst))
	}
}

// evenStep rounds an interval to the nearest power of two in seconds: what is
// learned wavers with each message, the slices must not. The usual intervals
// are not near the borders.
func evenStep(interval time.Duration) time.Duration {
	if interval == 0 {
		return 0
	}
	return time.Duration(math.Exp2(math.Round(math.Log2(interval.Seconds()))) * float64(time.Second))
}
