package alerts

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"labtop/model"
)

// verdict is what a condition says to one reading.
type verdict uint8

const (
	// unjudged: the reading says nothing about the condition.
	unjudged verdict = iota
	// cleared: the condition ends.
	cleared
	// between: past the clear level and not beyond the limit; what was, stays.
	between
	// beyond: the condition holds.
	beyond
)

// test is a condition made ready.
type test struct {
	*Condition
	low, high           float64
	clearLow, clearHigh float64
	text                []byte
	number              float64 // Text as a number; NaN when it is none
	truth               int8    // Text as a boolean: 1 or 0; -1 when it is none
	// summary is what the last alert said of the condition, with this unit; guarded
	// by the engine's lock.
	summary, unit string
}

func newTest(c *Condition) *test {
	if c == nil {
		return nil
	}
	t := &test{Condition: c, text: []byte(c.Text), number: math.NaN(), truth: -1}
	t.low, t.high = c.ends()
	t.clearLow, t.clearHigh = c.clears()
	if n, err := strconv.ParseFloat(c.Text, 64); err == nil {
		t.number = n
	}
	switch strings.ToLower(c.Text) {
	case "true", "on", "yes":
		t.truth = 1
	case "false", "off", "no":
		t.truth = 0
	}
	return t
}

// limit judges a number by the limits.
func (t *test) limit(v float64) verdict {
	switch {
	case v < t.low || v > t.high:
		return beyond
	case v >= t.clearLow && v <= t.clearHigh:
		return cleared
	}
	return between
}

// rate judges a change per minute.
func (t *test) rate(perMinute float64) verdict {
	v := t.directed(perMinute)
	switch {
	case v > t.Limit:
		return beyond
	case !t.HasClear || v <= t.Clear:
		return cleared
	}
	return between
}

// directed is a change as the condition counts it.
func (t *test) directed(perMinute float64) float64 {
	switch t.Direction {
	case Rising:
		return perMinute
	case Falling:
		return -perMinute
	}
	return math.Abs(perMinute)
}

// word judges a reading by what it says.
func (t *test) word(o *model.Observation) verdict {
	equal := t.says(o)
	if !equal && o.Value.Kind == model.NoValue {
		return unjudged
	}
	if equal == (t.Kind == Equals) {
		return beyond
	}
	return cleared
}

// says whether a reading says the condition's text.
func (t *test) says(o *model.Observation) bool {
	switch {
	case o.Value.Kind == model.Number && o.Value.Num == t.number:
		return true
	case o.Value.Kind == model.Bool && t.truth >= 0:
		return o.Value.Num == float64(t.truth)
	}
	return bytes.EqualFold(o.Text, t.text)
}

// broken judges whether a reading is none.
func broken(v model.Value) verdict {
	if v.Kind == model.NoValue {
		return beyond
	}
	return cleared
}

// excess is how far a value is beyond the limits; the greatest is the peak.
func (t *test) excess(v float64) float64 {
	switch t.Kind {
	case Above, AtLeast:
		return v - t.high
	case Below:
		return t.low - v
	case Outside:
		return max(t.low-v, v-t.high)
	case Rate:
		return t.directed(v)
	case FallsBy, Grows:
		return v
	}
	return 0
}
