package ui

import (
	"slices"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// alertLine is one line of the list: an active alert, or a transition.
type alertLine struct {
	alert alerts.Alert
	step  *alerts.Transition // nil for an active alert
	place int
}

// alertKey names a line: by the alert's id, or by the transition's number.
type alertKey struct{ alert, step uint64 }

func (l *alertLine) key() alertKey {
	if l.step != nil {
		return alertKey{step: l.step.Seq}
	}
	return alertKey{alert: l.alert.ID}
}

// alertQuery asks for the lines that fit on a screen, as [model.Query] does.
type alertQuery struct {
	filter            string
	version           uint64 // changes whenever filter does
	cursor            alertKey
	move, top, height int
	now               time.Time
}

// alertPage is what the screen shows: a copy.
type alertPage struct {
	lines  []alertLine
	counts alerts.Counts
	// active and history are how many lines there are of each, in this order.
	active, history int
	top, cursor     int // cursor is -1 when the list is empty
	key             alertKey
}

func (p *alertPage) total() int { return p.active + p.history }

// chosen is the line under the cursor, nil when there is none.
func (p *alertPage) chosen() *alertLine {
	for i := range p.lines {
		if p.lines[i].key() == p.key {
			return &p.lines[i]
		}
	}
	return nil
}

// alertView reads the list. It belongs to one goroutine at a time. Without a
// filter only the visible lines are read; with one, all are, and of long lists
// once a second at most. The history leaves out what never fired.
type alertView struct {
	source  Alerts
	newest  uint64   // the number of the last transition
	kept    int      // how many of them there still are
	steps   []uint64 // the numbers of those that are listed, the oldest first
	cursor  int      // its place at the last read
	version uint64
	found   []alertLine // what the filter matches, nil without one
	active  int         // of those found
	foundAt time.Time
}

// alertChunk is how many lines are read at once, so that no reader holds up the
// owner for long.
const alertChunk = 256

// manyAlerts is the number of lines from which on they are filtered once a second
// only.
const manyAlerts = 1000

func (v *alertView) read(q alertQuery) alertPage {
	p := v.size()
	v.search(q, p)
	if v.found != nil {
		p.active, p.history = v.active, len(v.found)-v.active
	}
	at := v.place(q.cursor, &p)
	if at < 0 {
		at = v.cursor // what was chosen is gone: stay about there
	}
	p.cursor = max(min(at+max(min(q.move, p.total()), -p.total()), p.total()-1), 0)
	v.cursor = p.cursor
	visible := max(q.height, 1)
	p.top = min(max(q.top, p.cursor-visible+1), p.cursor)
	p.top = max(min(p.top, p.total()-visible), 0)
	p.lines = v.window(p.top, visible+slack, &p)
	if p.total() == 0 {
		p.cursor = -1
	}
	for i := range p.lines {
		if p.lines[i].place == p.cursor {
			p.key = p.lines[i].key()
		}
	}
	return p
}

// size is a page without lines: how many there are.
func (v *alertView) size() alertPage {
	counts := v.source.Counts()
	_, v.kept = v.source.History(0, 0)
	for _, t := range v.source.Since(v.newest + 1) {
		v.newest = t.Seq
		if listed(&t) {
			v.steps = append(v.steps, t.Seq)
		}
	}
	gone, _ := slices.BinarySearch(v.steps, v.newest-uint64(v.kept)+1)
	v.steps = v.steps[gone:]
	return alertPage{counts: counts, active: counts.Active(), history: len(v.steps)}
}

// listed says whether a transition is part of the history that people read: alerts
// that were pending and passed are not.
func listed(t *alerts.Transition) bool {
	return t.From == t.To || t.To == alerts.Firing || t.To == alerts.Resolved
}

// slack is how many lines more are read than the cursor may move among: where
// headings do not stand, they are seen.
const slack = 4

// window reads n lines from a place on.
func (v *alertView) window(from, n int, p *alertPage) []alertLine {
	if v.found != nil {
		return v.found[min(from, len(v.found)):min(from+n, len(v.found))]
	}
	lines := make([]alertLine, 0, min(n, p.total()))
	if from < p.active {
		page := v.source.Read(from, min(n, p.active-from))
		for i, a := range page.Alerts {
			lines = append(lines, alertLine{alert: a, place: page.Offset + i})
		}
	}
	for place := max(from, p.active); place < min(from+n, p.total()); place++ {
		seq := v.steps[len(v.steps)-1-(place-p.active)]
		if t := v.step(seq); t != nil {
			lines = append(lines, alertLine{alert: t.Alert, step: t, place: place})
		}
	}
	return lines
}

// step reads a transition by its number, nil when it is gone.
func (v *alertView) step(seq uint64) *alerts.Transition {
	offset := v.newest - seq
	for range 3 { // more may have come since newest was read
		steps, _ := v.source.History(int(offset), 1)
		switch {
		case len(steps) == 0 || steps[0].Seq < seq:
			return nil
		case steps[0].Seq == seq:
			return &steps[0]
		}
		offset += steps[0].Seq - seq
	}
	return nil
}

// place finds a line. It is -1 when it is gone, and the first line for no key.
func (v *alertView) place(k alertKey, p *alertPage) int {
	if k == (alertKey{}) {
		return 0
	}
	switch {
	case v.found != nil:
		return find(v.found, k)
	case k.step == 0:
		return v.source.Place(k.alert)
	}
	i, found := slices.BinarySearch(v.steps, k.step)
	if !found {
		return -1
	}
	return p.active + len(v.steps) - 1 - i
}

func find(lines []alertLine, k alertKey) int {
	for i := range lines {
		if lines[i].key() == k {
			return lines[i].place
		}
	}
	return -1
}

// search finds what the filter matches among all that there is.
func (v *alertView) search(q alertQuery, all alertPage) {
	if q.filter == "" {
		v.found = nil
		return
	}
	if age := q.now.Sub(v.foundAt); v.found != nil && v.version == q.version && len(v.found) > manyAlerts && age >= 0 && age < time.Second {
		return
	}
	v.version, v.foundAt = q.version, q.now
	match := newAlertMatcher(q.filter)
	found := make([]alertLine, 0, 16)
	v.found, v.active = nil, 0
	for from := 0; from < all.total(); from += alertChunk {
		for _, l := range v.window(from, min(alertChunk, all.total()-from), &all) {
			if !match.matches(&l, q.now) {
				continue
			}
			if l.step == nil {
				v.active++
			}
			l.place = len(found)
			found = append(found, l)
		}
	}
	v.found = found
}

// alertMatcher is a filter made ready: all words must hold. A word is part of the
// rule, the device, the metric, the topic, the state or what is wrong; with + or #
// it may be a topic filter.
type alertMatcher []string

func newAlertMatcher(filter string) alertMatcher { return strings.Fields(strings.ToLower(filter)) }

func (m alertMatcher) matches(l *alertLine, now time.Time) bool {
	a := &l.alert
	text := strings.ToLower(strings.Join([]string{
		a.Rule, a.Series.Device, a.Series.Name, a.Series.Metric, a.Series.Topic, a.Severity.String(), lineWord(l, now), a.Summary,
	}, "\n"))
	topic := strings.ToLower(a.Series.Topic)
	for _, word := range m {
		byTopic := strings.ContainsAny(word, "+#") && model.MatchTopic(word, topic)
		if !byTopic && !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// lineWord says how an active alert stands, or what happened.
func lineWord(l *alertLine, now time.Time) string {
	if l.step == nil {
		return alertWord(&l.alert, now)
	}
	return stepWord(l.step)
}

// stepWord says what a transition was.
func stepWord(t *alerts.Transition) string {
	switch {
	case t.To == alerts.Resolved:
		return "resolved"
	case t.From != t.To:
		return t.Alert.Severity.String()
	case t.Alert.Severity < t.Was:
		return "eased"
	case t.Alert.Severity > t.Was:
		return "worsened"
	case t.Tell:
		return "told again" // a silence or a cooldown is over
	}
	if rest, ok := strings.CutPrefix(t.Reason, "no longer "); ok {
		return "un" + rest // the column is narrow
	}
	return t.Reason
}
