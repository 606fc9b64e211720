package recording

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"labtop/model"
)

// LogFormat names what `labtop log --json` and `labtop export --format ndjson` write.
const LogFormat = "labtop-log"

// logLine is a line of that format.
type logLine struct {
	Time      *time.Time `json:"time"`
	Topic     *string    `json:"topic"`
	TopicRaw  string     `json:"topic_base64"`
	QoS       *byte      `json:"qos"`
	Retained  bool       `json:"retained"`
	Dup       bool       `json:"dup"`
	Size      int        `json:"size"`
	Payload   *string    `json:"payload"`
	PayloadIn *string    `json:"payload_base64"`
}

// errLine says that a line is none of the format's.
var errLine = errors.New("no line of labtop log --json")

// parseLogLine reads a line.
func parseLogLine(line []byte, m *model.Message) error {
	var j logLine
	if err := json.Unmarshal(line, &j); err != nil {
		return fmt.Errorf("%w: %w", errLine, err)
	}
	if j.Time == nil || j.Topic == nil || j.QoS == nil || *j.QoS > 2 || (j.Payload == nil) == (j.PayloadIn == nil) {
		return errLine
	}
	*m = model.Message{Topic: *j.Topic, Time: *j.Time, QoS: *j.QoS, Retained: j.Retained, Dup: j.Dup}
	if j.TopicRaw != "" {
		raw, err := base64.StdEncoding.DecodeString(j.TopicRaw)
		if err != nil {
			return errLine
		}
		m.Topic = string(raw)
	}
	if len(m.Topic) > 65535 {
		return errLine
	}
	switch {
	case j.PayloadIn != nil:
		payload, err := base64.StdEncoding.DecodeString(*j.PayloadIn)
		if err != nil {
			return errLine
		}
		m.Payload = payload
	case *j.Payload != "":
		m.Payload = []byte(*j.Payload)
	}
	m.Size = max(j.Size, len(m.Payload))
	return nil
}

// lineTraits are what a line tells of its log beside the message: rewritten, that
// payloads are not byte for byte, altered, that bytes of this one were replaced.
type lineTraits struct{ rewritten, altered bool }

// lineFormat is how the lines of a log are read.
type lineFormat struct {
	name  string
	parse func(line []byte, m *model.Message, how *lineTraits) error
}

// lineFormats are those that are known, in the order in which they are tried.
func lineFormats() []lineFormat {
	return []lineFormat{
		{LogFormat, func(line []byte, m *model.Message, _ *lineTraits) error { return parseLogLine(line, m) }},
		{MosquittoFormat, parseMosquitto},
	}
}

// Formats are the names of the formats that a log or a recording may have.
func Formats() []string {
	names := []string{MCAPFormat}
	for _, f := range lineFormats() {
		names = append(names, f.name)
	}
	return names
}

// logReader reads the lines of a log as entries.
type logReader struct {
	lines  lines
	format lineFormat
	health Health
	blank  uint64
}

// Next reads the next message. Lines that hold none are counted.
func (r *logReader) Next(e *Entry) error {
	for {
		line, err := r.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return io.EOF
		case err == nil && len(line) == 0:
			r.blank++
			continue
		case err != nil && !errors.Is(err, errLongLine):
			return fmt.Errorf("reading the log: %w", err)
		}
		*e = Entry{}
		how := lineTraits{rewritten: r.health.Rewritten}
		if err == nil {
			err = r.format.parse(line, &e.Message, &how)
		}
		if err == nil && !sound(&e.Message) {
			err = errLine
		}
		if err == nil {
			r.health.Rewritten = r.health.Rewritten || how.rewritten
			if how.altered {
				r.health.Altered++
			}
			e.Time = e.Message.Time
			return nil
		}
		if r.lines.torn { // what was being written when the log ended
			r.health.Cut = true
			continue
		}
		if r.health.Skipped++; r.health.FirstSkipped == 0 {
			r.health.FirstSkipped = r.lines.number
		}
	}
}

// The times that messages of a log can have, so that sums of them do not overflow.
var (
	earliest = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2110, 1, 1, 0, 0, 0, 0, time.UTC)
)

// sound says whether there can be such a message.
func sound(m *model.Message) bool {
	return m.Topic != "" && !m.Time.Before(earliest) && !m.Time.After(latest)
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
