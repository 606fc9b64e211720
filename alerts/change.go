package alerts

import "time"

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

// window is the time over which the tracker's rate is measured.
func (t *tracker) window() int64 {
	for _, c := range t.rule.tests {
		if c != nil && c.Window > 0 {
			return int64(c.Window)
		}
	}
	return int64(time.Minute)
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
