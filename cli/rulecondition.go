package cli

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"labtop/alerts"
	"labtop/model"
)

// readCondition reads one key of a condition.
func (d *draft) readCondition(l *levelDraft, key string, entry *ast.MappingValueNode) (err error) {
	c := &l.Condition
	switch key {
	case "for":
		l.held = true
		c.For, err = d.duration(entry)
		return err
	case "window":
		c.Window, err = d.duration(entry)
		return err
	case "direction":
		words := []string{"any", "rising", "falling"}
		word, err := d.word(entry, words...)
		c.Direction = alerts.Direction(max(slices.Index(words, word), 0))
		return err
	case "clear":
		c.HasClear = true
		if _, l.pair = entry.Value.(*ast.SequenceNode); l.pair {
			c.Clear, c.UpperClear, err = d.pair(entry)
			return err
		}
		c.Clear, err = d.number(entry)
		return err
	}
	if l.word != "" {
		return fmt.Errorf("%s: %s after %s; a condition is one of them: write outside: [low, high] for both ends, or two rules",
			place(d.name, entry.Key), key, l.word)
	}
	l.word = key
	return d.readKind(c, key, entry)
}

// limitKinds are the conditions that one number says.
var limitKinds = map[string]alerts.Kind{
	"above": alerts.Above, "below": alerts.Below, "at_least": alerts.AtLeast,
	"rate_above": alerts.Rate, "falls_by": alerts.FallsBy, "grows": alerts.Grows,
}

// readKind reads the key that says what a condition looks at.
func (d *draft) readKind(c *alerts.Condition, key string, entry *ast.MappingValueNode) (err error) {
	if limit, ok := limitKinds[key]; ok {
		c.Kind = limit
		c.Limit, err = d.number(entry)
		return err
	}
	switch key {
	case "outside":
		c.Kind = alerts.Outside
		c.Limit, c.Upper, err = d.pair(entry)
	case "equals":
		c.Kind = alerts.Equals
		c.Text, err = d.text(entry)
	case "not":
		c.Kind = alerts.Not
		c.Text, err = d.text(entry)
	case "no_data":
		c.Kind = alerts.NoData
		if text, _ := scalarText(entry.Value); text != "learned" {
			c.After, err = d.duration(entry)
			if err == nil && c.After == 0 {
				err = fmt.Errorf("%s: no_data: a silence of 0 s is none; write a duration, or learned for three times the interval", place(d.name, entry.Value))
			}
		}
	case "stuck":
		c.Kind = alerts.Stuck
		c.After, err = d.duration(entry)
	case "presence":
		c.Kind = alerts.Presence
		var word string
		word, err = d.word(entry, "offline", "asleep", "online")
		c.Presence = map[string]model.Presence{"offline": model.Offline, "asleep": model.Asleep, "online": model.Online}[word]
	case "not_a_number":
		c.Kind = alerts.NotANumber
		var on bool
		if on, err = d.boolean(entry); err == nil && !on {
			err = fmt.Errorf("%s: not_a_number is false, which watches nothing; write true or remove it", place(d.name, entry.Value))
		}
	}
	return err
}
