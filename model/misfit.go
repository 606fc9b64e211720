package model

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// A text where numbers were is most often a number that was garbled on the way, or a
// complaint of the sensor's; but it may also be what the device means: a light whose
// brightness is "off", a fan whose speed is "auto". The rules are:
//
//   - A word is a value like any other: letters, with blanks and the signs _ - . between
//     them, two to thirty-two bytes. So is a word that stands for a two-state value.
//   - Any other text is no reading: the number stays, the history has a gap. So are the
//     words by which sensors say that they have failed.
//   - When more than mostMisfits come in a row the sender has begun to write something
//     else, and that is the value.
//   - Where the payloads of a topic hold their numbers in members, such a text in place of
//     the whole payload is no reading for each of these.

// mostMisfits is how many texts in a row are taken for misfits.
const mostMisfits = 3

// longestWord is the longest text that is a word, in bytes.
const longestWord = 32

// misfit says whether the reading does not belong to the metric's numbers, and counts it.
func (m *metric) misfit(r *Reading) bool {
	if r.Value.Kind != Text || m.kind != Number || isWord(r.Raw) || m.misfits >= mostMisfits {
		return false
	}
	m.misfits++
	return true
}

// applyMisfit takes in a message whose only reading is a text in place of a payload whose
// members are numbers. It says whether the message is one.
func (s *Store) applyMisfit(t *topicState, m *Message, at int64, readings []Reading) (taken bool) {
	if len(readings) != 1 || readings[0].Path != "" || readings[0].Value.Kind != Text || t.place("") != nil {
		return false
	}
	for _, metric := range t.metrics {
		if metric.misfit(&readings[0]) {
			s.applyReading(metric, m, at, &Reading{Raw: readings[0].Raw})
			taken = true
		}
	}
	return taken
}

// isWord says whether a text is a word that is no complaint.
func isWord(text []byte) bool {
	if len(text) < 2 || len(text) > longestWord || isComplaint(text) {
		return false
	}
	letters := 0
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		switch {
		case unicode.IsLetter(r):
			letters++
		case r != ' ' && r != '_' && r != '-' && r != '.' && !unicode.IsMark(r):
			return false
		}
	}
	return letters > 1
}

// isComplaint says whether a text begins or ends with a word of failure: "error",
// "Sensor error", "ERR".
func isComplaint(text []byte) bool {
	words := bytes.FieldsFunc(bytes.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for i, word := range words {
		if i > 0 && i < len(words)-1 {
			continue
		}
		switch string(word) {
		case "err", "error", "fail", "failed", "failure", "fault", "invalid", "timeout":
			return true
		}
	}
	return false
}
