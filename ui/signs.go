package ui

import (
	"time"

	"labtop/model"
)

// signs are the program's own marks, one cell each. Each state has its own, so
// that colours are not needed.
type signs struct {
	online, offline, stale, asleep, unknown string
	noReading, star, order                  string
	// Filled ones want somebody, hollow ones do not: pending, acknowledged or
	// silenced.
	warning, critical, quietWarning, quietCritical, resolved string
	up, down, both                                           string // where a list goes on
	note, gap                                                string // on a timeline
}

// signsFor returns the marks, or their twins for terminals that show only ASCII.
func signsFor(ascii bool) signs {
	if ascii {
		return signs{
			online: "o", offline: "x", stale: "!", asleep: "z", unknown: "-", noReading: "?", star: "*", order: "v",
			warning: "W", critical: "C", quietWarning: "w", quietCritical: "c", resolved: "=",
			up: "^", down: "v", both: "|", note: "N", gap: "%",
		}
	}
	return signs{
		online: "●", offline: "○", stale: "◌", asleep: "◐", unknown: "·", noReading: "×", star: "★", order: "▾",
		warning: "▲", critical: "◆", quietWarning: "△", quietCritical: "◇", resolved: "✓",
		up: "↑", down: "↓", both: "↕", note: "¶", gap: "░",
	}
}

// ReportSigns are the signs of reports that are printed line by line: of what was not
// looked at, of what is well, of a warning and of a failure.
func ReportSigns(ascii bool) (skipped, well, warning, failed string) {
	s := signsFor(ascii)
	return s.unknown, s.resolved, s.warning, s.critical
}

// ASCII is a text without what a plain terminal cannot show.
func ASCII(text string) string { return toASCII(text) }

func (a *App) signs() signs { return signsFor(a.opts.ASCII) }

// more is the sign of a list that goes on above or below what is shown.
func (s *signs) more(above, below bool) string {
	switch {
	case above && below:
		return s.both
	case above:
		return s.up
	case below:
		return s.down
	}
	return ""
}

// device is the sign of a device's state.
func (s *signs) device(d *model.Device) (string, Role) {
	switch {
	case d.Presence == model.Offline:
		return s.offline, RoleWarn
	case d.Presence == model.Asleep:
		return s.asleep, RoleDim
	case d.Stale:
		return s.stale, RoleWarn
	case d.Presence == model.Online && !d.Hearsay():
		return s.online, RoleAccent
	}
	return s.unknown, RoleDim
}

// saidAt is when what a metric shows was said: of a stored message by its own word, where
// it tells, else when it came.
func saidAt(m *model.Metric) time.Time {
	if !m.Written.IsZero() {
		return m.Written
	}
	return m.Time
}

// marks write how a message came: its QoS, R when it was a stored one, D when
// the broker may have sent it before.
func marks(qos byte, retained, dup bool) string {
	s := string('0' + rune(qos%10))
	if retained {
		s += "R"
	}
	if dup {
		s += "D"
	}
	return s
}
