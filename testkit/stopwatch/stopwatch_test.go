package stopwatch

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestBetween has a machine that stood still from the third second to the fifth.
func TestBetween(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	var w watch
	w.beat(at(3).Add(-beat)) // the first one tells nothing
	w.beat(at(5))
	w.beat(at(5).Add(beat + late)) // no stall: as late as a beat may be
	for _, tt := range []struct{ began, ended, want float64 }{
		{0, 3, 3}, {0, 4, 3}, {0, 6, 4}, {3, 5, 0}, {4, 4.5, 0}, {4, 6, 1}, {5, 6, 1},
	} {
		if got := w.between(at(tt.began), at(tt.ended)); got != at(tt.want).Sub(start) {
			t.Errorf("from %v s to %v s: %v, want %v s", tt.began, tt.ended, got, tt.want)
		}
	}
}

// TestSince measures on a clock that knows no stalls, before the watch runs and while it
// does.
func TestSince(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		time.Sleep(time.Second)
		var w watch
		if w.behind(time.Now()) {
			t.Error("a watch that was never started is waited for")
		}
		w.beat(began)
		if now := time.Now(); !w.behind(now) {
			t.Error("the watch is not waited for")
		} else if w.beat(now); w.behind(now) || w.between(began, now) != beat {
			t.Errorf("behind %v, took %v of a second that the machine stood still", w.behind(now), w.between(began, now))
		}
	})
}
