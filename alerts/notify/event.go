package notify

import (
	"strings"
	"time"
	"unicode/utf8"

	"labtop/alerts"
)

// The bounds of texts in an event, in bytes. What is longer is cut: a queue of
// events must not hold on to payloads of a MiB.
const (
	maxName = 256
	maxText = 1024
)

// key is what an alert is about: a rule on a series. Alerts that follow each other
// on it are one thing to people.
type key struct {
	rule, device, metric, topic, path string
}

func keyOf(a *alerts.Alert) key {
	return key{a.Rule, a.Series.Device, a.Series.Metric, a.Series.Topic, a.Series.Path}
}

// event is a transition that concerns a channel: an alert fires, or it is over.
type event struct {
	key    key
	firing bool
	alert  alerts.Alert
}

// newEvent makes an event of a transition; ok is false when it is none that a
// channel could tell.
func newEvent(t *alerts.Transition) (e event, ok bool) {
	if t.To != alerts.Firing && t.To != alerts.Resolved {
		return event{}, false
	}
	a := t.Alert
	k := keyOf(&a) // before anything is cut
	a.Rule, a.Help = clip(a.Rule, maxName), clip(a.Help, maxText)
	a.Summary, a.Text = clip(a.Summary, maxText), clip(a.Text, maxName)
	s := &a.Series
	s.Device, s.Name, s.Metric = clip(s.Device, maxName), clip(s.Name, maxName), clip(s.Metric, maxName)
	s.Topic, s.Path, s.Unit = clip(s.Topic, maxText), clip(s.Path, maxName), clip(s.Unit, maxName)
	a.Notify = nil
	if a.State == alerts.Resolved && a.Ended.IsZero() {
		a.Ended = t.Time
	}
	if a.Fired.IsZero() {
		a.Fired = t.Time
	}
	return event{key: k, firing: t.To == alerts.Firing, alert: a}, true
}

// clip returns s, or the start of it as a text of its own.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.Clone(s[:most])
}

// tally counts alerts by how bad they are.
type tally struct{ critical, warning int }

func (t *tally) add(s alerts.Severity) {
	if s == alerts.Critical {
		t.critical++
		return
	}
	t.warning++
}

func (t tally) sum() int { return t.critical + t.warning }

// stamp is a time for JSON; nil for none.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
