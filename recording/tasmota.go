package recording

import (
	"bytes"
	"time"
)

// TasmotaFormat names the console of a Tasmota device: a time of the day, three letters
// and what happened. "MQT: topic = payload (retained)" is a message that the device sent;
// newer builds write "RSL: SENSOR = payload", without the levels before.
const TasmotaFormat = "tasmota"

func tasmota() textFormat {
	return textFormat{
		Format: Format{TasmotaFormat, "the console of a Tasmota device", LacksDates | LacksZone | LacksQoS | LacksDup | LacksBytes},
		bare:   true,
		cut:    byLine,
		open: func(end time.Time) parser {
			s := &stamps{end: end}
			return func(record []byte, f *found) error { return parseTasmota(record, s, f) }
		},
	}
}

func parseTasmota(record []byte, s *stamps, f *found) error {
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
	payload, f.retained = bytes.CutSuffix(payload, []byte(" (retained)"))
	f.payload = bytes.TrimPrefix(payload, []byte(" "))
	if f.time, _, ok = s.read(stamp); !ok {
		return errRecord
	}
	return nil
}
