package recording

import (
	"bytes"
	"encoding/json"
	"strings"
)

// TasmotaFormat names the console of a Tasmota device: a time of the day, three letters
// and what happened. "MQT: topic = payload (retained)" is a message that the device sent,
// "RSL: SENSOR = payload", without the levels before, one that it would have. The rules are:
//
//   - The time may be followed by the free memory: "12:00:00.123-045" or "…-045/32".
//   - The remark is in the language of the build. One that is not English is known by its
//     brackets, after JSON or one word.
const TasmotaFormat = "tasmota"

func tasmota() textFormat {
	return textFormat{
		Format: Format{TasmotaFormat, "the console of a Tasmota device", LacksDates | LacksZone | LacksQoS | LacksDup | LacksBytes},
		bare:   true,
		cut:    byLine,
		parse:  parseTasmota,
	}
}

func parseTasmota(record []byte, m *memory, f *found) error {
	stamp, rest, ok := cutStamp(record)
	kind, rest, hasKind := bytes.Cut(rest, []byte(": "))
	if !ok || !hasKind || len(stamp) < 8 || stamp[2] != ':' || len(kind) < 3 || len(kind) > 4 || !isShape(kind, "aaa") {
		return errRecord
	}
	topic, payload, ok := bytes.Cut(rest, []byte(" ="))
	if k := string(kind[:3]); !ok || k != "MQT" && k != "RSL" || bytes.IndexByte(topic, ' ') >= 0 {
		return errNoMessage
	}
	f.topic = topic
	f.payload, f.retained = cutRemark(bytes.TrimPrefix(payload, []byte(" ")))
	clock, _, _ := strings.Cut(stamp, "-")
	if f.time, _, ok = m.stamps.read(clock); !ok {
		return errRecord
	}
	return nil
}

// cutRemark is a payload without the remark that it was retained.
func cutRemark(text []byte) (payload []byte, retained bool) {
	at := bytes.LastIndexByte(text, ' ')
	if at < 0 {
		return text, false
	}
	payload, word := text[:at], text[at+1:]
	if len(word) < 3 || word[0] != '(' || word[len(word)-1] != ')' {
		return text, false
	}
	if string(word) == "(retained)" || bytes.IndexByte(payload, ' ') < 0 || json.Valid(payload) {
		return payload, true
	}
	return text, false
}
