package alerts

import (
	"cmp"
	"slices"

	"labtop/model"
)

// As in read.go, any goroutine may call the methods in this file.

// Standing says how a metric or a device stands with the rules.
type Standing struct {
	// Severity is the worst of what fires, Clear when nothing does.
	Severity Severity
	// Pending says that something would fire if it went on.
	Pending bool
	// Quiet says that everything that fires is acknowledged or silenced.
	Quiet bool
	// Alert is the id of the most urgent alert, 0 for none.
	Alert uint64
}

// Standings returns how the metrics and devices that the keys name stand, in their
// order. A device, whose key has no topic, stands as the worst of its metrics and
// itself. It is made for the visible lines of a screen.
func (e *Engine) Standings(keys []model.Key) []Standing {
	standings := make([]Standing, len(keys))
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, k := range keys {
		if k.Topic == "" {
			standings[i] = e.deviceStanding(k.Device)
		} else if s := e.series[k]; s != nil {
			standings[i] = e.standing(s.all)
		}
	}
	return standings
}

// Standing returns how one metric or device stands; see Standings.
func (e *Engine) Standing(k model.Key) Standing { return e.Standings([]model.Key{k})[0] }

func (e *Engine) standing(trackers []*tracker) Standing {
	st := Standing{Quiet: true}
	worst := -1
	for _, t := range trackers {
		a := t.alert
		if a == nil {
			continue
		}
		if r := e.rank(t); r > worst {
			worst, st.Alert = r, a.id
		}
		if a.state == Pending {
			st.Pending = true
			continue
		}
		st.Severity = max(st.Severity, a.severity)
		st.Quiet = st.Quiet && e.quiet(t)
	}
	st.Quiet = st.Quiet && st.Severity != Clear
	return st
}

func (e *Engine) deviceStanding(id string) Standing {
	d := e.devices[id]
	if d == nil {
		return Standing{}
	}
	return e.standing(d.active)
}

// Threshold is a range of numbers that a rule takes for fine, for charts.
type Threshold struct {
	Rule     string
	Severity Severity
	// Low and High are its ends, infinite where it is open.
	Low, High float64
	// ClearLow and ClearHigh are the ends of the range in which an alert ends.
	ClearLow, ClearHigh float64
}

// Thresholds returns the limits that are set on a metric, the mildest first; none
// for one that no rule with limits watches.
func (e *Engine) Thresholds(k model.Key) []Threshold {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.series[k]
	if s == nil {
		return nil
	}
	var all []Threshold
	for _, t := range s.all {
		if t.rule.Unit != "" && t.rule.Unit != s.unit {
			continue
		}
		for i, c := range t.rule.tests {
			if c != nil && c.limited() {
				all = append(all, c.threshold(t.rule.Name, Severity(i+1)))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Threshold) int { return cmp.Compare(a.Severity, b.Severity) })
	return all
}

// limited says whether the condition has limits that can be drawn.
func (t *test) limited() bool { return t.Kind.limits() }

func (t *test) threshold(rule string, s Severity) Threshold {
	th := Threshold{
		Rule: rule, Severity: s,
		Low: t.low, High: t.high, ClearLow: t.clearLow, ClearHigh: t.clearHigh,
	}
	if t.Kind == AtLeast {
		th.High = t.Limit
	}
	return th
}
