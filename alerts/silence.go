package alerts

import (
	"strings"
	"time"

	"labtop/model"
)

// Silence. The rules are:
//
//   - It counts from the last live message, or from when the connection was made or
//     the device came back, whichever is later: nobody is silent while labtop does
//     not listen.
//   - It does not count while the device is offline or asleep, unless the rule says
//     so: that is known already.
//   - A rule for all metrics watches those with numbers. Words are said when
//     something changes, so that their silence means nothing.

// shortestPatience is how soon the silence of a learned interval can count; see
// model.Interval.
const shortestPatience = int64(2 * time.Second)

// interrupt takes in that a series spoke.
func (e *Engine) interrupt(s *series, o *model.Observation) {
	if s.interval != nil && s.last != 0 && !o.Dup {
		s.interval.Add(time.Duration(o.At - s.last))
	}
	s.last = o.At
	if !s.deaf {
		return
	}
	s.deaf = false
	for _, t := range s.silences {
		if !t.idle() {
			t.calm()
			e.settle(t, o.At, "")
		}
		e.listen(t)
		s.deaf = s.deaf || !t.waits()
	}
}

// waits says that nothing needs to be done for the tracker when its series speaks:
// the end of the silence will be looked at when its time comes.
func (t *tracker) waits() bool { return (t.place >= 0 || t.sleeping) && t.idle() }

// counts says whether the silence of what the tracker watches means something.
func (t *tracker) counts() bool { return t.series == nil || t.rule.named || t.series.numbers }

// heard is since when the tracker's series is silent, 0 when it never spoke.
func (t *tracker) heard() int64 {
	if t.series == nil {
		return t.base
	}
	if t.series.last == 0 {
		return 0
	}
	return max(t.series.last, t.device.back)
}

// listen sees to it that the tracker is looked at as soon as its silence can count.
func (e *Engine) listen(t *tracker) {
	if heard := t.heard(); t.place < 0 && !t.sleeping && heard != 0 && t.counts() {
		e.wakeAt(t, heard+t.shortest())
	}
}

// shortest is the shortest silence that can count.
func (t *tracker) shortest() int64 {
	least := int64(0)
	for _, c := range t.rule.tests {
		if c != nil {
			after := int64(c.After)
			if after == 0 {
				after = shortestPatience
			}
			least = earlier(least, after)
		}
	}
	return least
}

// silence lets the levels begin whose silence is long enough.
func (e *Engine) silence(t *tracker, at int64) {
	heard := t.heard()
	if t.series != nil {
		t.series.deaf = true
	}
	switch {
	case heard == 0:
		return
	case !e.listening():
		e.sleep(t)
		return
	case t.device.away() && !t.rule.EvenOffline:
		return
	}
	base := max(heard, e.connectedAt)
	for i, c := range t.rule.tests {
		l := &t.levels[i]
		if c == nil || l.held {
			continue
		}
		after := e.patience(t, c)
		if after == 0 {
			continue
		}
		if base+after > at {
			e.wakeAt(t, base+after)
			continue
		}
		l.judge(beyond, base+after)
	}
}

// patience is the silence at which a condition begins; 0 while that is not known.
func (e *Engine) patience(t *tracker, c *test) int64 {
	switch {
	case c.After > 0:
		return int64(c.After)
	case e.options.StaleAfter > 0:
		return int64(e.options.StaleAfter)
	case t.series == nil:
		return 0
	}
	return int64(t.series.interval.Patience())
}

// inhibit ends what is said of a device's silence when it has gone away, and
// begins to listen again when it is back.
func (e *Engine) inhibit(d *device, away bool, at int64) {
	if !away {
		d.back = at
	}
	for _, t := range d.silences {
		switch {
		case t.rule.EvenOffline:
		case away:
			t.calm()
			e.settle(t, at, "the device is "+d.presence.String())
		default:
			e.listen(t)
		}
	}
}

// named says whether the rule names what it watches, and does not just watch all
// there is.
func (r *Rule) named() bool {
	return plain(r.Metric) || plain(r.Path) || r.Broker != "" ||
		r.Topic != "" && !strings.ContainsAny(r.Topic, "+#")
}

// plain says whether a glob is a text without wildcards.
func plain(pattern string) bool { return pattern != "" && !strings.ContainsAny(pattern, "*?") }

// judges says whether a rule can say something about a metric of this class. What
// a device says about its presence is no measurement.
func (r *Rule) judges(class model.Class) bool {
	switch r.kind() {
	case NoData, Stuck, NotANumber:
		return class != model.PresenceTopic || r.named()
	}
	return true
}
