package decode

import (
	"bytes"
	"unicode/utf8"

	"labtop/model"
)

// maxRaw is how much of a text a reading keeps, in bytes.
const maxRaw = 1024

// bare decodes the text of a whole payload that is one value. Only here may a comma stand for the point:
// inside JSON and lists it separates.
func bare(r *model.Reading) {
	n := scanNumber(head(r.Raw))
	if n.length == 0 || n.comma && !wholeComma(r.Raw, n) || !measure(r, n) {
		word(r)
	}
}

// wholeComma says whether the number n at the start of text is written with a comma
// that has digits on both sides, "21,5".
func wholeComma(text []byte, n number) bool {
	i := bytes.IndexByte(text[:n.length], ',')
	return i > 0 && isDigit(text[i-1]) && i+1 < n.length && isDigit(text[i+1])
}

// quoted decodes r.Raw, the text of a JSON string or of a value in a list. Numbers in
// strings are numbers, but not those that are written as ids are: with leading
// zeros, beyond 2^53, or like 12E45.
func quoted(r *model.Reading) {
	n := scanNumber(head(r.Raw))
	if n.length == 0 || n.comma || !n.exact || n.padded || n.bareExponent || !measure(r, n) {
		word(r)
	}
}

// measure makes r the number n when the whole of its text is the number, or the number
// and a known unit.
func measure(r *model.Reading, n number) bool {
	if n.length < len(r.Raw) {
		u, ok := textUnit(r.Raw[n.length:])
		if !ok {
			return false
		}
		r.Unit, r.UnitSource = u, model.UnitText
	}
	r.Value = model.Value{Kind: model.Number, Num: n.value}
	return true
}

// word makes r what its text says in a word, or text. An empty string is no
// value.
func word(r *model.Reading) {
	if len(r.Raw) == 0 || noValue(r.Raw) {
		return
	}
	if v, ok := boolean(r.Raw); ok {
		r.Value = v
		return
	}
	asText(r)
}

// asText makes r a text.
func asText(r *model.Reading) {
	r.Value = model.Value{Kind: model.Text}
	r.Unit, r.UnitSource = "", model.UnitNone
	r.Raw = clip(r.Raw, maxRaw)
}

// head is the part of a text that may be a number and its unit; longer text is none.
func head(text []byte) []byte {
	if len(text) > maxNumber {
		return nil
	}
	return text
}

// clip cuts text to at most n bytes, between two characters.
func clip(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	for i := n; i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			return text[:i]
		}
	}
	return text[:n]
}

// trim removes blanks and line ends on both sides.
func trim(text []byte) []byte {
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	for len(text) > 0 && isBlank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	return text
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isText says whether text is UTF-8 without zero bytes. Logs are text with their
// escape sequences; who prints them makes them safe.
func isText(text []byte) bool { return bytes.IndexByte(text, 0) < 0 && utf8.Valid(text) }
