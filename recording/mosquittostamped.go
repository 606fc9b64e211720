package recording

import "bytes"

// StampedFormat names what mosquitto_sub -v prints when each line gets a time, as `| ts`
// and many scripts do. The rules are those of VerboseFormat, after the time. A line without
// a time is a further line of the payload before it: mosquitto_sub -F gives it to the first
// one only.
const StampedFormat = "mosquitto-stamped"

func mosquittoStamped() textFormat {
	return textFormat{
		Format: Format{StampedFormat, "what mosquitto_sub -v prints, with a time before each line", LacksQoS | LacksRetained | LacksDup | LacksBytes},
		bare:   true,
		cut: func(in *window) cutter {
			return &lineCutter{in: in, goesOn: func(_ int, _, next []byte) bool {
				_, rest, ok := cutStamp(next)
				if !ok {
					return !isChatter(next)
				}
				return !startsVerbose(rest) && !isChatter(rest)
			}}
		},
		parse: parseStamped,
		suits: func(first [][]byte) bool {
			var rests [][]byte
			for _, record := range first {
				if _, rest, ok := cutStamp(record); ok {
					rests = append(rests, rest)
				}
			}
			return suitsVerbose(rests)
		},
	}
}

func parseStamped(record []byte, m *memory, f *found) error {
	stamp, rest, ok := cutStamp(record)
	if !ok {
		return errRecord
	}
	if err := parseVerbose(rest, m, f); err != nil {
		return err
	}
	f.payload = withoutStamps(f.payload)
	if f.time, f.lacks, ok = m.stamps.read(stamp); !ok {
		return errRecord
	}
	return nil
}

// withoutStamps is a payload without the times before its second and further lines.
func withoutStamps(payload []byte) []byte {
	if bytes.IndexByte(payload, '\n') < 0 {
		return payload
	}
	lines := bytes.Split(payload, []byte("\n"))
	for i, line := range lines[1:] {
		if _, rest, ok := cutStamp(line); ok {
			lines[i+1] = rest
		}
	}
	return bytes.Join(lines, []byte("\n"))
}
