package decode

import (
	"bytes"
	"encoding/json"
	"slices"

	"labtop/model"
)

// isJSON says whether the payload looks like a JSON object or array.
func isJSON(text []byte) bool { return len(text) > 0 && (text[0] == '{' || text[0] == '[') }

// walk goes through one JSON payload. The payload is known to be valid, so the
// walk needs no errors: it only has to find where things end.
type walk struct {
	d    *decoder
	text []byte
	i    int
	out  *model.Decoded
	left int // how many more values are looked at
	// applied says that units of readings were taken from other readings, which
	// are marked with usedUp.
	applied bool
}

// usedUp is the kind of a reading that was the unit of another one.
const usedUp model.Kind = 0xff

// json decodes a payload that begins with { or [. It says whether the payload is JSON.
func (d *decoder) json(text []byte, out *model.Decoded) bool {
	if !json.Valid(text) {
		return false
	}
	d.begin(out)
	w := walk{d: d, text: text, out: out, left: d.c.maxLeaves * triesPerLeaf}
	w.value(&d.tree.root, 0)
	d.end(out)
	if w.applied {
		out.Readings = slices.DeleteFunc(out.Readings, func(r model.Reading) bool { return r.Value.Kind == usedUp })
	}
	return true
}

// value reads the value at w.i into the place n.
func (w *walk) value(n *node, depth int) {
	w.blanks()
	nested := w.text[w.i] == '{' || w.text[w.i] == '['
	switch {
	case n == nil, nested && depth >= w.d.c.maxDepth:
		w.skip()
	case w.text[w.i] == '{':
		w.object(n, depth)
	case w.text[w.i] == '[':
		w.array(n, depth)
	default:
		w.leaf(n)
	}
}

// object reads the members of an object.
func (w *walk) object(n *node, depth int) {
	w.i++ // {
	var (
		m *node
		u siblings
	)
	for w.blanks(); w.text[w.i] != '}'; w.blanks() {
		if w.text[w.i] == ',' {
			w.i++
			w.blanks()
		}
		key := w.str()
		w.blanks()
		w.i++ // :
		if m = w.d.member(n, m, key); m != nil {
			w.value(m, depth+1)
			u.note(m, w.reading(m))
		} else {
			w.skip()
		}
	}
	w.i++ // }
	u.apply(n, w)
}

// array reads the elements of an array.
func (w *walk) array(n *node, depth int) {
	w.i++ // [
	for i := 0; ; i++ {
		w.blanks()
		switch w.text[w.i] {
		case ']':
			w.i++
			return
		case ',':
			w.i++
		}
		w.value(w.d.item(n, i), depth+1)
	}
}

// leaf reads a string, a number or a word into the place n.
func (w *walk) leaf(n *node) {
	if w.left--; w.left < 0 {
		w.skip()
		return
	}
	decode := literal
	var raw []byte
	if w.text[w.i] == '"' {
		raw, decode = trim(unescape(w.str())), quoted
	} else {
		raw = w.literal()
	}
	w.says(n, raw)
	if r := w.d.add(n, raw, w.out); r != nil {
		fill(r, n, decode)
	}
}

// literal decodes r.Raw, a JSON number or word.
func literal(r *model.Reading) {
	switch r.Raw[0] {
	case 'n':
	case 't':
		r.Value = model.Value{Kind: model.Bool, Num: 1}
	case 'f':
		r.Value = model.Value{Kind: model.Bool}
	default:
		n := scanNumber(head(r.Raw))
		if n.length == 0 || !n.exact {
			asText(r)
			return
		}
		r.Value = model.Value{Kind: model.Number, Num: n.value}
	}
}

// says takes the presence from a member at the top.
func (w *walk) says(n *node, word []byte) {
	switch {
	case n.owntracks && string(word) == "lwt":
		w.out.Presence = model.Offline
	case n.presence && w.out.Presence == model.Unknown:
		w.out.Presence = presenceWord(word)
	}
}

// str reads the string at w.i and returns what is between its quotes.
func (w *walk) str() []byte {
	start := w.i + 1
	for i := start; ; i++ {
		i += bytes.IndexByte(w.text[i:], '"')
		slashes := 0
		for w.text[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			w.i = i + 1
			return w.text[start:i]
		}
	}
}

// literal reads the number or word at w.i.
func (w *walk) literal() []byte {
	start := w.i
	for w.i < len(w.text) {
		switch w.text[w.i] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return w.text[start:w.i]
		}
		w.i++
	}
	return w.text[start:]
}

func (w *walk) blanks() {
	for isBlank(w.text[w.i]) {
		w.i++
	}
}

// skip passes over the value at w.i, however deep, and counts what it leaves out.
func (w *walk) skip() {
	for depth := 0; ; {
		w.blanks()
		switch w.text[w.i] {
		case '{', '[':
			depth++
			w.i++
		case '}', ']':
			depth--
			w.i++
		case ',':
			w.i++
			continue
		case '"':
			w.str()
			if w.blanks(); w.text[w.i] == ':' {
				w.i++
				continue
			}
			w.out.Skipped++
		default:
			w.literal()
			w.out.Skipped++
		}
		if depth == 0 {
			return
		}
	}
}

// unescape undoes the escapes of a JSON string; without any it returns raw itself. Of a
// long string it returns the beginning, which is longer than what is kept of it.
func unescape(raw []byte) []byte {
	raw = beginning(raw)
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	quoted := make([]byte, 0, len(raw)+2)
	quoted = append(append(append(quoted, '"'), raw...), '"')
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return raw // not reached: the payload is valid
	}
	return []byte(s)
}

// longestEscape is the length of the longest escape of a character, that of one in two
// halves.
const longestEscape = len(`\ud83d\ude00`)

// beginning is as much of a JSON string as is cut neither in an escape nor in a character,
// and surely holds maxRaw bytes.
func beginning(raw []byte) []byte {
	const most = maxRaw * longestEscape
	if len(raw) <= most {
		return raw
	}
	end := 0
	for i := 0; i < most; end = i {
		switch {
		case raw[i] != '\\':
			i++
		case raw[i+1] == 'u':
			i += longestEscape / 2
		default:
			i += 2
		}
	}
	return clip(raw, end)
}

// unquote returns the text of a payload that is one JSON string, without blanks
// around it; other payloads stay as they are.
func unquote(text []byte) []byte {
	if !json.Valid(text) {
		return text
	}
	return trim(unescape(text[1 : len(text)-1]))
}
