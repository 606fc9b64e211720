package alerts

import (
	"cmp"
	"slices"
	"time"
)

// Any goroutine may call the methods in this file. They return copies, and hold
// the engine's lock for no longer than it takes to make them. None of them may be
// called by OnTransition's caller while it holds the store's lock.

// Counts say how many alerts there are now, and what each bound has cost.
type Counts struct {
	// Critical and Warning count the firing alerts by their severity, acknowledged
	// and silenced ones included.
	Critical, Warning int
	// Pending alerts have not fired.
	Pending int
	// QuietCritical and QuietWarning count those of them that are acknowledged or
	// silenced.
	QuietCritical, QuietWarning int
	// Acknowledged and Silenced count the active alerts that are.
	Acknowledged, Silenced int
	// Transitions counts all since the start; Gone how many of them the log has
	// no longer.
	Transitions, Gone uint64
	// Unwatched counts the pairs of a rule and a series beyond the limit, which
	// are not watched.
	Unwatched uint64
	// Late counts readings that were older than one of their series that came
	// before them, and were not judged.
	Late uint64
}

// Active is how many alerts are pending or firing.
func (c Counts) Active() int { return c.Critical + c.Warning + c.Pending }

// Page is a window of the active alerts.
type Page struct {
	// Alerts are in the order of their urgency: those that nobody has acknowledged
	// or silenced first; firing before pending; critical before warning; then the
	// youngest first.
	Alerts []Alert
	// Offset is the place of the first of them in the whole list of
	// Counts.Active() alerts.
	Offset int
	Counts Counts
	// Now is the engine's clock; the ages of the alerts are as of then.
	Now      time.Time
	Revision uint64
}

// Read returns at most count active alerts from the place offset on. What lies
// outside of the list is left out.
func (e *Engine) Read(offset, count int) Page {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sort()
	offset = max(min(offset, len(e.active)), 0)
	count = max(min(count, len(e.active)-offset), 0)
	p := Page{
		Alerts: make([]Alert, count), Offset: offset, Counts: e.countsNow(),
		Now: stamp(e.now), Revision: e.changes.Revision(),
	}
	for i := range p.Alerts {
		p.Alerts[i] = e.copyOf(e.active[offset+i])
	}
	return p
}

// sort orders the active alerts, when that is needed.
func (e *Engine) sort() {
	if e.sorted && (e.quietUntil == 0 || e.now < e.quietUntil) {
		return
	}
	e.quietUntil = 0
	for _, t := range e.active {
		if t.silent(e.now) && t.silenced != forever {
			e.quietUntil = earlier(e.quietUntil, t.silenced)
		}
	}
	slices.SortFunc(e.active, func(a, b *tracker) int {
		return cmp.Or(
			cmp.Compare(e.rank(b), e.rank(a)),
			cmp.Compare(b.alert.since, a.alert.since),
			cmp.Compare(b.alert.id, a.alert.id))
	})
	for i, t := range e.active {
		t.alert.place = i
	}
	e.sorted = true
}

// rank is how urgent an active alert is.
func (e *Engine) rank(t *tracker) int {
	a := t.alert
	r := int(a.severity)
	if a.state == Firing {
		r += 10
	}
	if !e.quiet(t) {
		r += 100
	}
	return r
}

// quiet says whether an active alert wants nobody: it was acknowledged, or is
// silenced.
func (e *Engine) quiet(t *tracker) bool { return t.alert.acknowledged != 0 || t.silent(e.now) }

// Place returns the place of an active alert in the list of Read, or -1.
func (e *Engine) Place(id uint64) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sort()
	if t := e.byID[id]; t != nil {
		return t.alert.place
	}
	return -1
}

// Counts returns how many alerts there are.
func (e *Engine) Counts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.countsNow()
}

func (e *Engine) countsNow() Counts {
	c := e.counts
	for _, t := range e.active {
		if t.alert.acknowledged != 0 {
			c.Acknowledged++
		}
		if t.silent(e.now) {
			c.Silenced++
		}
		switch {
		case t.alert.state != Firing || !e.quiet(t):
		case t.alert.severity == Critical:
			c.QuietCritical++
		default:
			c.QuietWarning++
		}
	}
	c.Transitions, c.Gone = e.log.total, e.log.gone()
	return c
}

// History returns at most count transitions from the place offset on, the newest
// having the place 0, and how many there are in the log. Those that it has no
// longer are Counts.Gone.
func (e *Engine) History(offset, count int) (transitions []Transition, kept int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept = len(e.log.ring)
	offset = max(min(offset, kept), 0)
	count = max(min(count, kept-offset), 0)
	transitions = make([]Transition, count)
	for i := range transitions {
		transitions[i] = *e.log.newest(offset + i)
	}
	return transitions, kept
}

// Since returns the transitions whose Seq is at least seq, the oldest first, as far
// as the log has them.
func (e *Engine) Since(seq uint64) []Transition {
	e.mu.Lock()
	defer e.mu.Unlock()
	if seq > e.log.total {
		return nil
	}
	n := int(min(e.log.total-max(seq, 1)+1, uint64(len(e.log.ring))))
	transitions := make([]Transition, n)
	for i := range transitions {
		transitions[i] = *e.log.newest(n - 1 - i)
	}
	return transitions
}

// Find returns the alert with an id: as it stands, or as it ended when the log
// still has that.
func (e *Engine) Find(id uint64) (Alert, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if t := e.byID[id]; t != nil {
		return e.copyOf(t), true
	}
	for i := range e.log.ring {
		if t := e.log.newest(i); t.Alert.ID == id {
			return t.Alert, true
		}
	}
	return Alert{}, false
}

// Steps returns the transitions of one alert that the log has, the oldest first.
func (e *Engine) Steps(id uint64) []Transition {
	e.mu.Lock()
	defer e.mu.Unlock()
	var steps []Transition
	for i := len(e.log.ring) - 1; i >= 0; i-- {
		if t := e.log.newest(i); t.Alert.ID == id {
			steps = append(steps, *t)
		}
	}
	return steps
}

// Watched returns the first series that a rule watches, by device and topic, and
// how many there are in all. rule is the rule's place in Rules. It goes through all
// series, and is for reports.
func (e *Engine) Watched(rule, most int) (watched []Series, total int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	add := func(trackers []*tracker) {
		for _, t := range trackers {
			if t.rule.index == rule {
				watched = append(watched, t.name())
			}
		}
	}
	for _, d := range e.devices {
		add(d.trackers)
	}
	for _, s := range e.series {
		add(s.all)
	}
	slices.SortFunc(watched, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Path, b.Path))
	})
	total = len(watched)
	return watched[:min(total, max(most, 0))], total
}

// name names what the tracker is about.
func (t *tracker) name() Series {
	n := Series{Device: t.device.key.Device, Name: t.device.name}
	if s := t.series; s != nil {
		n.Metric, n.Topic, n.Path, n.Unit = s.metric, s.key.Topic, s.key.Path, s.unit
	}
	return n
}

// Changed returns a channel that is closed at the next change of an alert, and a
// number that grows with each, as model.Store does. New readings of an alert are
// no change: the store tells of those.
func (e *Engine) Changed() (<-chan struct{}, uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changes.Next()
}

// copyOf makes a copy of the tracker's alert.
func (e *Engine) copyOf(t *tracker) Alert {
	a := t.alert
	out := Alert{
		ID: a.id, Rule: t.rule.Name, Help: t.rule.Help, Notify: t.rule.Notify,
		Series: t.name(),
		State:  a.state, Severity: a.severity,
		Since: stamp(a.since), Fired: stamp(a.fired), Ended: stamp(a.ended),
		Value: a.value, Text: string(a.text), Peak: a.peak,
		Acknowledged: stamp(a.acknowledged),
	}
	if t.silent(e.now) {
		out.Silenced = stamp(t.silenced)
	}
	out.Summary = e.summary(t)
	if c := t.test(); c.limited() {
		out.Limits = c.threshold(t.rule.Name, a.severity)
	}
	return out
}

// stamp converts nanoseconds to a time, 0 to the zero time.
func stamp(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}
