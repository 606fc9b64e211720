package model_test

import (
	"fmt"
	"testing"

	"labtop/model"
)

// TestClockJumps sets the clock while a board speaks every second: no rate, age or
// interval is ever negative, and three minutes later all is as it was. A jump forward
// looks like a silence until the board's next message, for nobody could tell.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for _, jump := range []float64{-3600, -61, -59, -2, -0.5, 0.5, 2, 59, 3600} {
		t.Run(fmt.Sprint(jump, " s"), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			now := 10_000.0
			speak := func() {
				l.say(now, temperature, "21.5")
				l.tick(now + 0.25)
			}
			for range 30 {
				now++
				speak()
			}
			before := l.metric(temperature, "")
			now += jump
			for i := range 180 {
				now++
				if jump > 0 && i == 0 {
					l.tick(now - 0.5) // before the board speaks again
				}
				speak()
				m, status := l.metric(temperature, ""), l.Status()
				if m.PerSec < 0 || status.PerSec < 0 || m.Interval < 0 || status.Now.Before(m.Time) {
					t.Fatalf("message %d after the jump: rates %v and %v, interval %v, at %v heard %v", i, m.PerSec, status.PerSec, m.Interval, status.Now, m.Time)
				}
				if m.State != model.StateOK {
					t.Errorf("message %d after the jump: %v", i, m.State)
				}
				if i == 179 && (m.PerSec < 0.9*before.PerSec || m.PerSec > 1.1*before.PerSec || m.Interval != before.Interval) {
					t.Errorf("three minutes after the jump: %v a second every %v, before %v and %v", m.PerSec, m.Interval, before.PerSec, before.Interval)
				}
			}
		})
	}
}
