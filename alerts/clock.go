package alerts

import "time"

// The clock. The rules are those of model.Store: when it was set, all times move with
// it; when nobody knows by how much, what is later than now counts as from now. After
// a time in which nobody listened, all is as after a new connection.

// Shift is of model.Watcher.
func (e *Engine) Shift(by time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	move := func(at *int64) { *at = moved(*at, by) }
	e.times(move)
	for t := range e.all {
		t.shift(move)
	}
	for _, t := range e.timers { // all alike, so that they stay in order
		move(&t.wake)
	}
	move(&e.quietUntil)
	for i := range e.log.ring {
		e.log.ring[i].shift(by)
	}
	for i := range e.out {
		e.out[i].shift(by)
	}
	e.change(false)
}

// moved is a time moved; never and for ever stay.
func moved(at int64, by time.Duration) int64 {
	switch moved := at + int64(by); {
	case at == 0 || at == forever:
		return at
	case by > 0 && moved < at:
		return forever - 1
	default:
		return max(moved, 1)
	}
}

func (t *Transition) shift(by time.Duration) {
	a := &t.Alert
	for _, at := range [...]*time.Time{&t.Time, &a.Since, &a.Fired, &a.Ended, &a.Acknowledged, &a.Silenced} {
		if !at.IsZero() {
			*at = stamp(moved(at.UnixNano(), by))
		}
	}
}

// Awoke is of model.Watcher.
func (e *Engine) Awoke(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.connectedAt = max(e.connectedAt, at.UnixNano())
	e.lostAt = max(e.lostAt, at.UnixNano())
}

// SetBack is of model.Watcher.
func (e *Engine) SetBack(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.setBack(now.UnixNano())
}

// setBack puts everything that is later than now at now, and looks at all that waits.
func (e *Engine) setBack(now int64) {
	gone := e.now - now
	if gone <= 0 {
		return
	}
	e.times(func(at *int64) { *at = min(*at, now) })
	for t := range e.all {
		t.setBack(gone)
	}
	for _, t := range e.timers {
		t.wake = now
	}
	for i := len(e.timers)/2 - 1; i >= 0; i-- {
		e.timers.down(i)
	}
	e.change(true)
}

// times calls f with each past time that the engine keeps, its log apart.
func (e *Engine) times(f func(at *int64)) {
	f(&e.now)
	f(&e.connectedAt)
	f(&e.lostAt)
	for _, d := range e.devices {
		f(&d.back)
	}
	for _, s := range e.series {
		f(&s.last)
	}
	for t := range e.all {
		t.times(f)
	}
}

func (t *tracker) times(f func(at *int64)) {
	for i := range t.levels {
		f(&t.levels[i].since)
		f(&t.levels[i].beyond)
	}
	if t.fall != nil {
		f(&t.fall.last)
		f(&t.fall.at)
	}
	f(&t.judged)
	f(&t.base)
	f(&t.toldAt)
	if a := t.alert; a != nil {
		f(&a.since)
		f(&a.fired)
		f(&a.acknowledged)
	}
}

// shift moves the times that setBack does not put at the present.
func (t *tracker) shift(move func(at *int64)) {
	move(&t.silenced)
	if s := t.slope; s != nil {
		for i := range s.n {
			move(&s.points[i].at)
		}
	}
	if s := t.sameness; s != nil {
		move(&s.since)
		move(&s.last)
	}
	if t.growth != nil {
		move(&t.growth.start)
	}
}

// setBack lets a silence last as long as it was to, and begins anew to measure.
func (t *tracker) setBack(gone int64) {
	if t.silenced != forever {
		t.silenced = max(t.silenced-gone, 0)
	}
	if t.slope != nil {
		*t.slope = slope{}
	}
	if t.sameness != nil {
		*t.sameness = sameness{}
	}
	if t.growth != nil {
		*t.growth = growth{}
	}
}

// all yields each tracker once.
func (e *Engine) all(yield func(*tracker) bool) {
	some := func(trackers []*tracker) bool {
		for _, t := range trackers {
			if !yield(t) {
				return false
			}
		}
		return true
	}
	for _, d := range e.devices {
		if !some(d.trackers) {
			return
		}
	}
	for _, s := range e.series {
		if !some(s.all) {
			return
		}
	}
	some(e.missing)
}
