package alerts

// setBack puts everything that is later than now at now, and looks at all that
// waits: see model.Store on clocks.
func (e *Engine) setBack(now int64) {
	gone := e.now - now
	if gone <= 0 {
		return
	}
	e.now = now
	e.connectedAt = min(e.connectedAt, now)
	for _, d := range e.devices {
		d.back = min(d.back, now)
		for _, t := range d.trackers {
			t.setBack(now, gone)
		}
	}
	for _, s := range e.series {
		s.last = min(s.last, now)
		for _, t := range s.all {
			t.setBack(now, gone)
		}
	}
	for _, t := range e.missing {
		t.setBack(now, gone)
	}
	for _, t := range e.timers {
		t.wake = now
	}
	for i := len(e.timers)/2 - 1; i >= 0; i-- {
		e.timers.down(i)
	}
	e.change(true)
}

func (t *tracker) setBack(now, gone int64) {
	for i := range t.levels {
		l := &t.levels[i]
		l.since, l.beyond = min(l.since, now), min(l.beyond, now)
	}
	t.judged, t.base, t.toldAt = min(t.judged, now), min(t.base, now), min(t.toldAt, now)
	if t.silenced != forever {
		t.silenced = max(t.silenced-gone, 0)
	}
	if t.slope != nil {
		*t.slope = slope{}
	}
	if t.sameness != nil {
		*t.sameness = sameness{}
	}
	if a := t.alert; a != nil {
		a.since, a.fired = min(a.since, now), min(a.fired, now)
	}
}
