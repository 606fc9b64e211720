package recording

import (
	"strings"
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
	topicBytes int // of their names
	placeBytes int // of what the decoders have learned
	names      map[rowMetric]rowNames
	nameBytes  int
	decoded    model.Decoded
	rows       []Row
	// Untracked counts the messages on topics beyond the bound, which have no rows, and
	// Skipped the readings that have none.
	Untracked, Skipped uint64
}

// The bounds of what rows are made with: those of the store. Of the names all are
// forgotten when there are too many.
const (
	maxRowTopics     = model.DefaultTopics
	maxRowTopicBytes = 32 << 20
	maxRowPlaceBytes = 64 << 20
	maxRowNameBytes  = 8 << 20
)

type rowTopic struct {
	decoder model.Decoder
	route   model.Route
}

// rowMetric is a place in the payloads of a topic.
type rowMetric struct {
	topic *rowTopic
	path  string
}

// rowNames are the name and the label of a metric.
type rowNames struct{ name, label string }

// NewRows makes rows of the readings that the decoders find.
func NewRows(newDecoder func(topic string) model.Decoder) *Rows {
	return &Rows{newDecoder: newDecoder, topics: map[string]*rowTopic{}, names: map[rowMetric]rowNames{}}
}

// Of are the rows of a message, one for each reading, and one without a value when
// there is none. They are valid until the next call.
func (r *Rows) Of(m *model.Message) []Row {
	t := r.topics[m.Topic]
	if t == nil {
		if len(r.topics) == maxRowTopics || r.topicBytes+len(m.Topic) > maxRowTopicBytes {
			r.Untracked++
			return nil
		}
		topic := strings.Clone(m.Topic) // it may be part of something large
		t = &rowTopic{decoder: r.newDecoder(topic)}
		t.route = t.decoder.Route()
		r.topics[topic] = t
		r.topicBytes += len(topic)
	}
	r.decoded.Reset()
	r.decoded.Full = r.placeBytes > maxRowPlaceBytes
	t.decoder.Decode(m, &r.decoded)
	r.placeBytes += r.decoded.Learned
	r.Skipped += uint64(r.decoded.Skipped)
	row := Row{Time: m.Time, Device: t.route.Device, Topic: m.Topic, QoS: m.QoS, Retained: m.Retained}
	r.rows = r.rows[:0]
	for i := range r.decoded.Readings {
		reading := &r.decoded.Readings[i]
		row.Metric, row.Label = r.name(t, reading.Path)
		row.Path, row.Value, row.Unit, row.Text = reading.Path, reading.Value, reading.Unit, reading.Raw
		r.rows = append(r.rows, row)
	}
	if len(r.rows) == 0 {
		row.Metric, row.Label = r.name(t, "")
		row.Text = m.Payload
		r.rows = append(r.rows, row)
	}
	return r.rows
}

// name is the name and the label of the metric at a place.
func (r *Rows) name(t *rowTopic, path string) (name, label string) {
	if path == "" {
		return t.route.MetricAt(""), t.route.LabelAt("")
	}
	metric := rowMetric{t, path}
	both, ok := r.names[metric]
	if !ok {
		both = rowNames{t.route.MetricAt(path), t.route.LabelAt(path)}
		if r.nameBytes += len(both.name) + len(both.label); r.nameBytes > maxRowNameBytes {
			clear(r.names)
			r.nameBytes = 0
		}
		r.names[metric] = both
	}
	return both.name, both.label
}
