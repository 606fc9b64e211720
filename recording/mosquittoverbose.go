package recording

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// VerboseFormat names what mosquitto_sub prints with -v: a topic, a blank, the payload
// and a line end. Nothing is escaped, so the rules are guesses:
//
//   - The topic ends at the first blank, but for a topic that is known to have one, and
//     where JSON begins further on and the words before it go on with a slash.
//   - A line whose first word can be no topic, or that has no blank, is a further line of
//     the payload before it.
//   - "(null)" is the empty payload.
//   - What mosquitto_sub and the shell say in between is left out.
const VerboseFormat = "mosquitto-verbose"

func mosquittoVerbose() textFormat {
	return textFormat{
		Format: Format{VerboseFormat, "what mosquitto_sub -v prints", LacksTimes | LacksQoS | LacksRetained | LacksDup | LacksBytes},
		bare:   true,
		cut: func(in *window) cutter {
			return &lineCutter{in: in, goesOn: func(_ int, _, next []byte) bool { return !startsVerbose(next) && !isChatter(next) }}
		},
		parse: parseVerbose,
		suits: suitsVerbose,
	}
}

func parseVerbose(record []byte, _ *memory, f *found) error {
	switch {
	case isChatter(record):
		return errNoMessage
	case !startsVerbose(record):
		return errRecord
	}
	f.topic, f.payload = splitVerbose(record)
	if string(f.payload) == "(null)" {
		f.payload = nil
	}
	return nil
}

// spacedTopic is a topic with a blank that every Mosquitto has.
var spacedTopic = []byte("$SYS/broker/retained messages/count ")

// splitVerbose parts a topic and its payload.
func splitVerbose(record []byte) (topic, payload []byte) {
	if bytes.HasPrefix(record, spacedTopic) {
		return record[:len(spacedTopic)-1], record[len(spacedTopic):]
	}
	topic, payload, _ = bytes.Cut(record, []byte(" "))
	if i := jsonStart(payload); i > 0 && bytes.IndexByte(payload[:i], '/') >= 0 && json.Valid(payload[i:]) {
		at := len(topic) + 1 + i
		return record[:at-1], record[at:]
	}
	return topic, payload
}

// jsonStart is where a JSON object or array begins after a blank, -1 when none does.
func jsonStart(payload []byte) int {
	if len(payload) == 0 || payload[0] == '{' || payload[0] == '[' {
		return -1
	}
	for i := 1; i < min(len(payload), 65535); i++ {
		if (payload[i] == '{' || payload[i] == '[') && payload[i-1] == ' ' {
			return i
		}
	}
	return -1
}

// startsVerbose says whether a message can begin with a line.
func startsVerbose(line []byte) bool {
	end := bytes.IndexByte(line, ' ')
	return end > 0 && canBeTopic(line[:end])
}

// A word is looked at byte by byte, in each line, so what a byte may be is a table of bits.
const (
	wordForeign = 1 << iota // wildcards, and what text and JSON have beside words
	wordLetter
	wordSlash
	wordWithin  // at neither end
	wordHigh    // of UTF-8, or a letter of another charset
	wordControl // of UTF-8, or a control character of another charset
)

var wordBytes = func() (kinds [256]byte) {
	for c := range kinds {
		switch c := byte(c); {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '$', c == '_':
			kinds[c] = wordLetter
		case '0' <= c && c <= '9', c == '-':
		case c == '/':
			kinds[c] = wordSlash
		case strings.IndexByte(".:@~%!=&*", c) >= 0:
			kinds[c] = wordWithin
		case c >= 0xa0:
			kinds[c] = wordHigh
		case c >= 0x80:
			kinds[c] = wordControl
		default:
			kinds[c] = wordForeign
		}
	}
	return kinds
}()

// canBeTopic says whether a word looks like a topic: of levels, or a name.
func canBeTopic(word []byte) bool {
	if len(word) == 0 || len(word) > 65535 {
		return false
	}
	var has byte
	for _, c := range word {
		has |= wordBytes[c]
	}
	switch ends := wordBytes[word[0]] | wordBytes[word[len(word)-1]]; {
	case has&wordForeign != 0, ends&wordWithin != 0:
		return false
	case has&wordWithin != 0 && bytes.Contains(word, []byte(":/")): // an address
		return false
	case has&(wordHigh|wordControl) == 0 || utf8.Valid(word):
		return has&^wordWithin != 0
	}
	// Of a log in another charset, or bytes of a payload.
	return has&wordControl == 0 && has&wordSlash != 0
}

// isChatter says whether a line is none of a log's but one of the program that printed
// it, or of the shell.
func isChatter(line []byte) bool {
	if len(line) == 0 {
		return false
	}
	if line[0] == '$' || line[0] == '#' {
		return bytes.HasPrefix(line[1:], []byte(" "))
	}
	var starts []string
	switch line[0] {
	case '^':
		starts = []string{"^C", "^Z", "^\\"}
	case 'T':
		starts = []string{"Timed out"}
	case 'W':
		starts = []string{"Warning: "}
	case 'E':
		starts = []string{"Error: "}
	case 'S':
		starts = []string{"Subscribed (mid: "}
	case 'C':
		if bytes.HasPrefix(line, []byte("Client ")) && (bytes.Contains(line, []byte(" sending ")) || bytes.Contains(line, []byte(" received "))) {
			return true
		}
		starts = []string{"Connection error: ", "Connection Refused: "}
	}
	for _, start := range starts {
		if bytes.HasPrefix(line, []byte(start)) {
			return true
		}
	}
	return false
}

// suitsVerbose says whether most messages have a topic of levels, or a value: any text
// has lines of words. A time is no topic.
func suitsVerbose(first [][]byte) bool {
	messages, sure := 0, 0
	for _, record := range first {
		if isChatter(record) || !startsVerbose(record) {
			continue
		}
		messages++
		if _, _, stamped := cutStamp(record); stamped {
			continue
		}
		if topic, payload := splitVerbose(record); bytes.IndexByte(topic, '/') >= 0 || isValue(payload) {
			sure++
		}
	}
	return sure > 0 && 2*sure >= messages
}

// isValue says whether a payload is a number, JSON or a common word.
func isValue(payload []byte) bool {
	text := string(bytes.TrimSpace(payload))
	switch text {
	case "on", "off", "ON", "OFF", "online", "offline", "(null)":
		return true
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil || json.Valid([]byte(text))
}
