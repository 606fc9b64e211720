package recording

import (
	"bytes"
	"time"
)

// Zigbee2MQTTFormat names the log of Zigbee2MQTT, in which lines such as
//
//	[2024-01-01 12:00:00] info: 	z2m:mqtt: MQTT publish: topic 'zigbee2mqtt/lamp', payload '{"state":"ON"}'
//
// are messages that it sent; older ones begin with the level and have no brackets. A topic
// may have quotes: it ends where the payload begins.
const Zigbee2MQTTFormat = "zigbee2mqtt"

func zigbee2MQTT() textFormat {
	return textFormat{
		Format: Format{Zigbee2MQTTFormat, "a log of Zigbee2MQTT", LacksZone | LacksQoS | LacksRetained | LacksDup | LacksBytes},
		cut: func(in *window) cutter {
			return &lineCutter{in: in, goesOn: func(_ int, _, next []byte) bool {
				_, _, ok := cutZigbee(next)
				return !ok
			}}
		},
		open: func(end time.Time) parser {
			s := &stamps{end: end}
			return func(record []byte, f *found) error { return parseZigbee(record, s, f) }
		},
		suits: func(first [][]byte) bool {
			return bytes.Contains(bytes.Join(first, []byte("\n")), zigbeePublish)
		},
	}
}

// zigbeePublish stands in each line with a message.
var zigbeePublish = []byte("MQTT publish: topic '")

// cutZigbee parts the time of a line and what comes after it.
func cutZigbee(line []byte) (stamp string, rest []byte, ok bool) {
	if n := wordLength(line); n < len(line) && isShape(line, "aaaa") { // the level
		line = bytes.TrimLeft(line[n:], " ")
	}
	if len(line) > 0 && line[0] != '[' {
		line = bytes.Replace(line, []byte(": "), []byte(" "), 1) // after the time
	}
	return cutStamp(line)
}

func parseZigbee(record []byte, s *stamps, f *found) error {
	stamp, rest, ok := cutZigbee(record)
	if !ok {
		return errRecord
	}
	_, rest, ok = bytes.Cut(rest, zigbeePublish)
	if !ok {
		return errNoMessage
	}
	topic, payload, ok := bytes.Cut(rest, []byte("', payload '"))
	if f.payload, _ = bytes.CutSuffix(payload, []byte("'")); !ok || len(f.payload) == len(payload) {
		return errRecord
	}
	f.topic = topic
	if f.time, _, ok = s.read(stamp); !ok {
		return errRecord
	}
	return nil
}
