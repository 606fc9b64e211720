package alerts

import (
	"time"

	"labtop/model"
)

// Severity is how bad an alert is. The order counts: a greater one is worse.
type Severity uint8

// The severities.
const (
	// Clear: nothing is wrong.
	Clear Severity = iota
	Warning
	Critical
)

// String returns the severity's word as the JSON formats and the config use it.
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Critical:
		return "critical"
	}
	return "clear"
}

// State is where an alert stands.
type State uint8

// The states of an alert.
const (
	// Inactive: the condition does not hold.
	Inactive State = iota
	// Pending: the condition holds, for less time than the rule's `for`.
	Pending
	// Firing: the condition has held for long enough.
	Firing
	// Resolved: the alert fired and is over.
	Resolved
)

// String returns the state's word as the JSON formats use it.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Firing:
		return "firing"
	case Resolved:
		return "resolved"
	}
	return "inactive"
}

// Series names what an alert is about: a metric of a device, or the device
// itself, whose Metric, Topic and Path are empty then. The texts are as they
// were received; they are made safe where they are shown.
type Series struct {
	// Device is the device's id, Name its short name.
	Device, Name string
	// Metric is the metric's name, Topic and Path where its readings come from.
	Metric, Topic, Path string
	Unit                string
}

// Alert is a copy of one alert at one moment: a rule on a series, from the time
// when its condition began to hold until it was resolved. Escalation to critical
// and back is one alert.
type Alert struct {
	// ID is the alert's own, unique since the start and never 0.
	ID uint64
	// Rule is the rule's name, Help what it says to do; may be empty.
	Rule, Help string
	Series     Series
	State      State
	// Severity is the present one; of a resolved alert, the last one.
	Severity Severity
	// Since is when the condition began to hold, Fired when the alert began to
	// fire, zero while it is pending, and Ended when it was resolved, zero before.
	Since, Fired, Ended time.Time
	// Value is the last reading that the rule looked at, NoValue for rules about
	// silence and presence; Text is what was received then. Peak is the reading
	// farthest beyond the threshold since Since; it has a meaning when Value is a
	// number.
	Value model.Value
	Text  string
	Peak  float64
	// Limits are the limits of the present severity; their Rule is empty when the
	// rule has none.
	Limits Threshold
	// Summary says in one line what is wrong, with the threshold: "above 30 °C for
	// 10 s".
	Summary string
	// Acknowledged is when somebody acknowledged the alert, zero when nobody has.
	Acknowledged time.Time
	// Silenced is until when the alert tells nobody; zero when it is not silenced,
	// and the far future for "until it is resolved".
	Silenced time.Time
	// Notify names the channels that the rule asks for.
	Notify []string
}

// Duration is how long the condition has held at a time, or did hold when the alert
// is over.
func (a *Alert) Duration(now time.Time) time.Duration {
	if !a.Ended.IsZero() {
		now = a.Ended
	}
	return max(now.Sub(a.Since), 0)
}

// Transition is one step of an alert, as the log keeps it and notifiers get it.
type Transition struct {
	// Seq counts the transitions since the start, from 1.
	Seq  uint64
	Time time.Time
	// From and To are the states before and after. They are equal for an
	// escalation, whose Was differs from Alert.Severity then.
	From, To State
	Was      Severity
	// Alert is the alert after the step.
	Alert Alert
	// Reason says why, when it was neither a reading nor the time: what somebody
	// did, or "the device is offline". Empty else.
	Reason string
	// Tell says that people should hear of it: not for pending ones, and not
	// while the alert is silenced or in its rule's cooldown.
	Tell bool
}
