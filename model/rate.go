package model

import (
	"math"
	"slices"
	"time"
)

// rate measures events a second over the recent past: events divided by the
// time in which they came, both fading with the time constant tau. The rules
// are:
//
//   - The first event only starts the measurement, so a steady stream has its
//     right rate from the second event on.
//   - A silence no longer than the usual ones changes nothing, so that the
//     number does not sink between two events, or two bursts.
//   - A silence much longer than that starts the measurement anew.
type rate struct {
	events  float64
	seconds float64
	longest float64 // gap of late, seconds
}

// add takes in an event that came gap after the one before.
func (r *rate) add(gap, tau time.Duration) {
	if gap <= 0 {
		r.events++
		return
	}
	g := gap.Seconds()
	if r.longest > 0 && g > 3*r.longest && gap > 3*tau {
		*r = rate{}
		return
	}
	// What fades alike in both numbers is right at any pace; this needs no Exp.
	fade := float64(tau) / float64(tau+gap)
	r.events = r.events*fade + 1
	r.seconds = r.seconds*fade + g
	r.longest = max(r.longest*fade, g)
}

// shortestSpan is what a shorter measurement counts as, in seconds: the first
// messages after a connect come all at once.
const shortestSpan = 0.5

// perSec is the rate when the last event was silence ago.
func (r *rate) perSec(silence, tau time.Duration) float64 {
	more := max(silence.Seconds()-r.longest, 0)
	fade := math.Exp(-more / tau.Seconds())
	return r.events * fade / max(r.seconds*fade+more, shortestSpan)
}

// pace is how often a topic speaks.
type pace struct {
	rate     rate
	interval interval
}

// interval learns how often a topic speaks from its last gaps between live
// messages.
type interval struct {
	gaps [8]float32 // seconds; a ring
	n    uint8      // how many are filled
	next uint8
	talk float32 // seconds since the last gap of at least aWhile
}

// aWhile is how long a topic must have spoken before its gaps teach anything,
// in seconds: within less time they may be one burst.
const aWhile = 1

func (i *interval) add(gap time.Duration) {
	g := float32(gap.Seconds())
	i.gaps[i.next] = g
	if i.talk += g; g >= aWhile {
		i.talk = 0
	}
	i.next = (i.next + 1) % uint8(len(i.gaps))
	i.n = min(i.n+1, uint8(len(i.gaps)))
}

// learned is the median gap, or 0 while it is not known. The rules are:
//
//   - It takes two gaps.
//   - Gaps so uneven that silence means nothing teach nothing. One long gap
//     among four (an outage) is forgiven, and so is unevenness below the
//     shortest patience.
//   - A burst teaches nothing: the gaps, without the one forgiven, last aWhile
//     together, or the topic has been speaking for aWhile without a pause.
func (i *interval) learned() time.Duration {
	if i.n < 2 {
		return 0
	}
	sorted := i.gaps
	gaps := sorted[:i.n]
	slices.Sort(gaps)
	median := gaps[(len(gaps)-1)/2]
	if len(gaps) > 3 {
		gaps = gaps[:len(gaps)-1]
	}
	largest := gaps[len(gaps)-1]
	if largest > max(3*median, float32(shortestPatience.Seconds())) || max(together(gaps), i.talk) < aWhile {
		return 0
	}
	return time.Duration(float64(median) * float64(time.Second))
}

func together(gaps []float32) float32 {
	var s float32
	for _, g := range gaps {
		s += g
	}
	return s
}
