// Package stopwatch tells how long something took, without the time in which the machine
// stood still: a virtual machine that was paused, or one on which others ran and this
// program did not. A promise such as "ends within a second" is no less kept then.
//
// The contract: [Start] is called once, before the tests (testkit/binary does that); any
// goroutine may call the others.
package stopwatch

import (
	"sync"
	"time"
)

// Room is what a slow machine may add to a promise of seconds. What a program waits for
// where it breaks one is mostly longer.
const Room = 2 * time.Second

const (
	beat = 20 * time.Millisecond
	// late is how much later than it should a beat may come on a machine that runs.
	late = 50 * time.Millisecond
)

// stall is a time in which the machine stood still.
type stall struct {
	end  time.Time
	lost time.Duration
}

// watch looks for stalls.
type watch struct {
	mu     sync.Mutex // guards what follows
	seen   time.Time  // the last beat; zero before the first
	stalls []stall
}

var machine watch

// Start begins to watch the machine, until the program ends.
func Start() {
	machine.beat(time.Now())
	go func() {
		for {
			time.Sleep(beat)
			machine.beat(time.Now())
		}
	}()
}

// Since is how long ago something began by the machine's clock, stalls not counted. Before
// Start it is time.Since.
func Since(began time.Time) time.Duration { return Between(began, time.Now()) }

// Between is the time from began to ended, which is not in the future, as Since has it.
func Between(began, ended time.Time) time.Duration {
	for machine.behind(ended) { // after a stall this goroutine may have been the first to run
		time.Sleep(beat)
	}
	return machine.between(began, ended)
}

// beat takes note of a beat.
func (w *watch) beat(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if lost := now.Sub(w.seen) - beat; !w.seen.IsZero() && lost > late {
		w.stalls = append(w.stalls, stall{now, lost})
	}
	w.seen = now
}

// behind says whether the watch has yet to look at a time.
func (w *watch) behind(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.seen.IsZero() && w.seen.Before(now)
}

// between is the time from began to ended without what was lost of it.
func (w *watch) between(began, ended time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := ended.Sub(began)
	for _, s := range w.stalls {
		from, to := s.end.Add(-s.lost), s.end
		if from.Before(began) {
			from = began
		}
		if to.After(ended) {
			to = ended
		}
		took -= max(to.Sub(from), 0)
	}
	return took
}
