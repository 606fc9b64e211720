package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// The methods below read the value of one key of a rule.

// wrong is the error for a value of another kind than the key wants.
func (r *ruleReader) wrong(entry *ast.MappingValueNode, want string) error {
	return (&fileReader{name: r.name}).wrong(entry, want)
}

// scalar is a single value as text.
func (r *ruleReader) scalar(entry *ast.MappingValueNode, want string) (string, error) {
	text, ok := scalarText(entry.Value)
	if !ok {
		return "", r.wrong(entry, want)
	}
	return text, nil
}

// bad is an error about the value of a key.
func (r *ruleReader) bad(entry *ast.MappingValueNode, err error) error {
	return &placed{place(r.name, entry.Value), fmt.Errorf("%s: %w", entry.Key.GetToken().Value, err)}
}

func (r *ruleReader) text(entry *ast.MappingValueNode) (string, error) {
	text, err := r.scalar(entry, "a single value")
	if err == nil {
		err = checkText(text)
		if err != nil {
			err = r.bad(entry, err)
		}
	}
	return text, err
}

// longestText is how long a text in a rule may be, in bytes.
const longestText = 2000

func checkText(text string) error {
	switch {
	case text == "":
		return errors.New("the text is empty; write one or remove the key")
	case len(text) > longestText:
		return fmt.Errorf("the text has %d bytes; %d are allowed", len(text), longestText)
	case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' || c == 0x7f }):
		return fmt.Errorf("%s holds a control character; remove it", quote(text))
	}
	return nil
}

// texts are a list of texts, or a single one.
func (r *ruleReader) texts(entry *ast.MappingValueNode) ([]string, error) {
	sequence, ok := entry.Value.(*ast.SequenceNode)
	if !ok {
		text, err := r.text(entry)
		return []string{text}, err
	}
	var texts []string
	for _, n := range sequence.Values {
		text, ok := scalarText(n)
		if !ok {
			return nil, fmt.Errorf("%s: an element of %s is %s; write a single value", place(r.name, n), entry.Key.GetToken().Value, kind(n))
		}
		if err := checkText(text); err != nil {
			return nil, &placed{place(r.name, n), err}
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (r *ruleReader) number(entry *ast.MappingValueNode) (float64, error) {
	text, err := r.scalar(entry, "a number")
	if err != nil {
		return 0, err
	}
	v, err := parseLimit(text)
	if err != nil {
		err = r.bad(entry, err)
	}
	return v, err
}

func parseLimit(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s is not a number; write one such as 30 or 29.5", quote(text))
	}
	return v, nil
}

// pair is a range: [low, high].
func (r *ruleReader) pair(entry *ast.MappingValueNode) (low, high float64, err error) {
	sequence, ok := entry.Value.(*ast.SequenceNode)
	if !ok || len(sequence.Values) != 2 {
		if ok {
			return 0, 0, r.bad(entry, fmt.Errorf("%d numbers are no range; write [low, high]", len(sequence.Values)))
		}
		return 0, 0, r.wrong(entry, "a range: [low, high]")
	}
	var ends [2]float64
	for i, n := range sequence.Values {
		text, _ := scalarText(n)
		if ends[i], err = parseLimit(text); err != nil {
			return 0, 0, &placed{place(r.name, n), err}
		}
	}
	return ends[0], ends[1], nil
}

func (r *ruleReader) duration(entry *ast.MappingValueNode) (time.Duration, error) {
	text, err := r.scalar(entry, "a duration such as 30s")
	if err != nil {
		return 0, err
	}
	d, err := parseDuration(text)
	if err == nil && d < 0 {
		err = fmt.Errorf("%s is negative; write a positive duration", quote(text))
	}
	if err != nil {
		err = r.bad(entry, err)
	}
	return d, err
}

func (r *ruleReader) boolean(entry *ast.MappingValueNode) (bool, error) {
	text, err := r.scalar(entry, "true or false")
	if err != nil {
		return false, err
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		err = r.bad(entry, fmt.Errorf("%s is not true or false; write one of them", quote(text)))
	}
	return on, err
}

// word is one of a few words.
func (r *ruleReader) word(entry *ast.MappingValueNode, words ...string) (string, error) {
	text, err := r.scalar(entry, "one of "+strings.Join(words, ", "))
	if err != nil {
		return "", err
	}
	for _, w := range words {
		if text == w {
			return w, nil
		}
	}
	return "", r.bad(entry, fmt.Errorf("%s is none of %s%s", quote(text), strings.Join(words, ", "), didYouMean(text, words)))
}
