package alerts

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"labtop/model"
)

// RuleError is what is wrong with a rule. Key says where, as the config has it:
// "name", "warning.clear"; empty for the rule as a whole.
type RuleError struct {
	Key     string
	Problem string
}

func (e *RuleError) Error() string { return strings.TrimPrefix(e.Key+": "+e.Problem, ": ") }

func wrong(key, format string, args ...any) error {
	return &RuleError{key, fmt.Sprintf(format, args...)}
}

// longest is the longest time that a rule may name.
const longest = 366 * 24 * time.Hour

// Validate says what is wrong with the rule, as a *RuleError, or returns nil.
func (r *Rule) Validate() error {
	if r.Name == "" {
		return wrong("", "the rule has no name; give it one")
	}
	if r.Warning == nil && r.Critical == nil {
		return wrong("", "nothing is wrong yet; say above, below, outside, at_least, equals, not, rate_above, falls_by, grows, no_data, presence, stuck or not_a_number")
	}
	for i, c := range r.levels() {
		if c == nil {
			continue
		}
		if err := c.validate(Severity(i + 1).String()); err != nil {
			return err
		}
	}
	if err := r.validateMatch(); err != nil {
		return err
	}
	if r.Cooldown < 0 || r.Cooldown > longest {
		return wrong("cooldown", "%s is out of range; write a duration up to %s", r.Cooldown, longest)
	}
	return r.validateLevels()
}

func (r *Rule) validateMatch() error {
	switch {
	case r.Broker != "" && (r.Metric != "" || r.Path != "" || r.Topic != "" || r.Device != ""):
		return wrong("broker", "it is what the broker says of itself; remove metric, topic, device and path")
	case r.Broker != "" && r.ofDevice():
		return wrong("broker", "presence is of a device; say which with device")
	case r.Broker != "" && !slices.Contains(model.Figures(), r.Broker):
		return wrong("broker", "%q is no figure of a broker; there are %s", r.Broker, strings.Join(model.Figures(), ", "))
	case r.ofDevice() && (r.Metric != "" || r.Path != "" || r.Topic != ""):
		return wrong("", "presence is of a device; say which with device, and remove metric, topic and path")
	case !r.ofDevice() && r.Metric == "" && r.Path == "" && r.Topic == "" && r.Device == "" && r.Broker == "":
		return wrong("", `nothing says what is watched; add metric, topic, device, path or broker, or metric: "*" for all`)
	case r.Topic != "" && !validFilter(r.Topic):
		return wrong("topic", "%q is no topic filter; + stands for a whole level, # for all levels at the end", r.Topic)
	case len(r.Expect) > 0 && r.kind() != NoData:
		return wrong("expect", "only a rule with no_data expects devices")
	case r.EvenOffline && r.kind() != NoData:
		return wrong("even_offline", "only a rule with no_data has it")
	}
	if len(r.Expect) > 0 {
		for _, c := range r.levels() {
			if c != nil && c.After == 0 {
				return wrong("expect", "nothing is known of the interval of a device that never spoke; give no_data a duration")
			}
		}
	}
	return nil
}

// validateLevels refuses a warning that is not milder than the critical one.
func (r *Rule) validateLevels() error {
	w, c := r.Warning, r.Critical
	if w == nil || c == nil {
		return nil
	}
	if w.Kind != c.Kind {
		return wrong("critical", "it says %s where warning says %s; use the same for both, or make two rules", c.Kind, w.Kind)
	}
	milder := true
	switch w.Kind {
	case Above, AtLeast, Rate, FallsBy, Grows:
		milder = w.Limit <= c.Limit
	case Below:
		milder = w.Limit >= c.Limit
	case Outside:
		milder = w.Limit >= c.Limit && w.Upper <= c.Upper
	case NoData, Stuck:
		milder = w.After <= c.After || c.After == 0
	}
	if !milder {
		return wrong("critical", "it comes before the warning does; exchange them")
	}
	return nil
}

// validate checks one condition; key is where it stands.
func (c *Condition) validate(key string) error {
	for _, v := range []float64{c.Limit, c.Upper, c.Clear, c.UpperClear} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return wrong(key+"."+c.Kind.String(), "a limit is a finite number")
		}
	}
	if c.For < 0 || c.For > longest {
		return wrong(key+".for", "%s is out of range; write a duration up to %s", c.For, longest)
	}
	if c.Window < 0 || c.Window > 24*time.Hour {
		return wrong(key+".window", "%s is out of range; write a duration up to 24h", c.Window)
	}
	if c.Kind == Grows && c.Window != 0 && c.Window < time.Minute {
		return wrong(key+".window", "%s is too short to see that something grows; write a minute or more", c.Window)
	}
	switch c.Kind {
	case Above, Below, Outside, AtLeast, Rate:
		return c.validateLimits(key)
	case FallsBy, Grows:
		if c.Limit < 0 {
			return wrong(key+"."+c.Kind.String(), "%s is negative; write 0 or more", number(c.Limit))
		}
	case Equals, Not:
		if c.Text == "" {
			return wrong(key+"."+c.Kind.String(), "the text is empty; give one")
		}
	case NoData:
		if c.After < 0 || c.After > longest {
			return wrong(key+".no_data", "%s is out of range; write a duration up to %s", c.After, longest)
		}
	case Stuck:
		if c.After <= 0 || c.After > longest {
			return wrong(key+".stuck", "%s is out of range; write a duration up to %s", c.After, longest)
		}
	case Presence, NotANumber:
	default:
		return wrong(key, "it says nothing that could be wrong")
	}
	if c.HasClear {
		return wrong(key+".clear", "%s has no clear level; remove it", c.Kind)
	}
	return nil
}

// validateLimits refuses limits that contradict each other.
func (c *Condition) validateLimits(key string) error {
	at := key + ".clear"
	switch {
	case c.Kind == Outside && c.Limit > c.Upper:
		return wrong(key+".outside", "the range begins at %s, above its end %s; exchange them", number(c.Limit), number(c.Upper))
	case c.Kind == Rate && c.Limit < 0:
		return wrong(key+".rate_above", "%s is negative; write a positive number, and direction: falling for falls", number(c.Limit))
	case !c.HasClear:
	case c.Kind == Outside && c.Clear > c.UpperClear:
		return wrong(at, "the range begins at %s, above its end %s; exchange them", number(c.Clear), number(c.UpperClear))
	case c.Kind == Outside && (c.Clear < c.Limit || c.UpperClear > c.Upper):
		return wrong(at, "it is wider than the limits, so that an alert would end while it begins; keep it within %s to %s", number(c.Limit), number(c.Upper))
	case c.Kind == AtLeast && c.Clear >= c.Limit:
		return wrong(at, "%s is not below the limit %s, so that an alert would end while it begins; write less", number(c.Clear), number(c.Limit))
	case (c.Kind == Above || c.Kind == Rate) && c.Clear > c.Limit:
		return wrong(at, "%s is above the limit %s, so that an alert would end while it begins; write %s or less", number(c.Clear), number(c.Limit), number(c.Limit))
	case c.Kind == Below && c.Clear < c.Limit:
		return wrong(at, "%s is below the limit %s, so that an alert would end while it begins; write %s or more", number(c.Clear), number(c.Limit), number(c.Limit))
	}
	return nil
}

// validFilter says whether a text is an MQTT topic filter (MQTT 3.1.1 section
// 4.7.1).
func validFilter(filter string) bool {
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		switch {
		case level == "#":
			if i < len(levels)-1 {
				return false
			}
		case level == "+":
		case strings.ContainsAny(level, "+#\x00"):
			return false
		}
	}
	return filter != "" && len(filter) <= 65535
}
