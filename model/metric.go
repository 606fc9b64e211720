package model

import (
	"cmp"
	"math"
	"strings"
)

// metric is one value of a device: a topic, or a place in a topic's JSON.
type metric struct {
	topic *topicState
	*place

	number  float64 // of the last real value, and kind that value's; NoValue when there never was one
	valueAt int64
	raw     []byte // the last value as it was received, readings or not
	at      int64  // when it came

	count    uint64
	plotted  uint64 // live readings that have a number
	min, max float64
	mean     float64
	history  history

	rank       int8
	kind       Kind
	condition  Condition
	flags      flags // of the last message
	unitSource UnitSource
	decimals   int8  // as the sender writes them, at most 3
	misfits    uint8 // texts among numbers since the last reading
	unit       unit
	hook       uint32 // the watcher's; 0 when it does not watch
}

// value is the last real value.
func (m *metric) value() Value { return Value{m.kind, m.number} }

// Condition says what the last message was, when it was not a plain reading.
type Condition uint8

// The conditions of a metric.
const (
	// Fine: the last message held a reading.
	Fine Condition = iota
	// NoReading: the sender says that it has none ("nan"), or the text is no reading
	// among numbers. The value is older, the metric's Text tells what came.
	NoReading
	// Empty: a message without a payload: an event without a value.
	Empty
	// Cleared: the retained message of the topic was deleted. The value is older.
	Cleared
	// Binary: the payload is binary data, neither a value nor text.
	Binary
)

// String returns the condition in words, empty when it is Fine.
func (c Condition) String() string {
	switch c {
	case NoReading:
		return "no reading"
	case Empty:
		return "empty"
	case Cleared:
		return "cleared"
	case Binary:
		return "binary"
	}
	return ""
}

// maxRaw is how much of a value's own text is kept, in bytes.
const maxRaw = 256

// place is where in its topic a metric is. Metrics share it, and it never changes.
type place struct {
	path  string // as the decoder gave it
	label string
}

// mostPlaces is how many places are remembered: those of most labs, and of those with
// new ones for ever no more than is soon filled again.
const mostPlaces = 4096

// places are the places of late, each once.
type places map[place]*place

// shared is the one that all metrics at such a place share.
func (p places) shared(at place) *place {
	one := p[at]
	if one == nil {
		if len(p) == mostPlaces {
			clear(p)
		}
		one = &at
		p[at] = one
	}
	return one
}

// LabelAt labels the metric at a place of the payload, for people, after its topic
// and, inside a JSON payload, the place there: "sensor.temperature", and "sensor[0]"
// where the payload is an array.
func (r *Route) LabelAt(path string) string {
	label := cmp.Or(r.Label, r.Metric)
	path = named(path)
	if path != "" && !isElement(path) {
		label += "."
	}
	return label + path
}

// name is the metric's name: that of its topic or, inside a JSON payload, of the
// member that holds it. It is put together anew each time.
func (m *metric) name() string {
	route := m.topic.decoder.Route()
	return route.MetricAt(m.path)
}

// MetricAt is the name of the metric at a place of the payload.
func (r *Route) MetricAt(path string) string {
	name := r.Metric
	path = named(path)
	switch _, leaf := cutLast(path); {
	case path == "":
		return name
	case isElement(leaf): // of a payload that is an array
		return name + leaf
	default:
		return leaf
	}
}

// named is the part of a path that a metric is named after: a member that is only
// called "value" is named after the one around it.
func named(path string) string {
	switch parent, leaf := cutLast(path); leaf {
	case "value", "val", "v":
		return parent
	}
	return path
}

// cutLast cuts a path before its last member.
func cutLast(path string) (parent, leaf string) {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}

// isElement says whether path begins with the place in an array, "[0]".
func isElement(path string) bool { return strings.HasPrefix(path, "[") }

// observe takes a reading in. It returns how many readings of the history were
// lost for want of memory.
func (m *metric) observe(r *Reading, msg *Message, at int64, mem *budget) (lost int) {
	m.note(msg, at)
	if r.Value.Kind == NoValue {
		m.condition = NoReading
		return m.gap(msg, at, mem)
	}
	m.condition, m.misfits = Fine, 0
	m.topic.numbers = m.topic.numbers || r.Value.Kind == Number
	m.kind, m.number, m.valueAt = r.Value.Kind, r.Value.Num, m.at
	if r.Value.Kind == Number {
		m.decimals = max(m.decimals, decimals(r.Raw, r.Value.Num))
	}
	// A retained value is a state of unknown age: it is shown, but it is not
	// a point in time, and repeating it after each reconnect must not weigh.
	if !r.Value.Plottable() || msg.state() {
		return 0
	}
	v := r.Value.Num
	if m.plotted == 0 {
		m.min, m.max = v, v
	}
	m.plotted++
	n := float64(m.plotted)
	m.min, m.max = min(m.min, v), max(m.max, v)
	m.mean += v/n - m.mean/n // a difference of huge values would overflow
	return m.history.add(at, v, mem)
}

// gap leaves a gap in the history of a metric that has one, as observe does for
// "no reading".
func (m *metric) gap(msg *Message, at int64, mem *budget) (lost int) {
	if msg.state() {
		return 0
	}
	return m.history.add(at, math.NaN(), mem)
}

// note records that a message for the metric came, or was known.
func (m *metric) note(msg *Message, at int64) {
	if !msg.Known {
		m.count++
	}
	m.at = max(m.at, at)
	m.flags = flagsOf(msg)
}

// maxDecimals is how many decimals are shown.
const maxDecimals = 3

// decimals counts the digits after the decimal point of the text of the number
// v, at most maxDecimals. In exponent notation they are those that v needs.
func decimals(raw []byte, v float64) int8 {
	point := -1
	for i, c := range raw {
		switch {
		case c == '.' || c == ',':
			point = i
		case (c == 'e' || c == 'E') && i > 0 && isDigit(raw[i-1]):
			return neededDecimals(v)
		case !isDigit(c) && point >= 0:
			return int8(min(i-point-1, maxDecimals))
		}
	}
	if point < 0 {
		return 0
	}
	return int8(min(len(raw)-point-1, maxDecimals))
}

// neededDecimals is how many decimals the shortest text of v has, at most
// maxDecimals.
func neededDecimals(v float64) int8 {
	scale := 1.0
	for n := range int8(maxDecimals) {
		if math.Round(v*scale)/scale == v {
			return n
		}
		scale *= 10
	}
	return maxDecimals
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// rank orders the metrics of a device for reading: what the lab is about
// first, then other numbers, switches, texts, and the presence last. It is
// settled by the first message, so that lines do not move about.
func rank(m *metric, kind Kind) int8 {
	name := m.name()
	switch {
	case m.topic.class == PresenceTopic:
		return 5
	case strings.EqualFold(name, "temperature"):
		return 0
	case strings.EqualFold(name, "humidity"):
		return 1
	case kind == Number || kind == NoValue:
		return 2
	case kind == Bool:
		return 3
	}
	return 4
}

// compareMetrics is the reading order of a device's metrics.
func compareMetrics(a, b *metric) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), compareNatural(a.label, b.label), cmp.Compare(a.topic.name, b.topic.name))
}
