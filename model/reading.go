package model

import "time"

// Kind tells what a value is.
type Kind uint8

// The kinds of a value.
const (
	// NoValue: the sender says that it has no reading ("nan", "--", null).
	NoValue Kind = iota
	Number
	// Bool is a two-state value such as ON or open; Num is 1 or 0.
	Bool
	// Text is shown but never plotted; ids and version strings are text.
	Text
)

// Value is what a reading says. Num is finite, and meaningful for Number and
// Bool only.
type Value struct {
	Kind Kind
	Num  float64
}

// Plottable says whether the value can be drawn in a chart.
func (v Value) Plottable() bool { return v.Kind == Number || v.Kind == Bool }

// UnitSource tells where a unit comes from. A stronger source wins over a
// weaker one (see the conventions in model/decode), and a unit once found stays
// when later messages do not repeat it.
type UnitSource uint8

// The sources of a unit, the weakest first.
const (
	UnitNone     UnitSource = iota
	UnitWord                // a known word: humidity is per cent
	UnitPattern             // the convention that the topic follows
	UnitSuffix              // a suffix of the name: wind_km_h
	UnitText                // the payload's own text: "22.5 C"
	UnitDeclared            // the config, or a sibling member that names the unit
)

// Reading is one value found in a message.
type Reading struct {
	// Path is the place inside a JSON payload ("BME280.Temperature"), empty
	// for a bare value. The decoder of a topic returns the same string for
	// the same place each time.
	Path  string
	Value Value
	// Raw is the value as it was received, without blanks around it: a slice of the message's
	// payload. For a JSON string it is the text between the quotes, escapes undone.
	Raw []byte
	// Unit is empty or a unit's symbol, and UnitSource where it comes from.
	Unit       string
	UnitSource UnitSource
}

// Decoded is what a decoder finds in one message. The caller reuses it.
type Decoded struct {
	// Readings are in the payload's order, at most one for each path. A payload
	// that is UTF-8 without zero bytes, and no value, is one text.
	Readings []Reading
	// Presence is what the message says about the device, or Unsaid.
	Presence Presence
	// Undecodable says that the payload is binary data (invalid UTF-8, or zero
	// bytes in it), or begins like a JSON object and does not parse. Binary data
	// has no readings; the broken JSON is one text.
	Undecodable bool
	// Unread says that the payload looks like JSON and is too large to be read; it is
	// one text.
	Unread bool
	// Written is when a stored message was published by what its payload says; zero when
	// it does not say it, and of other messages.
	Written time.Time
	// Skipped counts readings left out because the payload holds too many.
	Skipped int
	// Full, when the caller has set it, says that there is no memory for places in
	// payloads that are new. Learned is about how many bytes were needed for those that
	// the decoder has learned from this message.
	Full    bool
	Learned int
}

// Reset empties d and keeps its memory.
func (d *Decoded) Reset() {
	*d = Decoded{Readings: d.Readings[:0]}
}

// Class tells what the messages of a topic are about.
type Class uint8

// The classes of a topic.
const (
	// Readings: values of a device.
	Readings Class = iota
	// Presence topics tell whether the device is there; their text is also a
	// reading ("status online").
	PresenceTopic
	// Command topics carry orders to a device; they are counted, never read.
	Command
	// System topics are the broker's own, below "$SYS".
	System
)

// Route is where a topic belongs.
type Route struct {
	// Device is the device's id: the topic levels that name it
	// ("iotclass/lab1").
	Device string
	// Name is the device's short name ("lab1").
	Name string
	// Metric is the metric's name ("temperature").
	Metric string
	// Label is the metric's name for people; it keeps the levels that tell two
	// metrics of one name apart ("light state").
	Label string
	Class Class
}

// Decoder reads the messages of one topic. A decoder is made once for each
// topic, may keep state, and is called from the owner goroutine only.
type Decoder interface {
	// Route tells where the topic belongs; the answer never changes.
	Route() Route
	// Decode fills d, which was reset, from the message. It never fails: what
	// cannot be read is said in d. It must not keep the payload.
	Decode(m *Message, d *Decoded)
	// Copy returns a decoder that reads whatever comes next as this one would; what
	// either of them learns from then on, the other does not know. It only reads the
	// decoder. One without state may return itself.
	Copy() Decoder
}
