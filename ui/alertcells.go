package ui

import (
	"time"

	"labtop/alerts"
	"labtop/model"
)

// alertCells are what a row says.
type alertCells struct {
	sign             string
	signRole, role   Role // of the sign, and of the state and the value
	word, since, age string
	value, unit, why string
}

func (s *alertScreen) activeCells(line *alertLine) alertCells {
	a, now, signs := &line.alert, s.status.Now, s.app.signs()
	c := alertCells{
		word: alertWord(a, now), role: alertRole(a, now), since: clock(a.Since, now), age: heldFor(a, now),
		value: s.number(a, a.Value.Num), unit: a.Series.Unit, why: a.Summary,
	}
	c.sign, c.signRole = signs.alert(a, now)
	if standingOf(a, now) == silenced {
		c.why = silencedUntil(a, now) + ": " + a.Summary
	}
	return c
}

// stepCells tell of a transition: how long the alert had lasted, and the peak.
func (s *alertScreen) stepCells(t *alerts.Transition) alertCells {
	a, now, signs := &t.Alert, s.status.Now, s.app.signs()
	c := alertCells{
		word: stepWord(t), role: RoleText, since: clock(t.Time, now), age: heldFor(a, t.Time),
		value: s.peak(a), unit: a.Series.Unit, why: a.Summary,
	}
	if s.rules[a.Rule] == alerts.Rate {
		c.unit += "/min"
	}
	shown := *a
	if t.From == t.To && t.Was == a.Severity {
		c.role = RoleDim // it stands as it did
	} else {
		shown.Acknowledged, shown.Silenced = time.Time{}, time.Time{}
	}
	c.sign, c.signRole = signs.alert(&shown, t.Time)
	return c
}

// heldFor is for how long the condition of an alert had held at a time.
func heldFor(a *alerts.Alert, at time.Time) string { return age(a.Duration(at).Round(time.Second)) }

// peak is how far an alert went, "" when its rule has no limits.
func (s *alertScreen) peak(a *alerts.Alert) string {
	if a.Value.Kind != model.Number || !limits(s.rules[a.Rule]) {
		return ""
	}
	return s.number(a, a.Peak)
}

// number writes a value of an alert with the decimals that are declared for its
// metric, or those that it came with.
func (s *alertScreen) number(a *alerts.Alert, v float64) string {
	if n, ok := s.app.opts.Decimals[a.Series.Metric]; ok && a.Value.Kind == model.Number {
		return number(v, n)
	}
	return alertValue(a.Value, a.Text, v)
}
