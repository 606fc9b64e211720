package notify

import (
	"cmp"
	"slices"
	"time"

	"labtop/alerts"
)

const (
	// maxWaiting is how many series may wait in one channel's queue, maxTold of
	// how many a channel remembers that it told.
	maxWaiting = 1000
	maxTold    = 10_000
	// gather is how long the first of several waits for the others.
	gather = 500 * time.Millisecond
	// window is the time in which a channel sends at most so many messages.
	window = time.Minute
)

// inbox is what waits for people, and what they have been told. It reads no clock
// and is not safe for concurrent use.
type inbox struct {
	every     time.Duration // between two messages about one rule
	perWindow int

	waiting map[key]*waiting
	order   []key // of waiting, the oldest first
	// lost are events that found the queue full since the last message.
	lost tally
	// told is what people believe: alerts that fire.
	told map[key]belief
	// rules has the times when a rule was last told of, as long as they matter.
	rules map[string]time.Time
	// sent are the times of the last messages, perWindow of them at most.
	sent []time.Time
}

// waiting is a series that something is to be told of.
type waiting struct {
	since time.Time
	last  event
	fired int // how often it fired while it waited
}

type belief struct {
	id       uint64
	severity alerts.Severity
}

func newInbox(every time.Duration, perMinute int) *inbox {
	return &inbox{
		every: every, perWindow: perMinute,
		waiting: map[key]*waiting{}, told: map[key]belief{}, rules: map[string]time.Time{},
	}
}

// outcome is what became of an event in the inbox.
type outcome uint8

const (
	queued  outcome = iota // it waits
	grouped                // it joined what waits already
	ignored                // it is nothing to tell
	dropped                // the queue is full
)

// add queues an event. Events of a series that waits already join it.
func (b *inbox) add(e event, now time.Time) outcome {
	if w := b.waiting[e.key]; w != nil {
		w.last = e
		if e.firing {
			w.fired++
		}
		return grouped
	}
	if _, told := b.told[e.key]; !e.firing && !told {
		return ignored
	}
	if len(b.waiting) >= maxWaiting {
		b.lost.add(e.alert.Severity)
		return dropped
	}
	w := &waiting{since: now, last: e}
	if e.firing {
		w.fired = 1
	}
	b.waiting[e.key] = w
	b.order = append(b.order, e.key)
	return queued
}

// forget removes a series that is over without people being told: it was silenced.
func (b *inbox) forget(k key) {
	delete(b.told, k)
	if b.waiting[k] == nil {
		return
	}
	delete(b.waiting, k)
	b.order = slices.DeleteFunc(b.order, func(o key) bool { return o == k })
}

// due says when the next message may be sent; false when nothing waits.
func (b *inbox) due() (time.Time, bool) {
	if len(b.order) == 0 {
		return time.Time{}, false
	}
	var first time.Time
	for i, k := range b.order {
		at := b.waiting[k].since.Add(gather)
		if told, ok := b.rules[k.rule]; ok {
			at = later(at, told.Add(b.every))
		}
		if i == 0 || at.Before(first) {
			first = at
		}
	}
	if len(b.sent) >= b.perWindow {
		first = later(first, b.sent[0].Add(window))
	}
	return first, true
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// take makes a message of all that may be told now, and counts it as told; all
// says not to wait for anything. It returns nil when there is nothing to say.
func (b *inbox) take(now time.Time, all bool) *Message {
	var lines []line
	var rest []key
	for _, k := range b.order {
		if told, ok := b.rules[k.rule]; ok && !all && now.Before(told.Add(b.every)) {
			rest = append(rest, k)
			continue
		}
		w := b.waiting[k]
		delete(b.waiting, k)
		if l, ok := b.news(w); ok {
			lines = append(lines, l)
		}
	}
	b.order = rest
	if len(lines) == 0 {
		return nil
	}
	b.note(lines, now)
	m := newMessage(now, lines, b.lost)
	b.lost = tally{}
	return m
}

// news says what there is to tell of a series, if anything, and changes what people
// believe accordingly.
func (b *inbox) news(w *waiting) (line, bool) {
	e := &w.last
	before, told := b.told[e.key]
	l := line{key: e.key, alert: e.alert, fired: w.fired}
	switch {
	case e.firing && told && before == belief{e.alert.ID, e.alert.Severity}:
		return line{}, false // it rose and fell again meanwhile
	case e.firing:
		l.kind = fires
		if told || len(b.told) < maxTold {
			b.told[e.key] = belief{e.alert.ID, e.alert.Severity}
		}
	case told:
		l.kind = over
		delete(b.told, e.key)
	case w.fired > 0:
		l.kind = passed
	default:
		return line{}, false
	}
	return l, true
}

// note remembers that a message is sent now.
func (b *inbox) note(lines []line, now time.Time) {
	for rule, at := range b.rules {
		if !now.Before(at.Add(b.every)) {
			delete(b.rules, rule)
		}
	}
	for i := range lines {
		b.rules[lines[i].key.rule] = now
	}
	if len(b.sent) >= b.perWindow {
		b.sent = slices.Delete(b.sent, 0, 1)
	}
	b.sent = append(b.sent, now)
}

// untold takes back that people know of the alerts of a message: it was not sent.
func (b *inbox) untold(m *Message) {
	for i := range m.lines {
		l := &m.lines[i]
		if l.kind == fires && b.told[l.key].id == l.alert.ID {
			delete(b.told, l.key)
		}
	}
}

// lineKind is what a line says.
type lineKind uint8

// The kinds, the most urgent first.
const (
	fires  lineKind = iota
	passed          // it fired and is over, and nobody was told before
	over
)

// line is what a message says of one series.
type line struct {
	key   key
	kind  lineKind
	alert alerts.Alert
	fired int
}

// byUrgency sorts lines: what fires first, the worst of it first.
func byUrgency(a, b line) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(b.alert.Severity, a.alert.Severity))
}
