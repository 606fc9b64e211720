package recording

import (
	"errors"
	"fmt"
	"io"
	"time"

	"labtop/model"
)

// logReader reads the records of a log as entries.
type logReader struct {
	bytes      *logBytes
	in         *window // of the text that they are
	cut        cutter
	parse      parser
	found      found // in the last record
	topics     topics
	slab       slab
	properties propertyCache
	bare       bool         // a payload that was cut looks like a whole one
	stop       func() error // as in [File.StopBy]; nil for never
	way        *logPlace    // where Next goes first; nil when it is there
	logState
}

// logState is what changes while a log is read, but for the bytes at hand and where they
// are. It can be copied.
type logState struct {
	memory memory
	clock  logClock
	health Health
	blank  uint64 // records
}

// askEvery is how many records that tell nothing come between two questions whether to
// stop.
const askEvery = 1024

// Next reads the next message. Records that hold none are counted.
func (r *logReader) Next(e *Entry) error {
	if r.way != nil {
		if err := r.arrive(); err != nil {
			return err
		}
	}
	for n := 1; ; n++ {
		if r.stop != nil && n%askEvery == 0 {
			if err := r.stop(); err != nil {
				return err
			}
		}
		record, err := r.cut.next()
		switch {
		case errors.Is(err, io.EOF):
			return io.EOF
		case err == nil && len(record.text) == 0:
			r.blank++
			continue
		case err != nil && !errors.Is(err, errLongLine):
			return fmt.Errorf("reading the log: %w", err)
		}
		f := &r.found
		*f = found{}
		if err == nil {
			err = r.parse(record.text, &r.memory, f)
		}
		if err == nil {
			r.clock.set(f)
			if sound(f) {
				r.health.Torn = record.torn && r.bare
				r.entry(e, f)
				return nil
			}
		}
		switch {
		case errors.Is(err, errHead):
		case record.torn: // what was being written when the log ended
			r.health.Cut = true
		default:
			if r.health.Skipped++; r.health.FirstSkipped == 0 {
				r.health.FirstSkipped = record.line
			}
		}
	}
}

// entry makes an entry of what was found.
func (r *logReader) entry(e *Entry, f *found) {
	r.health.Rewritten = r.health.Rewritten || f.rewritten
	if f.sent {
		r.health.Sent++
	}
	if f.altered {
		r.health.Altered++
	}
	if e.Kind != MessageEntry { // else its other fields are zero
		*e = Entry{}
	}
	e.Time = f.time
	e.Message = model.Message{
		Topic: r.topics.of(f.topic), Payload: r.slab.copy(f.payload), Size: max(f.size, len(f.payload)),
		Time: f.time, QoS: f.qos, Retained: f.retained, Dup: f.dup,
		Properties: r.properties.of(f.properties),
	}
}

// The times that messages of a log can have, so that sums of them do not overflow.
var (
	earliest = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC)
)

// sound says whether there can be such a message.
func sound(f *found) bool {
	return len(f.topic) > 0 && len(f.topic) <= 65535 && f.qos <= 2 && !f.time.Before(earliest) && !f.time.After(latest)
}

// Health also says what a log that has payloads as JSON has left out: each empty line
// is a message whose payload was none.
func (r *logReader) Health() Health {
	h := r.health
	if h.Rewritten {
		h.Lost = r.blank
	}
	return h
}

func (r *logReader) Info() Info { return Info{} }

// logClock gives times to messages that have none.
type logClock struct {
	// next is the time of the next such message, every how much later the one after it.
	next  time.Time
	every time.Duration
}

// set gives a message without a time that of the one before it, or a place of its own
// when none of the log's has one.
func (c *logClock) set(f *found) {
	if !f.time.IsZero() {
		c.next = f.time
		return
	}
	f.time = c.next
	c.next = c.next.Add(c.every)
}

// topics makes each topic once, as far as their bytes have room.
type topics struct {
	known map[string]string
	bytes int
}

const maxLogTopics = 4 << 20

func (t *topics) of(topic []byte) string {
	if known, ok := t.known[string(topic)]; ok {
		return known
	}
	if t.bytes += len(topic); t.known == nil || t.bytes > maxLogTopics {
		t.known, t.bytes = map[string]string{}, len(topic)
	}
	s := string(topic)
	t.known[s] = s
	return s
}
