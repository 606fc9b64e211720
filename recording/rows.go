package recording

import (
	"time"

	"labtop/model"
)

// Row is one reading of a recording as a line of a table.
type Row struct {
	Time time.Time
	// Device is the device's id, Metric the metric's name, Label its longer name, which
	// differs from those of the device's others.
	Device, Metric, Label string
	// Value is NoValue, or a text, where the message held no number.
	Value model.Value
	Unit  string
	// Text is what was received, not made safe: a slice of the message's payload.
	Text []byte
	// Topic and Path are where the reading comes from.
	Topic, Path string
	QoS         byte
	Retained    bool
}

// Rows makes rows of messages, with a decoder for each topic, as the store does. One
// goroutine may use it.
type Rows struct {
	newDecoder func(topic string) model.Decoder
	topics     map[string]*rowTopic
	decoded    model.Decoded
	rows       []Row
	// Untracked counts the messages on topics beyond the bound, which have no rows.
	Untracked uint64
}

// maxRowTopics is how many topics have rows, as many as the store tracks.
const maxRowTopics = 250_000

type rowTopic struct {
	decoder model.Decoder
	route   model.Route
	names   map[string][2]string // of the metrics and their labels, by path
}

// NewRows makes rows of the readings that the decoders find.
func NewRows(newDecoder func(topic string) model.Decoder) *Rows {
	return &Rows{newDecoder: newDecoder, topics: map[string]*rowTopic{}}
}

// Of are the rows of a message, one for each reading, and one without a value when
// there is none. They are valid until the next call.
func (r *Rows) Of(m *model.Message) []Row {
	t := r.topics[m.Topic]
	if t == nil {
		if len(r.topics) == maxRowTopics {
			r.Untracked++
			return nil
		}
		t = &rowTopic{decoder: r.newDecoder(m.Topic), names: map[string][2]string{}}
		t.route = t.decoder.Route()
		r.topics[m.Topic] = t
	}
	r.decoded.Reset()
	t.decoder.Decode(m, &r.decoded)
	row := Row{Time: m.Time, Device: t.route.Device, Topic: m.Topic, QoS: m.QoS, Retained: m.Retained}
	r.rows = r.rows[:0]
	for i := range r.decoded.Readings {
		reading := &r.decoded.Readings[i]
		row.Metric, row.Label = t.name(reading.Path)
		row.Path, row.Value, row.Unit, row.Text = reading.Path, reading.Value, reading.Unit, reading.Raw
		r.rows = append(r.rows, row)
	}
	if len(r.rows) == 0 {
		row.Metric, row.Label = t.name("")
		row.Text = m.Payload
		r.rows = append(r.rows, row)
	}
	return r.rows
}

// name is the name and the label of the metric at a place.
func (t *rowTopic) name(path string) (name, label string) {
	both, ok := t.names[path]
	if !ok {
		both = [2]string{t.route.MetricAt(path), t.route.LabelAt(path)}
		if len(t.names) < 1000 { // a payload can bring new places for ever
			t.names[path] = both
		}
	}
	return both[0], both[1]
}
