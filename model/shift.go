package model

import "time"

// leastStep is from when on a difference between the two clocks of a time is a step
// of one: less is a process that was put aside between reading the one and the other,
// and harms nothing.
const leastStep = 500 * time.Millisecond

// ClockStep is by how much the clock was set between two readings of it, forward when
// positive: they carry the monotonic clock as well, which cannot be set. It is 0 when
// that is less than half a second, or when one of them does not carry it, as the times
// of a recording. A machine that was suspended looks like one whose clock was set
// forward where the monotonic clock stands still meanwhile, as on Linux.
func ClockStep(before, after time.Time) time.Duration {
	step := after.Round(0).Sub(before.Round(0)) - after.Sub(before)
	if step.Abs() < leastStep {
		return 0
	}
	return step
}

// Shift says that the clock was set by so much, forward when positive: all times that
// the store keeps move with it, and its watcher's too. Owner goroutine only; what is
// applied afterwards has times of the clock as it is now.
func (s *Store) Shift(by time.Duration) {
	s.writing(func() {
		s.shifted += int64(by)
		s.times(func(at *int64) { *at = moved(*at, by) })
		s.recent.shift(by)
		c := &s.connection
		c.Since, c.NextTry = movedTime(c.Since, by), movedTime(c.NextTry, by)
		s.losses = shiftedLosses(s.losses, by)
		s.source.LastByte = movedTime(s.source.LastByte, by)
	})
	if s.watcher != nil {
		s.watcher.Shift(by)
	}
}

// moved is a time moved, within the range of times. Never stays never.
func moved(at int64, by time.Duration) int64 {
	if at == 0 {
		return 0
	}
	step := min(max(int64(by), -latestNanos), latestNanos) // so that the sum does not overflow
	return min(max(at+step, 1), latestNanos)
}

// movedTime is moved for a time, which loses its reading of the monotonic clock.
func movedTime(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return stamp(moved(nanos(t), by)).In(t.Location())
}

func (r *recent) shift(by time.Duration) {
	for i := range r.n {
		m := r.at(i)
		m.Time = movedTime(m.Time, by)
	}
}

// shift moves what the view holds along with what the store keeps.
func (v *LogView) shift(shifted int64) {
	by := time.Duration(shifted - v.shifted)
	if v.shifted = shifted; by == 0 {
		return
	}
	for i := range v.held {
		m := &v.held[i].Message
		m.Time = movedTime(m.Time, by)
	}
}

// settling is how long after waking up bytes may still come that were sent before.
const settling = time.Second

// Awoke says that nobody listened until at: the machine was suspended, or labtop was
// stopped. The silence was real for the states, but it says nothing about the devices
// for the watcher, to which the broker counts as silent until it is heard again. Owner
// goroutine only.
func (s *Store) Awoke(at time.Time) {
	s.writing(func() { s.awoke = nanos(at) })
	if s.watcher != nil {
		s.watcher.Awoke(at)
	}
}

// silence is for how long the broker has answered nothing, for the watcher.
func (s *Store) silence(now int64, source *SourceStats) time.Duration {
	if s.awoke == 0 {
		return source.Silent
	}
	if source.LastByte.IsZero() || nanos(source.LastByte) >= s.awoke+int64(settling) {
		s.awoke = 0
		return source.Silent
	}
	return max(source.Silent, time.Duration(now-s.awoke), 1)
}
