package alerts

import (
	"slices"
	"time"

	"labtop/model"
)

// A tracker follows one rule on one series. The rules are:
//
//   - A condition begins with a reading beyond its limit and ends with one that is
//     back at its clear level. In between it stays what it was.
//   - It fires when it has held for the rule's `for` and the last reading is beyond
//     the limit. One that never fired ends, too, when for twice that time no reading
//     was beyond the limit: a lone spike is forgotten.
//   - What is due by the clock happens at the time when it is due, whether a tick
//     or the next message shows that the time has come.
//   - Without a connection, and after a new one until a reading confirms it, nothing
//     fires and nothing ends.
//   - Critical and warning are one alert; the worse one that has fired counts.
type tracker struct {
	rule   *rule
	device *device
	series *series // nil for rules about devices
	order  uint32  // of appearance
	place  int32   // among the timers, -1 when not in there
	wake   int64

	levels [2]level // warning, critical
	judged int64    // when a reading was judged last
	alert  *alert   // nil while inactive

	silenced int64 // until when; outlives the alert
	toldAt   int64 // when people were told last, and of what
	told     Severity

	busy     bool   // its condition holds
	sleeping bool   // it waits for a connection
	expected string // of a device that was not heard yet
	base     int64  // since when that one is waited for
	slope    *slope
	sameness *sameness
	fall     *fall
	growth   *growth
}

// alert is the part of a tracker that there is only while its condition holds.
type alert struct {
	id                  uint64
	state               State
	severity            Severity
	since, fired, ended int64
	acknowledged        int64
	value               model.Value
	text                []byte
	peak, excess        float64
	peaked              bool  // there was one
	told                bool  // people know that it fires
	owed                bool  // they are to be told when they may be
	place               int   // among the active ones
	patience            int64 // the silence at which it began; what is learned later is another
}

// maxText is how much of a reading's text an alert keeps, in bytes.
const maxText = 256

// idle says that nothing holds and nothing was raised.
func (t *tracker) idle() bool { return t.alert == nil && !t.levels[0].held && !t.levels[1].held }

// calm ends both levels.
func (t *tracker) calm() { t.levels = [2]level{} }

// confirmTime is how long after a reconnect a device may take to say that it is
// there: a stored word comes at once.
const confirmTime = int64(10 * time.Second)

// certain says whether what is known of the series still counts at a time.
func (e *Engine) certain(t *tracker, at int64) bool {
	switch confirmed := t.judged >= e.lostAt; t.rule.kind {
	case NoData:
		return true // it was asked before the silence counted
	case Presence:
		return e.listening() && (confirmed || at >= e.connectedAt+confirmTime)
	default:
		return e.connected && confirmed
	}
}

// listening says whether what devices say reaches labtop.
func (e *Engine) listening() bool { return e.connected && !e.silent }

// due does what a tracker's time has come for.
func (e *Engine) due(t *tracker, at int64) {
	if t.rule.kind == NoData {
		e.silence(t, at)
	}
	e.settle(t, at, "")
}

// settle makes the alert follow the levels at a time, and sees to it that the
// engine looks again when something is due. why says what ended an alert, when it
// was no reading.
func (e *Engine) settle(t *tracker, at int64, why string) {
	e.follow(t, at, why)
	if busy := !t.idle(); busy != t.busy && t.series != nil && t.rule.steady {
		if t.busy = busy; busy {
			t.series.busy++
		} else {
			t.series.busy--
		}
	}
}

func (e *Engine) follow(t *tracker, at int64, why string) {
	held, fired, next := e.levels(t, at)
	if a := t.alert; a != nil && a.state == Firing && fired == Clear && held != Clear {
		t.levels[held-1].fired = true // it is not over, only less bad
		fired = held
	}
	switch a := t.alert; {
	case a == nil && held == Clear:
		return
	case a == nil:
		e.raise(t, at, held, fired)
	case a.state == Pending && fired != Clear:
		e.fire(t, at, fired)
	case a.state == Pending && held == Clear, a.state == Firing && fired == Clear:
		e.end(t, at, why)
	case a.state == Pending && a.severity != held:
		a.severity = held
		e.change(true)
	case a.state == Firing && a.severity != fired:
		e.escalate(t, at, fired)
	}
	next = earlier(next, e.remind(t, at))
	if next != 0 {
		e.wakeAt(t, next)
	}
}

// levels lets what is due happen to the levels. It returns the worst one that
// holds, the worst one that fires, and when to look again, 0 for never.
func (e *Engine) levels(t *tracker, at int64) (held, fired Severity, next int64) {
	certain := e.certain(t, at)
	for i, c := range t.rule.tests {
		l := &t.levels[i]
		if !l.held {
			continue
		}
		hold := int64(c.For)
		switch {
		case l.fired:
		case l.last && !certain && t.rule.kind == Presence && e.listening():
			next = earlier(next, e.connectedAt+confirmTime)
		case l.last && !certain:
			e.sleep(t)
		case l.last && at-l.since >= hold:
			l.fired = true
		case l.last:
			next = earlier(next, l.since+hold)
		case at-l.beyond >= 2*hold:
			*l = level{}
			continue
		default:
			next = earlier(next, l.beyond+2*hold)
		}
		held = Severity(i + 1)
		if l.fired {
			fired = held
		}
	}
	return held, fired, next
}

// earlier is the earlier of two times, of which 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// sleep leaves a tracker alone until there is a connection again.
func (e *Engine) sleep(t *tracker) {
	if !t.sleeping && !e.listening() {
		t.sleeping = true
		e.asleep = append(e.asleep, t)
	}
}

// raise makes an alert, pending or firing at once.
func (e *Engine) raise(t *tracker, at int64, held, fired Severity) {
	e.nextID++
	a := &alert{id: e.nextID, state: Pending, severity: held, since: at, place: len(e.active)}
	for i := range t.levels {
		if l := &t.levels[i]; l.held {
			a.since = min(a.since, l.since)
		}
	}
	t.alert = a
	if c := t.test(); c.Kind == NoData {
		a.patience = e.patience(t, c)
	}
	if e.reason != nil {
		t.keep(e.reason, e.figure)
	}
	e.active = append(e.active, t)
	e.byID[a.id] = t
	t.device.active = append(t.device.active, t)
	if fired == Clear {
		e.counts.Pending++
		e.step(t, at, Inactive, Clear, false, "")
		return
	}
	a.state, a.fired, a.severity = Firing, at, fired
	e.count(fired, 1)
	e.step(t, at, Inactive, Clear, e.tell(t, at), "")
}

// fire makes a pending alert fire.
func (e *Engine) fire(t *tracker, at int64, severity Severity) {
	a := t.alert
	e.counts.Pending--
	was := a.severity
	a.state, a.fired, a.severity = Firing, at, severity
	e.count(severity, 1)
	e.step(t, at, Pending, was, e.tell(t, at), "")
}

// escalate changes the severity of a firing alert, up or down.
func (e *Engine) escalate(t *tracker, at int64, severity Severity) {
	a := t.alert
	was := a.severity
	e.count(was, -1)
	e.count(severity, 1)
	a.severity = severity
	e.step(t, at, Firing, was, e.tell(t, at), "")
}

// end resolves a firing alert, and drops a pending one.
func (e *Engine) end(t *tracker, at int64, why string) {
	a := t.alert
	from, tell := a.state, false
	if from == Pending {
		e.counts.Pending--
		a.state = Inactive
	} else {
		e.count(a.severity, -1)
		a.state, a.ended = Resolved, at
		tell = a.told && !t.silent(at)
	}
	e.step(t, at, from, a.severity, tell, why)
	if t.silenced == forever {
		t.silenced = 0
	}
	last := e.active[len(e.active)-1]
	e.active[a.place] = last
	last.alert.place = a.place
	e.active[len(e.active)-1] = nil
	e.active = e.active[:len(e.active)-1]
	delete(e.byID, a.id)
	i := slices.Index(t.device.active, t)
	t.device.active = slices.Delete(t.device.active, i, i+1)
	t.alert = nil
}

// count keeps the number of firing alerts.
func (e *Engine) count(s Severity, n int) {
	if s == Critical {
		e.counts.Critical += n
	} else {
		e.counts.Warning += n
	}
}

// keep lets the alert remember a reading, and the figure that was judged.
func (t *tracker) keep(o *model.Observation, figure float64) {
	a := t.alert
	a.value = o.Value
	a.text = append(a.text[:0], o.Text[:min(len(o.Text), maxText)]...)
	c := t.rule.tests[0]
	if c == nil {
		c = t.rule.tests[1]
	}
	if excess := c.excess(figure); a.excess < excess || !a.peaked {
		a.peak, a.excess, a.peaked = figure, excess, true
	}
}
