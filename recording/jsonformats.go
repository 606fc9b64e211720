package recording

// JSONFormat names JSON objects with a topic and a payload, one after another, a line
// each or not, or in an array: what Node-RED, mqtt_recorder and many scripts write.
const JSONFormat = "json"

func jsonObjects() textFormat {
	return textFormat{
		Format: Format{JSONFormat, "a file of JSON objects with a topic and a payload", 0},
		cut:    cutObjects,
		parse: byObject(func(o object, s *stamps, f *found) error {
			if !o.message(s, f) {
				return errRecord
			}
			return nil
		}),
	}
}

// MqttuiFormat names what `mqttui log --json` writes. A time that is null is its only sign
// of a retained message; the payload is JSON where it could be read as such.
const MqttuiFormat = "mqttui"

func mqttui() textFormat {
	return textFormat{
		Format: Format{MqttuiFormat, "a log of mqttui log --json", LacksZone | LacksDup | LacksBytes},
		cut:    byLine,
		parse: byObject(func(o object, s *stamps, f *found) error {
			at, hasTime := o.get("time")
			_, hasSize := o.get("size")
			_, hasRetained := o.get(retainKeys...)
			if !hasTime || !hasSize || hasRetained || !o.message(s, f) {
				return errRecord
			}
			f.retained = string(at) == "null"
			f.lacks = 0
			return nil
		}),
	}
}

// MQTTXFormat names what MQTTX exports as JSON: connections with their messages. Of the
// connections, which have passwords, and of their folders nothing is read. Payloads are as
// MQTTX showed them, and some messages are those that it sent.
const MQTTXFormat = "mqttx"

func mqttx() textFormat {
	return textFormat{
		Format: Format{MQTTXFormat, "an export of MQTTX", LacksZone | LacksDup | LacksBytes},
		cut:    func(in *window) cutter { return &objectCutter{in: in} },
		parse: byObject(func(o object, s *stamps, f *found) error {
			if folder, _ := o.get("iscollection"); string(folder) == "true" {
				return errHead
			}
			sent, isMQTTX := o.get("out")
			if _, hasTime := o.get("createat"); !isMQTTX || !hasTime || !o.message(s, f) {
				return errRecord
			}
			f.sent = string(sent) == "true"
			f.lacks = 0
			return nil
		}),
	}
}

// byObject is a parser of JSON objects.
func byObject(parse func(o object, s *stamps, f *found) error) parser {
	return func(record []byte, m *memory, f *found) error {
		o, ok := parseObjectKeys(record)
		if !ok {
			return errRecord
		}
		return parse(o, &m.stamps, f)
	}
}
