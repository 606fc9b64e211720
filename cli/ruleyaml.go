package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"labtop/alerts"
)

// exampleRules are the built-in rules as `config init` writes them: each line a
// comment.
func exampleRules() string {
	var b strings.Builder
	for _, r := range alerts.Defaults() {
		for i, line := range ruleLines(&r) {
			lead := "#    "
			if i == 0 {
				lead = "#  - "
			}
			b.WriteString("\n" + lead + line)
		}
	}
	return b.String()
}

// ruleLines is a rule in YAML, one key a line.
func ruleLines(r *alerts.Rule) []string {
	var lines []string
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, key+": "+value)
		}
	}
	add("name", yamlText(r.Name))
	add("metric", yamlText(r.Metric))
	add("topic", yamlText(r.Topic))
	add("device", yamlText(r.Device))
	add("path", yamlText(r.Path))
	add("broker", yamlText(r.Broker))
	add("unit", yamlText(r.Unit))
	hold := time.Duration(0)
	levels := []*alerts.Condition{r.Warning, r.Critical}
	if r.Warning != nil && r.Critical != nil {
		for i, c := range levels {
			add(alerts.Severity(i+1).String(), "{"+strings.Join(conditionLines(c), ", ")+"}")
			hold = c.For
		}
	} else {
		for i, c := range levels {
			if c != nil {
				lines = append(lines, conditionLines(c)...)
				add("severity", alerts.Severity(i+1).String())
				hold = c.For
			}
		}
	}
	if hold > 0 {
		add("for", hold.String())
	}
	if r.Cooldown > 0 {
		add("cooldown", r.Cooldown.String())
	}
	if r.Retained {
		add("retained", "true")
	}
	add("help", yamlText(r.Help))
	return lines
}

// conditionLines is a condition in YAML, without its `for`.
func conditionLines(c *alerts.Condition) []string {
	key := c.Kind.String()
	var lines []string
	add := func(key, value string) { lines = append(lines, key+": "+value) }
	pair := func(low, high float64) string { return fmt.Sprintf("[%v, %v]", low, high) }
	switch c.Kind {
	case alerts.Above, alerts.Below, alerts.AtLeast, alerts.Rate, alerts.FallsBy, alerts.Grows:
		add(key, strconv.FormatFloat(c.Limit, 'f', -1, 64))
		if c.HasClear {
			add("clear", strconv.FormatFloat(c.Clear, 'f', -1, 64))
		}
		if c.Direction != alerts.Any {
			add("direction", c.Direction.String())
		}
		if c.Window > 0 {
			add("window", c.Window.String())
		}
	case alerts.Outside:
		add(key, pair(c.Limit, c.Upper))
		if c.HasClear {
			add("clear", pair(c.Clear, c.UpperClear))
		}
	case alerts.Equals, alerts.Not:
		add(key, yamlText(c.Text))
	case alerts.NoData:
		if c.After == 0 {
			add(key, "learned")
		} else {
			add(key, c.After.String())
		}
	case alerts.Stuck:
		add(key, c.After.String())
	case alerts.Presence:
		add(key, c.Presence.String())
	case alerts.NotANumber:
		add(key, "true")
	}
	return lines
}

// yamlText writes a text so that YAML reads a text.
func yamlText(text string) string {
	if text == "" || !strings.ContainsAny(text, "*#:%°[]{},&!|>'\"@`+?/") && !strings.ContainsAny(text[:1], "-0123456789. ") {
		return text
	}
	return strconv.Quote(text)
}
