package cli

import (
	"math"
	"time"
)

// pace tells when to say again what was recorded. The times of a recording go so many
// times as fast as the clock. Where they go back, as after a clock was set, the rest
// follows without a wait.
type pace struct {
	// speed is how many times as fast; 0 means without any wait.
	speed float64
	// origin is the recorded time that was due at began.
	origin, began time.Time
	last          time.Time // recorded
}

// until is how long to wait until what was recorded at a time is due. It is called
// with the recording's times in their order.
func (p *pace) until(at time.Time) time.Duration {
	if p.last.IsZero() {
		p.origin, p.began, p.last = at, time.Now(), at
	}
	if at.Before(p.last) {
		p.moved(at.Sub(p.last))
	}
	p.last = at
	if p.speed == 0 {
		return 0
	}
	after := float64(at.Sub(p.origin)) / p.speed
	return time.Duration(min(after, math.MaxInt64/2)) - time.Since(p.began)
}

// now is the recorded time that is due.
func (p *pace) now() time.Time {
	at := p.origin.Add(time.Duration(float64(time.Since(p.began)) * p.speed))
	if p.speed == 0 || at.After(p.last) {
		return p.last
	}
	return at
}

// moved says that the recorded clock was set by so much, forward when positive.
func (p *pace) moved(by time.Duration) {
	p.origin, p.last = p.origin.Add(by), p.last.Add(by)
}

// rested says that nothing could be done for so long: all that follows is as much later.
func (p *pace) rested(d time.Duration) { p.began = p.began.Add(d) }
