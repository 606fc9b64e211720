package simulator

import (
	"math"
	"time"
)

// character is what sets a board apart. The zero value is a board that works.
type character struct {
	// interval is between two readings; zero: the lab's.
	interval time.Duration
	qos      byte
	// drift is how far the temperature wanders in driftPeriod, in °C.
	drift float64
	// hot is when the temperature rises by up to heat °C and comes back.
	hot window
	// away is when the board has crashed, silent when it publishes nothing
	// though its connection is up, broken when its sensor gives no number, stuck
	// when the sensor gives the last reading again and again.
	away, silent, broken, stuck window
	// spike is when the temperature is as high as the sensor goes.
	spike window
	// death is why the board goes away; nil: it crashes. lastWords says that it
	// publishes "offline" before, so that its will says it a second time.
	death     error
	lastWords bool
	// again says to send each temperature twice (see message); qos is then 1.
	again bool
	// counts says to publish the seconds and the readings since the start,
	// battery the voltage of a battery.
	counts, battery bool
}

const (
	driftPeriod = 20 * time.Minute
	heat        = 10.5
	spikeHeat   = 100
)

// window is a span of time that comes again and again; the zero value never.
type window struct {
	first, length, every time.Duration
}

// progress says whether t is in the window, and how far, 0 to 1.
func (w window) progress(t time.Duration) (float64, bool) {
	if w.length == 0 || t < w.first {
		return 0, false
	}
	inside := (t - w.first) % w.every
	return inside.Seconds() / w.length.Seconds(), inside < w.length
}

func (w window) has(t time.Duration) bool {
	_, in := w.progress(t)
	return in
}

// end is when the window that holds t ends.
func (w window) end(t time.Duration) time.Duration {
	return t - (t-w.first)%w.every + w.length
}

// extra is the warmth of the hot window at t, in °C: half a sine. A spike is
// beyond the sensor's range, which the climate keeps to.
func (c character) extra(t time.Duration) float64 {
	if c.spike.has(t) {
		return spikeHeat
	}
	p, in := c.hot.progress(t)
	if !in {
		return 0
	}
	return heat * math.Sin(math.Pi*p)
}

// demoCharacter returns the character of board i of a demo, counted from 0.
// Everything that can happen is seen in the first minute:
//
//	lab1   works, and drifts
//	lab2   is above 30 °C from about 0:20 to 0:50; QoS 1
//	lab3   crashes at 0:20 and is back at 0:45
//	lab4   falls silent from 0:18 to 1:03, still connected; drifts
//	lab5   reads nan from 0:15 to 0:25
//	lab6   publishes every 30 s; QoS 2
//
// Further boards work.
func demoCharacter(i int) character {
	switch i {
	case 0:
		return character{drift: 2}
	case 1:
		return character{qos: 1, hot: window{first: 5 * time.Second, length: time.Minute, every: 5 * time.Minute}}
	case 2:
		return character{away: window{first: 20 * time.Second, length: 25 * time.Second, every: 4 * time.Minute}}
	case 3:
		return character{drift: -1.5, silent: window{first: 18 * time.Second, length: 45 * time.Second, every: 5 * time.Minute}}
	case 4:
		return character{broken: window{first: 15 * time.Second, length: 10 * time.Second, every: 90 * time.Second}}
	case 5:
		return character{qos: 2, interval: 30 * time.Second}
	}
	return character{}
}
