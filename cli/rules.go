package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"labtop/alerts"
	"labtop/model"
)

// maxRules bounds how many rules each new metric is compared with.
const maxRules = 1000

// placedRule is a rule with the places of its keys in the file: of "name", and of
// "warning.clear".
type placedRule struct {
	alerts.Rule
	place  string
	places map[string]string
}

// at is the place of a key, or the nearest there is around it.
func (r *placedRule) at(key string) string {
	for key != "" {
		if place, ok := r.places[key]; ok {
			return place
		}
		key, _ = cutLast(key)
	}
	return r.place
}

func cutLast(key string) (parent, last string) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return "", key
	}
	return key[:i], key[i+1:]
}

// ruleReader reads the rules of a file.
type ruleReader struct{ name string }

// readRules reads a list of rules.
func (r ruleReader) readRules(n ast.Node) ([]placedRule, error) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, fmt.Errorf("%s: the rules are %s; write a list of them, such as - {name: too-hot, metric: temperature, above: 30}", place(r.name, n), kind(n))
	}
	if len(sequence.Values) > maxRules {
		return nil, fmt.Errorf("%s: %d rules are too many; %d are allowed", place(r.name, n), len(sequence.Values), maxRules)
	}
	rules := make([]placedRule, 0, len(sequence.Values))
	named := map[string]string{}
	for _, element := range sequence.Values {
		rule, err := r.readRule(element)
		if err != nil {
			return nil, err
		}
		if first, twice := named[rule.Name]; twice {
			return nil, fmt.Errorf("%s: the rule %s is there already, at %s; rename one", rule.at("name"), quote(rule.Name), first)
		}
		named[rule.Name] = rule.at("name")
		rules = append(rules, rule)
	}
	return rules, nil
}

// draft is a rule while it is read.
type draft struct {
	*ruleReader
	rule placedRule
	// top is the condition that stands in the rule itself, and severity what it
	// says of it.
	top      levelDraft
	levels   map[string]*levelDraft
	severity string
}

// levelDraft is a condition while it is read.
type levelDraft struct {
	alerts.Condition
	word string // of its kind
	held bool   // it has a `for` of its own
	pair bool   // clear is a range
}

func (r ruleReader) readRule(n ast.Node) (placedRule, error) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return placedRule{}, fmt.Errorf("%s: a rule is %s; write keys with values, such as {name: too-hot, metric: temperature, above: 30}", place(r.name, n), kind(n))
	}
	d := draft{ruleReader: &r, levels: map[string]*levelDraft{}}
	d.rule = placedRule{place: place(r.name, m), places: map[string]string{}}
	for _, entry := range m.Values {
		if err := d.readKey(entry); err != nil {
			return placedRule{}, err
		}
	}
	if err := d.finish(); err != nil {
		return placedRule{}, err
	}
	return d.rule, nil
}

// The keys of a rule and of a condition.
var (
	conditionKeys = []string{
		"above", "below", "outside", "at_least", "equals", "not", "rate_above", "falls_by", "grows", "no_data", "presence", "stuck", "not_a_number",
		"clear", "direction", "window", "for",
	}
	ruleKeys = append([]string{
		"name", "metric", "topic", "device", "path", "broker", "unit", "warning", "critical", "severity", "cooldown", "help",
		"notify", "expect", "retained", "even_offline",
	}, conditionKeys...)
)

// readKey reads one key of a rule.
func (d *draft) readKey(entry *ast.MappingValueNode) error {
	key, ok := scalarText(entry.Key)
	if !ok {
		return fmt.Errorf("%s: the key is %s; write a word", place(d.name, entry.Key), kind(entry.Key))
	}
	d.rule.places[key] = place(d.name, entry.Value)
	r := &d.rule.Rule
	var err error
	switch key {
	case "name":
		r.Name, err = d.text(entry)
	case "metric":
		r.Metric, err = d.text(entry)
	case "topic":
		r.Topic, err = d.text(entry)
	case "device":
		r.Device, err = d.text(entry)
	case "path":
		r.Path, err = d.text(entry)
	case "broker":
		r.Broker, err = d.word(entry, model.Figures()...)
	case "unit":
		r.Unit, err = d.text(entry)
	case "help":
		r.Help, err = d.text(entry)
	case "severity":
		d.severity, err = d.word(entry, "warning", "critical")
	case "cooldown":
		r.Cooldown, err = d.duration(entry)
	case "notify":
		r.Notify, err = d.texts(entry)
	case "expect":
		r.Expect, err = d.texts(entry)
	case "retained":
		r.Retained, err = d.boolean(entry)
	case "even_offline":
		r.EvenOffline, err = d.boolean(entry)
	case "warning", "critical":
		err = d.readLevel(key, entry)
	default:
		if !slices.Contains(conditionKeys, key) {
			return d.unknown(entry, key, ruleKeys)
		}
		err = d.readCondition(&d.top, key, entry)
	}
	return err
}

// readLevel reads what one severity says.
func (d *draft) readLevel(severity string, entry *ast.MappingValueNode) error {
	m, ok := entry.Value.(*ast.MappingNode)
	if !ok {
		return d.wrong(entry, "a mapping such as {above: 30, clear: 29}")
	}
	level := &levelDraft{}
	d.levels[severity] = level
	for _, inner := range m.Values {
		key, _ := scalarText(inner.Key)
		if !slices.Contains(conditionKeys, key) {
			return d.unknown(inner, key, conditionKeys)
		}
		d.rule.places[severity+"."+key] = place(d.name, inner.Value)
		if err := d.readCondition(level, key, inner); err != nil {
			return err
		}
	}
	return nil
}

// unknown says what to write in the place of a key.
func (d *draft) unknown(entry *ast.MappingValueNode, key string, candidates []string) error {
	hint := didYouMean(key, candidates)
	if hint == "" {
		hint = "; there are " + strings.Join(candidates, ", ")
		if slices.Contains(ruleKeys, key) {
			hint = "; it belongs to the rule itself"
		}
	}
	return fmt.Errorf("%s: unknown key %s%s", place(d.name, entry.Key), quote(key), hint)
}

// finish puts the conditions into their places and checks the rule.
func (d *draft) finish() error {
	r := &d.rule
	if err := d.placeTop(); err != nil {
		return err
	}
	for severity, level := range d.levels {
		if !level.held {
			level.For = d.top.For
		}
		if severity == "critical" {
			r.Critical = &level.Condition
		} else {
			r.Warning = &level.Condition
		}
		if err := d.checkShape(severity, level); err != nil {
			return err
		}
	}
	err := r.Validate()
	if wrong, ok := errors.AsType[*alerts.RuleError](err); ok {
		_, last := cutLast(wrong.Key)
		text := strings.TrimPrefix(last+": "+wrong.Problem, ": ")
		if r.Name != "" {
			text = "rule " + quote(r.Name) + ": " + text
		}
		return &placed{r.at(wrong.Key), errors.New(text)}
	}
	return err
}

// placeTop puts a condition that stands in the rule itself where its severity says.
func (d *draft) placeTop() error {
	r := &d.rule
	if d.top.word == "" {
		switch {
		case d.severity != "" && len(d.levels) > 0:
			return &placed{r.at("severity"), errors.New("severity says nothing beside warning and critical; remove it")}
		case len(d.levels) == 0:
			return nil // the check says what is missing
		}
		for _, key := range []string{"clear", "direction", "window"} {
			if place, ok := r.places[key]; ok {
				return &placed{place, fmt.Errorf("%s belongs into warning or critical, beside the limit", key)}
			}
		}
		return nil
	}
	if len(d.levels) > 0 {
		return &placed{r.at(d.top.word), fmt.Errorf("%s stands beside warning or critical; put it into one of them", d.top.word)}
	}
	if d.severity == "" {
		d.severity = "warning"
	}
	d.levels[d.severity] = &d.top
	for _, key := range conditionKeys {
		if place, ok := r.places[key]; ok {
			r.places[d.severity+"."+key] = place
		}
	}
	return nil
}

// checkShape refuses keys that do not go together.
func (d *draft) checkShape(severity string, l *levelDraft) error {
	at := func(key string) string { return d.rule.at(severity + "." + key) }
	switch {
	case l.HasClear && l.Kind == alerts.Outside && !l.pair:
		return &placed{at("clear"), errors.New("clear is a range where the limit is one; write clear: [low, high]")}
	case l.pair && l.Kind != alerts.Outside:
		return &placed{at("clear"), errors.New("clear is one number where the limit is one")}
	case l.Kind != alerts.Rate && l.Direction != alerts.Any:
		return &placed{at("direction"), errors.New("direction goes with rate_above only; remove it")}
	case l.Kind != alerts.Rate && l.Kind != alerts.FallsBy && l.Kind != alerts.Grows && l.Window != 0:
		return &placed{at("window"), errors.New("window goes with rate_above, falls_by and grows only; remove it")}
	}
	return nil
}
