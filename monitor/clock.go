package monitor

import (
	"time"

	"labtop/model"
)

// The clock of the machine may be set while labtop runs, and the machine may be
// suspended. The rules are:
//
//   - Every time that the source and the ticks bring carries the monotonic clock too.
//     When it and the clock on the wall have not gone equally far since the time before,
//     the clock was set: all times move with it.
//   - While the machine is suspended the monotonic clock stands still on many systems.
//     That is no step: the silence was real. Where the system does not tell how long it
//     was, a step forward is taken for it.
//   - When there was neither a tick nor a message for longer than awayAfter, nobody
//     listened.

// awayAfter is a time without a tick in which labtop did not run, or its machine.
const awayAfter = 2 * TickInterval

// leastSleep is the shortest suspend that counts; less is the time between two looks
// at the clocks.
const leastSleep = 500 * time.Millisecond

// clock compares the times that come. The owner's goroutine only.
type clock struct {
	now func() time.Time
	// slept is for how long the machine was suspended since its start; nil when nobody
	// can tell.
	slept func() time.Duration

	last  time.Time     // the latest time that came
	known time.Duration // what slept said last
	step  time.Duration // what the last step was, 0 when it was a suspend
}

// change is what happened to the clock between two times.
type change struct {
	// step is by how much it was set, forward when positive.
	step time.Duration
	// away is for how long nobody listened, 0 when somebody did.
	away time.Duration
}

// tick reads the clock, and how long the machine has slept by then.
func (c *clock) tick() (now time.Time, slept time.Duration) {
	for {
		now = c.now()
		if c.slept != nil {
			slept = c.slept()
		}
		if model.ClockStep(now, c.now()) == 0 { // else it was set, or slept, in between
			return now, slept
		}
	}
}

// see takes in a time that came; slept is how long the machine had slept by then, less
// than 0 when that was not asked. A time earlier than the last one, by the monotonic
// clock, changes nothing.
func (c *clock) see(at time.Time, slept time.Duration) change {
	last := c.last
	passed := at.Sub(last)
	if !last.IsZero() && passed < 0 || !monotonic(at) {
		return change{}
	}
	c.last = at
	var happened change
	jump := model.ClockStep(last, at)
	if last.IsZero() {
		jump, passed = 0, 0
	}
	if asleep := c.asleep(jump, slept); asleep != 0 {
		happened.away = asleep
		jump -= asleep
		passed += asleep
	}
	if passed >= awayAfter {
		happened.away = passed
	}
	if jump.Abs() >= leastSleep {
		happened.step = jump
	}
	if happened.step != 0 || happened.away != 0 {
		c.step = happened.step
	}
	return happened
}

// monotonic says whether a time carries the monotonic clock, which Equal would not see.
func monotonic(t time.Time) bool {
	return t != t.Round(0)
}

// asleep is for how long the machine was suspended since the last time, 0 for not.
func (c *clock) asleep(jump, slept time.Duration) time.Duration {
	switch {
	case c.slept == nil:
		return max(jump, 0)
	case jump == 0 && slept < 0:
		return 0
	case slept < 0:
		slept = c.slept()
	}
	asleep := slept - c.known
	if c.known = max(c.known, slept); jump == 0 || asleep < leastSleep {
		return 0
	}
	return asleep
}

// translate returns a time from before the last step as the clock has it now.
func (c *clock) translate(at time.Time) time.Time {
	if c.step == 0 || at.IsZero() || model.ClockStep(at, c.last) == 0 {
		return at
	}
	return at.Round(0).Add(c.step)
}
