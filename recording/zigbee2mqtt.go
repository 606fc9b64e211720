package recording

import "bytes"

// Zigbee2MQTTFormat names the log of Zigbee2MQTT, in which lines such as
//
//	[2024-01-01 12:00:00] info: 	z2m:mqtt: MQTT publish: topic 'zigbee2mqtt/lamp', payload '{"state":"ON"}'
//
// are messages that it sent; older ones begin with the level and have no brackets. The level
// may have a colour. A topic may have quotes: it ends where the payload begins.
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
		parse: parseZigbee,
		suits: func(first [][]byte) bool {
			return bytes.Contains(bytes.Join(first, []byte("\n")), zigbeePublish)
		},
	}
}

// zigbeePublish stands in each line with a message.
var zigbeePublish = []byte("MQTT publish: topic '")

// cutZigbee parts the time of a line and what comes after it.
func cutZigbee(line []byte) (stamp string, rest []byte, ok bool) {
	line = bytes.TrimLeft(withoutColours(line), " ")
	if n := wordLength(line); n < len(line) && isShape(line, "aaaa") { // the level
		line = bytes.TrimLeft(line[n:], " ")
	}
	if len(line) > 0 && line[0] != '[' {
		line = bytes.Replace(line, []byte(": "), []byte(" "), 1) // after the time
	}
	return cutStamp(line)
}

// withoutColours is a line whose level has no colour: neither a sequence that begins one, nor
// the one that ends it.
func withoutColours(line []byte) []byte {
	const levelAt, longest = 48, 8 // where a level is at the latest, and a sequence of a terminal
	for range 2 {
		start := bytes.IndexByte(line[:min(len(line), levelAt)], 0x1b)
		if start < 0 {
			break
		}
		end := bytes.IndexByte(line[start:min(len(line), start+longest)], 'm')
		if end < 0 {
			break
		}
		line = append(bytes.Clone(line[:start]), line[start+end+1:]...)
	}
	return line
}

func parseZigbee(record []byte, m *memory, f *found) error {
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
	if f.time, _, ok = m.stamps.read(stamp); !ok {
		return errRecord
	}
	return nil
}
