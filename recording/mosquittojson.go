package recording

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// MosquittoFormat names what mosquitto_sub writes with -F %j and -F %J. The rules
// are:
//
//   - The time has three shapes, by Mosquitto's version: seconds since 1970, a time
//     that ends in "Z+0000", and one that ends in "+0000".
//   - %j has the payload as text, cut at its first zero byte: then it is shorter than
//     payloadlen says. Bytes that are no UTF-8 are replaced here. Both are counted.
//   - %J has it as the JSON that it was, written anew: not byte for byte. Of what is no
//     JSON it writes an empty line, so empty lines are messages that are missing.
//   - null is the empty payload when payloadlen is 0, the word when it is 4, and else
//     a payload that is lost.
const MosquittoFormat = "mosquitto-json"

type mosquittoLine struct {
	Time       json.RawMessage `json:"tst"`
	Topic      *string         `json:"topic"`
	QoS        *byte           `json:"qos"`
	Retain     *int            `json:"retain"`
	Size       *int            `json:"payloadlen"`
	Payload    json.RawMessage `json:"payload"`
	Properties json.RawMessage `json:"properties"`
}

func mosquittoJSON() textFormat {
	return textFormat{
		Format: Format{MosquittoFormat, "what mosquitto_sub -F %j or %J prints", LacksDup | LacksBytes},
		cut:    byLine,
		parse: func(line []byte, m *memory, f *found) error {
			f.rewritten = m.rewritten
			err := parseMosquitto(line, f)
			m.rewritten = f.rewritten
			return err
		},
	}
}

// parseMosquitto reads a line.
func parseMosquitto(line []byte, f *found) error {
	var j mosquittoLine
	if json.Unmarshal(line, &j) != nil || j.Topic == nil || j.QoS == nil || j.Retain == nil || j.Size == nil || *j.Size < 0 || j.Payload == nil {
		return errRecord
	}
	at, ok := mosquittoTime(j.Time)
	if !ok {
		return errRecord
	}
	f.topic, f.time, f.qos, f.retained = []byte(*j.Topic), at, *j.QoS, *j.Retain != 0
	f.properties = j.Properties
	f.altered = !utf8.Valid(line)
	f.setMosquitto(j.Payload, *j.Size)
	f.altered = f.altered || len(f.payload) < f.size
	return nil
}

// setMosquitto sets a payload of so many bytes. A JSON text is one of %J's when
// other lines were, and the quotes are among its bytes.
func (f *found) setMosquitto(raw json.RawMessage, size int) {
	f.size = size
	switch {
	case raw[0] == '"' && (!f.rewritten || size != len(raw)):
		var text string
		if json.Unmarshal(raw, &text) == nil {
			f.payload = []byte(text)
		}
	case !bytes.Equal(raw, []byte("null")):
		f.rewritten = true
		f.payload, f.size = raw, len(raw)
	case size == len("null"):
		f.rewritten = true
		f.payload = raw
	}
}

// mosquittoTime reads a time in one of its three shapes.
func mosquittoTime(raw json.RawMessage) (time.Time, bool) {
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil && seconds >= 0 && seconds < 1<<33 {
		whole := int64(seconds)
		return time.Unix(whole, int64((seconds-float64(whole))*1e9)), true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return time.Time{}, false
	}
	at, err := time.Parse("2006-01-02T15:04:05.999999999-0700", strings.Replace(text, "Z+", "+", 1))
	return at, err == nil
}
