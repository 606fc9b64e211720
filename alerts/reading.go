package alerts

import (
	"hash/maphash"
	"strings"

	"labtop/model"
)

// Which readings are judged. The rules are:
//
//   - A live reading is judged, unless it is older than one of the series that was
//     heard before: it is late, and no longer the state.
//   - A stored reading (retained) is a state of unknown age. A stored number is not
//     judged: a sensor will say it again. A stored word is judged when it differs
//     from what was known: then it was said while nobody listened. The first one
//     that comes never is.
//   - A repeated reading (DUP) is no new number; a word counts.
//   - Rates, growth and sameness look at live readings only, and silence ends with any
//     live message, repeated ones included.
//   - A rule with Retained takes a stored reading for a live one, in limits and
//     words.

// reading takes in what a metric said.
func (e *Engine) reading(s *series, o *model.Observation) {
	if o.Unit != "" {
		s.unit = o.Unit
	}
	if !o.Retained {
		e.hear(s.device, o.At)
		if o.At < s.last {
			e.counts.Late++
			return
		}
	}
	fresh := !o.Retained && !o.Dup
	if fresh && o.Value.Kind == model.Number {
		s.numbers = true
	}
	if !o.Retained {
		e.interrupt(s, o)
	}
	news := s.words && s.news(o)
	trackers := s.trackers
	if fresh && s.calm(o) {
		trackers = s.always
	}
	e.reason = o
	for _, t := range trackers {
		switch {
		case o.Heard || t.rule.Unit != "" && t.rule.Unit != s.unit:
		case t.rule.kind == Rate || t.rule.kind == Stuck || t.rule.kind == Grows:
			if fresh {
				e.judge(t, o)
			}
		case fresh || news || t.rule.Retained && o.Retained:
			e.judge(t, o)
		}
	}
	e.reason = nil
}

// calm says that a live reading is one in which no limit is passed, while nothing
// is wrong with the series: then no rule on limits can say anything new, however
// many there are.
func (s *series) calm(o *model.Observation) bool {
	return s.busy == 0 && o.Value.Kind == model.Number && o.Value.Num >= s.low && o.Value.Num <= s.high
}

// seed makes the hashes of words differ from run to run.
var seed = maphash.MakeSeed()

// news says whether a word that is stored or repeated is worth judging.
func (s *series) news(o *model.Observation) bool {
	if o.Heard || o.Value.Kind != model.Text && o.Value.Kind != model.Bool {
		return false
	}
	word := maphash.Bytes(seed, o.Text)
	if !o.Retained {
		s.said, s.saidLive = word, true
		return true
	}
	known := s.said != 0
	s.keeps = s.keeps || s.saidLive && word == s.said
	// A word that was stored before may be an old one, below live words that the
	// device does not let the broker keep.
	news := known && word != s.said && (word != s.stored || s.keeps)
	if s.stored = word; !known || news {
		s.said, s.saidLive = word, false
	}
	return news
}

// judge evaluates a rule on a reading.
func (e *Engine) judge(t *tracker, o *model.Observation) {
	figure, ok := e.figureOf(t, o)
	if !ok {
		return
	}
	judged := false
	for i, c := range t.rule.tests {
		if c == nil {
			continue
		}
		v := c.judge(t, o, figure)
		if v == unjudged {
			continue
		}
		judged = true
		if l := &t.levels[i]; v != cleared || l.held {
			l.judge(v, o.At)
		}
	}
	if !judged {
		return
	}
	t.judged = o.At
	if t.idle() {
		return
	}
	e.figure = figure
	if t.alert != nil {
		t.keep(o, figure)
	}
	e.settle(t, o.At, "")
}

// figureOf is the number that the rule judges in a reading. It is not ok when there
// is none. What was measured before the connection was lost does not count.
func (e *Engine) figureOf(t *tracker, o *model.Observation) (figure float64, ok bool) {
	number := o.Value.Kind == model.Number
	switch t.rule.kind {
	case Above, Below, Outside, AtLeast:
		return o.Value.Num, number
	case FallsBy:
		if !number {
			return 0, false
		}
		return t.fall.add(o.At, o.Value.Num), true
	case Grows:
		if !number {
			return 0, false
		}
		return t.growth.add(o.At, o.Value.Num, t.window()), true
	case Rate:
		if !number {
			return 0, false
		}
		if t.slope.last() < e.lostAt {
			*t.slope = slope{}
		}
		return t.slope.add(o.At, o.Value.Num, t.window())
	case Stuck:
		if t.sameness.last < e.lostAt {
			*t.sameness = sameness{}
		}
		if number {
			t.sameness.add(o.At, o.Value.Num)
		}
		return o.Value.Num, number
	}
	return o.Value.Num, true
}

// judge evaluates one condition.
func (c *test) judge(t *tracker, o *model.Observation, figure float64) verdict {
	switch c.Kind {
	case Above, Below, Outside, AtLeast:
		return c.limit(figure)
	case Rate:
		return c.rate(figure)
	case FallsBy:
		return t.fall.verdict(c.Condition, o.At, figure)
	case Grows:
		return t.growth.verdict(c.Condition)
	case Equals, Not:
		return c.word(o)
	case Stuck:
		return t.sameness.verdict(o.At, int64(c.After))
	case NotANumber:
		return broken(o.Value)
	}
	return unjudged
}

// hear takes in that a device spoke, which may have been missing.
func (e *Engine) hear(d *device, at int64) {
	if d.heard {
		return
	}
	d.heard = true
	if !d.expected {
		return
	}
	for _, t := range e.missing {
		if t.names(d) {
			t.calm()
			t.base = 0
			e.settle(t, at, "")
		}
	}
}

// names says whether the tracker waits for the device.
func (t *tracker) names(d *device) bool {
	return strings.EqualFold(t.expected, d.name) || strings.EqualFold(t.expected, d.key.Device)
}

// presence takes in what is known now of a device's presence. A stored word is
// news when something else was known before.
func (e *Engine) presence(d *device, o *model.Observation) {
	was := d.presence
	d.presence = o.Presence
	if !o.Retained {
		e.hear(d, o.At)
	}
	if away := d.away(); away != isAway(was) {
		e.inhibit(d, away, o.At)
	}
	news := !o.Retained || was != model.Unknown && was != o.Presence
	for _, t := range d.trackers {
		for i, c := range t.rule.tests {
			switch {
			case c == nil:
			case c.Presence != o.Presence:
				t.levels[i].judge(cleared, o.At)
			case news || t.rule.Retained || t.levels[i].held:
				t.levels[i].judge(beyond, o.At)
			}
		}
		t.judged = o.At
		e.settle(t, o.At, "")
	}
}

// away says whether a device has said that it is not there.
func (d *device) away() bool { return isAway(d.presence) }

func isAway(p model.Presence) bool { return p == model.Offline || p == model.Asleep }
