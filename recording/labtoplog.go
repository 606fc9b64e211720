package recording

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

// LogFormat names what `labtop log --json` and `labtop export --format ndjson` write.
const LogFormat = "labtop-log"

// logLine is a line of that format.
type logLine struct {
	Time       *time.Time      `json:"time"`
	Topic      *string         `json:"topic"`
	TopicRaw   string          `json:"topic_base64"`
	QoS        *byte           `json:"qos"`
	Retained   bool            `json:"retained"`
	Dup        bool            `json:"dup"`
	Size       int             `json:"size"`
	Payload    *string         `json:"payload"`
	PayloadIn  *string         `json:"payload_base64"`
	Properties json.RawMessage `json:"properties"`
}

func labtopLog() textFormat {
	return textFormat{
		Format: Format{LogFormat, "a log of labtop log --json", 0},
		cut:    byLine,
		parse:  parseLogLine,
	}
}

// parseLogLine reads a line.
func parseLogLine(line []byte, _ *memory, f *found) error {
	if parseOwnLine(line, f) {
		return nil
	}
	return parseAnyLine(line, f)
}

// parseAnyLine reads a line whatever the order of its keys.
func parseAnyLine(line []byte, f *found) error {
	var j logLine
	if json.Unmarshal(line, &j) != nil || j.Time == nil || j.Topic == nil || j.QoS == nil || (j.Payload == nil) == (j.PayloadIn == nil) {
		return errRecord
	}
	*f = found{time: *j.Time, topic: []byte(*j.Topic), size: j.Size, qos: *j.QoS, retained: j.Retained, dup: j.Dup, properties: j.Properties}
	var err error
	if j.TopicRaw != "" {
		if f.topic, err = base64.StdEncoding.DecodeString(j.TopicRaw); err != nil {
			return errRecord
		}
	}
	if j.Payload != nil {
		f.payload = []byte(*j.Payload)
	} else if f.payload, err = base64.StdEncoding.DecodeString(*j.PayloadIn); err != nil {
		return errRecord
	}
	return nil
}
