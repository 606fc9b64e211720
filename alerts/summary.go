package alerts

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// summary says in one line what is wrong: the condition of the alert's severity.
func (e *Engine) summary(t *tracker) string {
	c := t.test()
	unit := ""
	if t.series != nil {
		unit = t.series.unit
	}
	if t.expected != "" {
		return "not heard for " + Span(c.After)
	}
	if c.Kind == NoData && c.After == 0 {
		return c.holding("no data for " + Span(time.Duration(t.alert.patience).Round(100*time.Millisecond)))
	}
	if c.summary == "" || c.unit != unit {
		c.summary, c.unit = c.holding(c.describe(unit)), unit
	}
	return c.summary
}

// holding adds to a text for how long it must be so.
func (t *test) holding(text string) string {
	if t.For > 0 {
		text += " for " + Span(t.For)
	}
	return text
}

// test is the condition of the alert's severity.
func (t *tracker) test() *test {
	if c := t.rule.tests[t.alert.severity-1]; c != nil {
		return c
	}
	return t.rule.tests[0]
}

// describe says in words what the condition is, without its `for`: "above 30 °C".
func (c *Condition) describe(unit string) string {
	switch c.Kind {
	case Above:
		return "above " + quantity(c.Limit, unit)
	case AtLeast:
		return "at least " + quantity(c.Limit, unit)
	case Below:
		return "below " + quantity(c.Limit, unit)
	case Outside:
		return "outside " + number(c.Limit) + " to " + quantity(c.Upper, unit)
	case Equals:
		return "is " + c.Text
	case Not:
		return "is not " + c.Text
	case Rate:
		verb := [...]string{Any: "changes", Rising: "rises", Falling: "falls"}[c.Direction]
		return fmt.Sprintf("%s by more than %s a minute", verb, quantity(c.Limit, unit))
	case FallsBy:
		if c.Limit == 0 {
			return "gone back"
		}
		return "gone back by over " + quantity(c.Limit, unit)
	case Grows:
		return fmt.Sprintf("grows by over %s %% in %s", number(c.Limit), Span(cmp.Or(c.Window, usualWindow(Grows))))
	case NoData:
		if c.After == 0 {
			return "no data for three times its interval"
		}
		return "no data for " + Span(c.After)
	case Presence:
		return c.Presence.String()
	case Stuck:
		return "no change for " + Span(c.After)
	case NotANumber:
		return "no reading"
	}
	return ""
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func quantity(v float64, unit string) string {
	if unit == "" {
		return number(v)
	}
	return number(v) + " " + unit
}

// Span writes a duration as the screens do: "1 m 30 s".
func Span(d time.Duration) string {
	var parts []string
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if n := d / u.unit; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d %= u.unit
		}
	}
	if d > 0 || len(parts) == 0 {
		parts = append(parts, strconv.FormatFloat(d.Seconds(), 'f', -1, 64)+" s")
	}
	return strings.Join(parts, " ")
}
