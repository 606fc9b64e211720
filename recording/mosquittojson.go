package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"labtop/model"
)

// MosquittoFormat names what mosquitto_sub writes with -F %j and -F %J. The rules
// are:
//
//   - The time has three shapes, by Mosquitto's version: seconds since 1970, a time
//     that ends in "Z+0000", and one that ends in "+0000".
//   - %j has the payload as text, cut at its first zero byte: then it is shorter than
//     payloadlen says. Bytes that are no UTF-8 are replaced here, and counted.
//   - %J has it as the JSON that it was, written anew: not byte for byte. Of what is no
//     JSON it writes an empty line, so empty lines are messages that are missing.
//   - null is the empty payload when payloadlen is 0, the word when it is 4, and else
//     a payload that is lost.
const MosquittoFormat = "mosquitto-json"

type mosquittoLine struct {
	Time    json.RawMessage `json:"tst"`
	Topic   *string         `json:"topic"`
	QoS     *byte           `json:"qos"`
	Retain  *int            `json:"retain"`
	Size    *int            `json:"payloadlen"`
	Payload json.RawMessage `json:"payload"`
}

// errMosquitto says that a line is none of the format's.
var errMosquitto = errors.New("no line of mosquitto_sub -F %j")

// parseMosquitto reads a line. how says what it tells of the log.
func parseMosquitto(line []byte, m *model.Message, how *lineTraits) error {
	var j mosquittoLine
	if err := json.Unmarshal(line, &j); err != nil {
		return fmt.Errorf("%w: %w", errMosquitto, err)
	}
	if j.Topic == nil || j.QoS == nil || *j.QoS > 2 || j.Retain == nil || j.Size == nil || *j.Size < 0 || j.Payload == nil || len(*j.Topic) > 65535 {
		return errMosquitto
	}
	at, ok := mosquittoTime(j.Time)
	if !ok {
		return errMosquitto
	}
	*m = model.Message{Topic: *j.Topic, Time: at, QoS: *j.QoS, Retained: *j.Retain != 0}
	m.Payload, m.Size = mosquittoPayload(j.Payload, *j.Size, how)
	how.altered = how.altered || !utf8.Valid(line)
	return nil
}

// mosquittoPayload is a payload of so many bytes. A JSON text is one of %J's when
// other lines were, and the quotes are among its bytes.
func mosquittoPayload(raw json.RawMessage, size int, how *lineTraits) ([]byte, int) {
	switch {
	case raw[0] == '"' && (!how.rewritten || size != len(raw)):
		var text string
		if json.Unmarshal(raw, &text) != nil || text == "" {
			return nil, size
		}
		return []byte(text), max(size, len(text))
	case !bytes.Equal(raw, []byte("null")):
		how.rewritten = true
		return raw, len(raw)
	case size == len("null"):
		how.rewritten = true
		return raw, size
	}
	return nil, size
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
