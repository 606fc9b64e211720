package monitor

import "time"

// SetClock gives the monitor another clock, before it runs. slept is for how long the
// machine was suspended; nil when nobody can tell.
func (m *Monitor) SetClock(now func() time.Time, slept func() time.Duration) {
	m.clock = clock{now: now, slept: slept}
}

// Slept is for how long this machine was suspended since its start.
var Slept = newClock().slept
