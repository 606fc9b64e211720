package alerts

import (
	"math"
	"time"

	"labtop/health"
	"labtop/model"
)

// Rule says what is watched and what is wrong with it. Which series it matches is
// the conjunction of Metric, Topic, Device and Path; an empty one matches all.
type Rule struct {
	// Name is unique among the rules.
	Name string
	// Metric, Device and Path are globs in which "*" stands for any text and "?"
	// for one character, letter case ignored. Metric is the metric's name, Device
	// the device's name or id, Path the place in a JSON payload.
	Metric, Device, Path string
	// Topic is an MQTT topic filter. The broker's own topics match no rule whose
	// filter does not begin with "$".
	Topic string
	// Broker is one of model.Figures: what the broker says of itself, whatever its
	// topics are called, or its certificates. A rule with it has none of the four above.
	Broker string
	// Unit, when not empty, leaves out readings in another unit.
	Unit string
	// Warning and Critical are what is wrong; one of them may be nil. Both have the
	// same kind.
	Warning, Critical *Condition
	// Cooldown is for how long after people were told of the rule on a series they
	// are not told again, unless it gets worse.
	Cooldown time.Duration
	// Expect names devices that must speak, by name or id: silence rules fire for
	// them though they were never heard.
	Expect []string
	// Retained says that a stored value counts like a live one.
	Retained bool
	// EvenOffline says that silence counts for devices that are offline or asleep
	// too.
	EvenOffline bool
	Help        string
	Notify      []string
}

// Kind is what a condition looks at.
type Kind uint8

// The kinds of condition.
const (
	// Above, Below and Outside compare numbers with limits.
	Above Kind = iota + 1
	Below
	Outside
	// AtLeast is Above that begins at its limit.
	AtLeast
	// Equals and Not compare texts, booleans and numbers.
	Equals
	Not
	// Rate compares the change of a number, per minute.
	Rate
	// FallsBy: a number is lower than it was before, as one that counts anew.
	FallsBy
	// Grows: a number grows and grows.
	Grows
	// NoData: nothing was heard for a while.
	NoData
	// Presence: the device says that it is offline (or another word).
	Presence
	// Stuck: the same number again and again.
	Stuck
	// NotANumber: the sender says that it has no reading.
	NotANumber
)

// kindWords are the words of the config.
var kindWords = [...]string{
	Above: "above", Below: "below", Outside: "outside", AtLeast: "at_least", Equals: "equals", Not: "not", Rate: "rate_above", FallsBy: "falls_by", Grows: "grows",
	NoData: "no_data", Presence: "presence", Stuck: "stuck", NotANumber: "not_a_number",
}

// String returns the word of the config.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindWords) {
		return "nothing"
	}
	return kindWords[k]
}

// limits says whether it holds a number to limits that stay.
func (k Kind) limits() bool { return Above <= k && k <= AtLeast }

// Direction says which changes a rate counts.
type Direction uint8

// The directions.
const (
	Any Direction = iota
	Rising
	Falling
)

// String returns the word of the config.
func (d Direction) String() string { return [...]string{"any", "rising", "falling"}[d] }

// Condition is what is wrong, at one of the two severities.
type Condition struct {
	Kind Kind
	// Limit is what Above, AtLeast, Below and Rate compare with, the rate's per minute,
	// and the lower end of Outside, whose upper end is Upper. FallsBy and Grows compare
	// the change with it, Grows in per cent.
	Limit, Upper float64
	// Clear is the hysteresis: where a reading must be back for the condition to
	// end, and UpperClear the same for Outside's upper end. They count when
	// HasClear is set; without it they are the limits themselves.
	Clear, UpperClear float64
	HasClear          bool
	// Text is what Equals and Not compare with.
	Text string
	// Presence is the word of a presence rule.
	Presence model.Presence
	// After is the silence of NoData, where 0 means three times the interval that
	// the series was learned to have, and the time of Stuck.
	After time.Duration
	// Direction is of Rate. Window is that of Rate, 0 meaning one minute, and of Grows,
	// 0 meaning one hour: the time over which they measure. For so long FallsBy holds
	// after a fall; 0 means until the next reading.
	Direction Direction
	Window    time.Duration
	// For is how long the condition must hold before the alert fires.
	For time.Duration
}

// ends are the ends of the range that is fine, infinite where it is open.
func (c *Condition) ends() (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	switch c.Kind {
	case Above:
		high = c.Limit
	case AtLeast:
		high = math.Nextafter(c.Limit, math.Inf(-1))
	case Below:
		low = c.Limit
	case Outside:
		low, high = c.Limit, c.Upper
	}
	return low, high
}

// clears are the ends of the range in which the condition ends.
func (c *Condition) clears() (low, high float64) {
	if !c.HasClear {
		return c.ends()
	}
	low, high = math.Inf(-1), math.Inf(1)
	switch c.Kind {
	case Above, AtLeast:
		high = c.Clear
	case Below:
		low = c.Clear
	case Outside:
		low, high = c.Clear, c.UpperClear
	}
	return low, high
}

// levels are the rule's conditions by severity, the mildest first.
func (r *Rule) levels() [2]*Condition { return [2]*Condition{r.Warning, r.Critical} }

// kind is the kind of the rule's conditions.
func (r *Rule) kind() Kind {
	for _, c := range r.levels() {
		if c != nil {
			return c.Kind
		}
	}
	return 0
}

// ofDevice says whether the rule is about devices and not about their metrics.
func (r *Rule) ofDevice() bool { return r.kind() == Presence }

// Defaults are the rules for when none are given: those of the course's lab and of its
// broker.
// Limits, silence and missing readings are watched on the course's topics only:
// 5 °C is wrong in a classroom and right in a refrigerator, and a stranger's
// sensor may speak when it likes. A device that says that it went offline says
// the same everywhere.
func Defaults() []Rule {
	const course = "iotclass/#"
	hold := 10 * time.Second
	outside := func(low, high, margin float64) *Condition {
		return &Condition{
			Kind: Outside, Limit: low, Upper: high, For: hold,
			HasClear: true, Clear: low + margin, UpperClear: high - margin,
		}
	}
	return []Rule{
		{
			Name: "temperature", Metric: "temperature", Topic: course, Unit: "°C",
			Warning: outside(15, 30, 0.5), Critical: outside(5, 40, 0.5),
			Help: "Look whether the sensor lies in the sun, near a window, or on something warm.",
		},
		{
			Name: "humidity", Metric: "humidity", Topic: course, Unit: "%",
			Warning: outside(30, 60, 2), Critical: outside(20, 80, 2),
			Help: "Open a window, or keep the sensor away from breath and steam.",
		},
		{
			Name: "offline", Critical: &Condition{Kind: Presence, Presence: model.Offline},
			Help: "Check the board's power and its Wi-Fi.",
		},
		{
			Name: "silent", Metric: "*", Topic: course, Warning: &Condition{Kind: NoData},
			Help: "The board may hang, or have lost its network: look at its serial console.",
		},
		{
			Name: "no-reading", Metric: "*", Topic: course, Warning: &Condition{Kind: NotANumber, For: hold},
			Help: "Check the wiring of the sensor: the board runs, but cannot read it.",
		},
		{
			Name: "broker-clients", Broker: "clients_percent", Retained: true,
			Warning:  &Condition{Kind: AtLeast, Limit: health.WarningPercent, HasClear: true, Clear: health.WarningPercent - 5},
			Critical: &Condition{Kind: AtLeast, Limit: health.CriticalPercent, HasClear: true, Clear: health.CriticalPercent - 5},
			Help:     "At the limit the broker turns clients away: raise it, or find out who connects more than once.",
		},
		{
			Name: "broker-retained", Broker: "retained", Warning: &Condition{Kind: Grows, Limit: 20, Window: time.Hour},
			Help: "Look for topics that are new each time, such as ones with a time in them: stored messages stay until they are cleared.",
		},
		{
			Name: "broker-dropped", Broker: "dropped", Cooldown: 10 * time.Minute,
			Warning: &Condition{Kind: Rate, Limit: 0, Direction: Rising, Window: time.Minute},
			Help:    "A client is slower than its queue at the broker is long, or is away with its session kept.",
		},
		{
			Name: "broker-restarted", Broker: "uptime", Retained: true,
			Warning: &Condition{Kind: FallsBy, Limit: 5, Window: 10 * time.Minute},
			Help:    "Look into the broker's log for the reason. What was not stored, and the sessions, may be lost.",
		},
		{
			Name: "certificate", Broker: "certificate_days",
			Warning: &Condition{Kind: Below, Limit: 14}, Critical: &Condition{Kind: Below, Limit: 3},
			Help: "Renew it in time: nobody connects with one that has expired. labtop reads the files again at each attempt to connect.",
		},
	}
}
