package ui

import (
	"strconv"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/safetext"
)

// Alerts is what the dashboard needs of a lab's alerts; [alerts.Engine] has it. Any
// goroutine may call it; what it returns are copies.
type Alerts interface {
	// Read returns a window of the active alerts, the most urgent first, and Place
	// where in them an alert is, -1 for nowhere.
	Read(offset, count int) alerts.Page
	Place(id uint64) int
	Counts() alerts.Counts
	// History returns transitions, the newest first, and how many are kept; Since
	// those whose number is at least seq, the oldest first.
	History(offset, count int) (steps []alerts.Transition, kept int)
	Since(seq uint64) []alerts.Transition
	// Find returns an alert that is active or still known.
	Find(id uint64) (alerts.Alert, bool)
	// Standings says how metrics and devices stand, in the order of the keys.
	Standings(keys []model.Key) []alerts.Standing
	// Thresholds are the limits that rules set on a metric.
	Thresholds(k model.Key) []alerts.Threshold
	Rules() []alerts.Rule
	// Acknowledge, Silence and Unsilence say whether the alert is active still.
	Acknowledge(id uint64) bool
	Silence(id uint64, d time.Duration) bool
	Unsilence(id uint64) bool
	// Changed is as that of [model.Store].
	Changed() (<-chan struct{}, uint64)
}

// standing is how an alert stands, for people.
type standing uint8

const (
	firing standing = iota
	pending
	acknowledged
	silenced
	resolved
)

func standingOf(a *alerts.Alert, now time.Time) standing {
	switch {
	case a.State == alerts.Resolved || a.State == alerts.Inactive:
		return resolved
	case a.Silenced.After(now):
		return silenced
	case !a.Acknowledged.IsZero():
		return acknowledged
	case a.State == alerts.Pending:
		return pending
	}
	return firing
}

// alertWord says how an alert stands: firing ones by their severity.
func alertWord(a *alerts.Alert, now time.Time) string {
	switch standingOf(a, now) {
	case pending:
		return "pending"
	case acknowledged:
		return "acknowledged"
	case silenced:
		return "silenced"
	case resolved:
		return "resolved"
	}
	return a.Severity.String()
}

// alert is the sign of an alert and its role: filled and in the severity's colour
// when it wants somebody.
func (s *signs) alert(a *alerts.Alert, now time.Time) (string, Role) {
	filled, hollow, role := s.warning, s.quietWarning, RoleWarn
	if a.Severity == alerts.Critical {
		filled, hollow, role = s.critical, s.quietCritical, RoleCritical
	}
	switch standingOf(a, now) {
	case firing:
		return filled, role
	case pending:
		return hollow, role
	case resolved:
		return s.resolved, RoleAccent
	}
	return hollow, RoleDim
}

// standing is the sign of how a metric or a device stands with the rules, "" when
// all is well.
func (s *signs) standing(st *alerts.Standing) (string, Role) {
	critical := st.Severity == alerts.Critical
	switch {
	case st.Severity == alerts.Clear && !st.Pending:
		return "", RoleDim
	case st.Severity == alerts.Clear:
		return s.quietWarning, RoleWarn
	case critical && st.Quiet:
		return s.quietCritical, RoleDim
	case st.Quiet:
		return s.quietWarning, RoleDim
	case critical:
		return s.critical, RoleCritical
	}
	return s.warning, RoleWarn
}

// alertRole is the role of what an alert is about: its value and its words.
func alertRole(a *alerts.Alert, now time.Time) Role {
	switch {
	case standingOf(a, now) != firing:
		return RoleDim
	case a.Severity == alerts.Critical:
		return RoleCritical
	}
	return RoleWarn
}

// forever is how far away an end must be to be none.
const forever = 50 * 365 * 24 * time.Hour

// silencedUntil says until when an alert is silenced.
func silencedUntil(a *alerts.Alert, now time.Time) string {
	if a.Silenced.Sub(now) > forever {
		return "until resolved"
	}
	return "until " + clock(a.Silenced, now)
}

// alertKey names the metric that an alert is about.
func seriesKey(s *alerts.Series) model.Key {
	return model.Key{Device: s.Device, Topic: s.Topic, Path: s.Path}
}

// seriesTitle names what an alert is about.
func seriesTitle(s *alerts.Series) string {
	name := s.Name
	if name == "" {
		name = s.Device
	}
	return strings.TrimSuffix(title(name)+" "+seriesMetric(s), " ")
}

// seriesMetric is the metric's name in safe text, as label is.
func seriesMetric(s *alerts.Series) string {
	if s.Path != "" {
		return safetext.Clean(s.Metric)
	}
	return safetext.Name(s.Metric)
}

// alertValue writes a value with the decimals of the text that it came in, without
// a unit: "" when there is none.
func alertValue(v model.Value, text string, num float64) string {
	switch v.Kind {
	case model.Number:
		return number(num, textDecimals(text))
	case model.NoValue:
		return ""
	}
	return text
}

// textDecimals is how many decimals the first number of a text has, 0 to 3.
func textDecimals(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	n := 0
	for n < len(fraction) && n < 3 && fraction[n] >= '0' && fraction[n] <= '9' {
		n++
	}
	return n
}

// kindOf is what a rule looks at.
func kindOf(r *alerts.Rule) alerts.Kind {
	for _, c := range [...]*alerts.Condition{r.Critical, r.Warning} {
		if c != nil {
			return c.Kind
		}
	}
	return 0
}

// limits says whether a rule of a kind holds a number to limits: then its value is
// what is wrong, and it has a peak.
func limits(k alerts.Kind) bool {
	return k == alerts.Above || k == alerts.Below || k == alerts.Outside || k == alerts.AtLeast || k == alerts.Rate
}

// alertFigures are the header's counts of the alerts that want somebody; the worse
// first.
func (a *App) alertFigures() (critical, warning string) {
	s, c := a.signs(), &a.alarm.counts
	if n := c.Critical - c.QuietCritical; n > 0 {
		critical = s.critical + strconv.Itoa(n)
	}
	if n := c.Warning - c.QuietWarning; n > 0 {
		warning = s.warning + strconv.Itoa(n)
	}
	return critical, warning
}
