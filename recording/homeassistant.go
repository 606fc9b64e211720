package recording

import (
	"bytes"
	"unicode"
)

// HomeAssistantFormat names what Home Assistant's service mqtt.dump writes into
// mqtt_dump.txt: a topic, a comma and the payload, without its line ends. The payload may
// have commas; a topic with one cannot be told.
const HomeAssistantFormat = "home-assistant"

func homeAssistant() textFormat {
	return textFormat{
		Format: Format{HomeAssistantFormat, "a dump of Home Assistant", LacksTimes | LacksQoS | LacksRetained | LacksDup | LacksBytes},
		bare:   true,
		cut:    byLine,
		parse: func(record []byte, _ *memory, f *found) error {
			topic, payload, ok := bytes.Cut(record, []byte(","))
			if !ok || bytes.ContainsAny(topic, "+#") {
				return errRecord
			}
			f.topic, f.payload = topic, payload
			return nil
		},
		suits: func(first [][]byte) bool {
			sure := 0
			for _, record := range first {
				topic, _, ok := bytes.Cut(record, []byte(","))
				if ok && bytes.IndexByte(topic, '/') >= 0 && bytes.ContainsFunc(topic, unicode.IsLetter) && canBeTopic(topic) {
					sure++
				}
			}
			return sure > 0 && 2*sure >= len(first)
		},
	}
}
