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
func (e *Engine) interrupt(t *tracker, o *model.Observation) {
	if !t.rule.named() && !t.series.numbers {
		return
	}
	if t.series.last != 0 && !o.Dup {
		t.interval.Add(time.Duration(o.At - t.series.last))
	}
	t.base = o.At
	if !t.idle() {
		t.calm()
		e.settle(t, o.At, "")
	}
	e.listen(t)
}

// listen sees to it that the tracker is looked at as soon as its silence can count.
func (e *Engine) listen(t *tracker) {
	if t.place < 0 && !t.sleeping && t.base != 0 {
		e.wakeAt(t, t.base+t.shortest())
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
	switch {
	case t.base == 0:
		return
	case !e.listening():
		e.sleep(t)
		return
	case t.device.away() && !t.rule.EvenOffline:
		return
	}
	base := max(t.base, e.connectedAt)
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
	case t.interval == nil:
		return 0
	}
	return int64(t.interval.Patience())
}

// inhibit ends what is said of a device's silence when it has gone away, and
// begins to listen again when it is back.
func (e *Engine) inhibit(d *device, away bool, at int64) {
	for _, t := range d.silences {
		switch {
		case t.rule.EvenOffline:
		case away:
			t.calm()
			e.settle(t, at, "the device is "+d.presence.String())
		case t.base != 0:
			t.base = max(t.base, at)
			e.listen(t)
		}
	}
}

// named says whether the rule names what it watches, and does not just watch all
// there is.
func (r *Rule) named() bool {
	return plain(r.Metric) || plain(r.Path) ||
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
