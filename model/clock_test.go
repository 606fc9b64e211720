package model_test

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"labtop/model"
)

// TestClockJumps sets the clock while a board speaks every second. When the owner says
// so, nothing changes but the times. When nobody does, as in a log, no rate, age or
// interval is ever negative, and three minutes later all is as it was.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for _, jump := range []float64{-432_000, -3600, -61, -59, -30, -2, -0.5, 0.5, 2, 59, 3600, 432_000} {
		for _, told := range []bool{true, false} {
			t.Run(fmt.Sprint(jump, " s, told ", told), func(t *testing.T) {
				t.Parallel()
				clockJumps(t, jump, told)
			})
		}
	}
}

func clockJumps(t *testing.T, jump float64, told bool) {
	t.Helper()
	l := newLab(t, model.Limits{})
	now := 1_000_000.0
	speak := func() {
		l.say(now, temperature, "21.5")
		l.tick(now + 0.25)
	}
	for range 30 {
		now++
		speak()
	}
	before, total := l.metric(temperature, ""), l.Status().PerSec
	now += jump
	if told {
		l.Shift(time.Duration(jump * float64(time.Second)))
	}
	for i := range 180 {
		now++
		if jump > 0 && i == 0 {
			l.tick(now - 0.5) // before the board speaks again
		}
		stale := l.metric(temperature, "").State == model.StateStale
		speak()
		m, status := l.metric(temperature, ""), l.Status()
		if m.PerSec < 0 || status.PerSec < 0 || m.Interval < 0 || status.Now.Before(m.Time) {
			t.Fatalf("message %d after the jump: rates %v and %v, interval %v, at %v heard %v", i, m.PerSec, status.PerSec, m.Interval, status.Now, m.Time)
		}
		if m.State != model.StateOK || told && stale {
			t.Errorf("message %d after the jump: %v", i, m.State)
		}
		slack := 0.1
		if told {
			slack = 0.001
		}
		same := near(m.PerSec, before.PerSec, slack) && near(status.PerSec, total, slack) && m.Interval == before.Interval && status.Now.Sub(m.Time) == 250*time.Millisecond
		if (told || i == 179) && !same {
			t.Fatalf("message %d after the jump: %v and %v a second every %v, before %v, %v and %v", i, m.PerSec, status.PerSec, m.Interval, before.PerSec, total, before.Interval)
		}
	}
}

// near says that two rates differ by no more than a fraction.
func near(a, b, slack float64) bool { return a > (1-slack)*b && a < (1+slack)*b }

// set is a reading of the clock after it was set by so much.
func set(t time.Time, by time.Duration) time.Time {
	t = t.Add(by)
	*(*int64)(unsafe.Add(unsafe.Pointer(&t), 8)) -= int64(by) // the monotonic clock, in a [time.Time]
	return t
}

func TestClockStep(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, by := range []time.Duration{-5 * 24 * time.Hour, -time.Hour, -30 * time.Second, -time.Second, -499 * time.Millisecond, 0, 499 * time.Millisecond, time.Second, 30 * time.Second, time.Hour, 5 * 24 * time.Hour} {
		want := by
		if by.Abs() < 500*time.Millisecond {
			want = 0
		}
		for _, passed := range []time.Duration{0, time.Millisecond, time.Minute, 5 * time.Hour} {
			if got := model.ClockStep(now, set(now.Add(passed), by)); got != want {
				t.Errorf("%v later, set by %v: %v", passed, by, got)
			}
			if got := model.ClockStep(now.Round(0), set(now.Add(passed), by)); got != 0 {
				t.Errorf("%v later, set by %v, without a monotonic reading: %v", passed, by, got)
			}
		}
	}
}
