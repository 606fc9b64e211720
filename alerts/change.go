package alerts

import (
	"math"
	"time"
)

// slope finds how fast a number changes, from a few of its readings: the change
// since the oldest of those that are at most one window old, when they cover at
// least half of it. A series that speaks less often than that is measured from one
// reading to the next.
type slope struct {
	points [slopePoints]point
	n      int
}

const slopePoints = 8

type point struct {
	at    int64
	value float64
}

// add takes a live reading in. It returns the change per minute, and is not ok
// while that is not known.
func (s *slope) add(at int64, value float64, window int64) (perMinute float64, ok bool) {
	var newest point
	if s.n > 0 {
		newest = s.points[s.n-1]
	}
	old := 0
	for old < s.n && at-s.points[old].at > window {
		old++
	}
	s.n = copy(s.points[:], s.points[old:s.n])
	reference := newest
	if s.n > 0 {
		if reference = s.points[0]; at-reference.at < window/2 {
			reference = point{}
		}
	}
	// Readings closer together than the room allows for are left out, but the
	// newest always counts.
	if s.n < 2 || at-s.points[s.n-2].at >= window/(slopePoints-1) {
		if s.n == slopePoints {
			s.n = copy(s.points[:], s.points[1:])
		}
		s.n++
	}
	s.points[s.n-1] = point{at, value}
	if reference.at == 0 || at <= reference.at {
		return 0, false
	}
	return (value - reference.value) / (float64(at-reference.at) / 60e9), true
}

// last is when the last reading came, 0 when none did.
func (s *slope) last() int64 {
	if s.n == 0 {
		return 0
	}
	return s.points[s.n-1].at
}

// window is the time over which the tracker measures a change.
func (t *tracker) window() int64 {
	for _, c := range t.rule.tests {
		if c != nil && c.Window > 0 {
			return int64(c.Window)
		}
	}
	return int64(usualWindow(t.rule.kind))
}

// usualWindow is the window of conditions that name none.
func usualWindow(k Kind) time.Duration {
	if k == Grows {
		return time.Hour
	}
	return time.Minute
}

// fall follows a number that should not go back: an uptime, a counter.
type fall struct {
	value float64
	last  int64 // when it was said; 0 before any
	at    int64 // when it fell by so much last; 0 for never
}

// add takes a reading in. It returns by how much it is lower than the one before.
func (f *fall) add(at int64, value float64) (by float64) {
	if f.last != 0 {
		by = max(f.value-value, 0)
	}
	f.value, f.last = value, at
	return by
}

// verdict judges a fall; one that was too large holds for the condition's window.
func (f *fall) verdict(c *Condition, at int64, by float64) verdict {
	if by > c.Limit {
		f.at = at
		return beyond
	}
	if f.at != 0 && at-f.at < int64(c.Window) {
		return beyond
	}
	return cleared
}

// growth finds a number that grows and grows. The window is cut into six slices. The
// number grows when the lowest that it was in each of them is higher than in the one
// before, so that what goes up and down does not, and what has risen once does not, from
// the next slice on. Nothing is known before the window is full.
type growth struct {
	lows  [growthSlices + 1]float64 // of the slices, the present one last
	n     int
	start int64 // when the present slice began
	value float64
	// percent is by how much it has grown within the window; 0 when it does not grow.
	percent float64
}

const growthSlices = 6

// add takes a reading in. It returns by how much the number has grown within the window,
// 0 when it does not grow.
func (g *growth) add(at int64, value float64, window int64) (by float64) {
	slice := window / growthSlices
	if g.n == 0 || at-g.start > window+slice {
		*g = growth{n: 1, start: at, lows: [growthSlices + 1]float64{value}}
	}
	for at-g.start >= slice {
		if g.n == len(g.lows) {
			g.n = copy(g.lows[:], g.lows[1:])
		}
		g.lows[g.n] = g.value // what it still was when the slice began
		g.n++
		g.start += slice
	}
	low := &g.lows[g.n-1]
	*low, g.value, g.percent = min(*low, value), value, 0
	if g.n < len(g.lows) {
		return 0
	}
	for i, l := range g.lows[1:] {
		if l <= g.lows[i] {
			return 0
		}
	}
	by = value - g.lows[0]
	g.percent = 100 * by / max(math.Abs(g.lows[0]), 1)
	return by
}

func (g *growth) verdict(c *Condition) verdict {
	if g.percent > c.Limit {
		return beyond
	}
	return cleared
}

// sameness follows for how long a number has not changed.
type sameness struct {
	value    float64
	since    int64 // when it was first said; 0 before any
	last     int64
	readings int
}

// fewReadings is how many must agree for something to be stuck.
const fewReadings = 3

func (s *sameness) add(at int64, value float64) {
	if s.since == 0 || value != s.value {
		*s = sameness{value: value, since: at}
	}
	s.last = at
	s.readings++
}

func (s *sameness) verdict(at, after int64) verdict {
	switch {
	case s.readings == 1:
		return cleared
	case at-s.since >= after && s.readings >= fewReadings:
		return beyond
	}
	return between
}
