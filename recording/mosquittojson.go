package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// MosquittoFormat names what mosquitto_sub writes with -F %j and -F %J. The rules
// are:
//
//   - The time has three shapes, by Mosquitto's version: seconds since 1970, a time
//     that ends in "Z+0000", and one that ends in "+0000". retain is 0 or 1, and true or
//     false from 2.1 on.
//   - %j has the payload as text, cut at its first zero byte: then it is shorter than
//     payloadlen says. Bytes that are no UTF-8 are replaced here. Both are counted.
//   - %J has it as the JSON that it was, written anew: not byte for byte. Of what is no
//     JSON it writes an empty line, so empty lines are messages that are missing.
//   - null is the empty payload when payloadlen is 0, the word when it is 4, and else
//     a payload that is lost.
const MosquittoFormat = "mosquitto-json"

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
	o, ok := parseObjectKeys(line)
	if !ok {
		return errRecord
	}
	topic, hasTopic := textOf(o["topic"])
	at, hasTime := mosquittoTime(o["tst"])
	payload, hasPayload := o["payload"]
	qos, noQoS := strconv.ParseUint(string(o["qos"]), 10, 8)
	retained, hasRetained := mosquittoFlag(o["retain"])
	size, noSize := strconv.Atoi(string(o["payloadlen"]))
	if !hasTopic || !hasTime || !hasPayload || !hasRetained || errors.Join(noQoS, noSize) != nil || size < 0 {
		return errRecord
	}
	f.topic, f.time, f.qos, f.retained = topic, at, byte(qos), retained
	f.properties = o["properties"]
	f.altered = !utf8.Valid(line)
	f.setMosquitto(payload, size)
	f.altered = f.altered || len(f.payload) < f.size
	return nil
}

// setMosquitto sets a payload of so many bytes. A JSON text is one of %J's when
// other lines were, and the quotes are among its bytes.
func (f *found) setMosquitto(raw json.RawMessage, size int) {
	f.size = size
	switch {
	case raw[0] == '"' && (!f.rewritten || size != len(raw)):
		f.payload, _ = textOf(raw)
	case !bytes.Equal(raw, []byte("null")):
		f.rewritten = true
		f.payload, f.size = raw, len(raw)
	case size == len("null"):
		f.rewritten = true
		f.payload = raw
	}
}

// mosquittoFlag reads a flag in one of its two shapes.
func mosquittoFlag(raw json.RawMessage) (set, ok bool) {
	switch string(raw) {
	case "1", "true":
		return true, true
	case "0", "false":
		return false, true
	}
	return false, false
}

// mosquittoTime reads a time in one of its three shapes.
func mosquittoTime(raw json.RawMessage) (time.Time, bool) {
	if text, ok := textOf(raw); ok {
		at, lacks, ok := (&stamps{}).read(string(text))
		return at, ok && lacks == 0
	}
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || seconds < 0 || seconds >= 1<<33 {
		return time.Time{}, false
	}
	whole := int64(seconds)
	return time.Unix(whole, int64((seconds-float64(whole))*1e9)), true
}
