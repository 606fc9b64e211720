package health

import "time"

// value is a number that a node tells, as it was said last.
type value struct {
	number float64
	at     int64 // 0: it never was
	// base is what it was when it came live last, for the next rate, at the time since.
	base  float64
	since int64
	// perSec is by how much it grew a second within over, until since; none when over is 0.
	perSec float64
	over   int64
}

// shortest is the shortest time of which a rate is made: what comes closer together was
// held up on the way.
const shortest = int64(500 * time.Millisecond)

// say takes in that the value is so much.
func (v *value) say(n float64, at int64, live bool) {
	if v.at != 0 && n < v.number {
		v.since, v.over = 0, 0 // it counts anew
	}
	v.number, v.at = n, at
	switch gap := at - v.since; {
	case !live:
	case v.since == 0:
		v.base, v.since = n, at
	case gap >= shortest:
		v.perSec, v.over = (n-v.base)/time.Duration(gap).Seconds(), gap
		v.base, v.since = n, at
	}
}
