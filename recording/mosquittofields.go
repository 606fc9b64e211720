package recording

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Names of what mosquitto_sub prints with -F and one of two formats, in which "-F" can be
// written in the place of the name as well. The rules are:
//
//   - A field ends before the next text of the format. Of a topic, which may hold anything,
//     the first end is taken after which the rest of the line fits.
//   - Where the payload is the last field, a line that does not fit is a further line of
//     the payload before it.
//   - The blank before an empty payload at the end may be missing: editors cut it.
//   - Where more lines that begin with a time do not fit than do, the fields are not those of
//     FieldsFormat: payloads that look like them are chance.
const (
	FieldsFormat = "mosquitto-fields"
	HexFormat    = "mosquitto-hex"
)

func mosquittoFields() textFormat {
	f := knownTemplate(FieldsFormat, "%I %t %q %r %p")
	f.suits = func(first [][]byte) bool {
		fit, other := 0, 0
		for _, record := range first {
			for line := range bytes.SplitSeq(record, []byte("\n")) {
				if f.parse(line, new(memory), new(found)) == nil {
					fit++
				} else if _, _, stamped := cutStamp(line); stamped {
					other++
				}
			}
		}
		return fit > other
	}
	return f
}

func mosquittoHex() textFormat {
	return knownTemplate(HexFormat, "%U %q %r %l %x %t")
}

func knownTemplate(name, template string) textFormat {
	f, err := templateFormat(template)
	if err != nil {
		panic(err) // of a constant
	}
	f.Name = name
	return f
}

// field is a part of what a format of mosquitto_sub prints: a letter after %, or a text
// between two of them.
type field struct {
	letter byte // 0 for a text
	text   []byte
}

// template is a format of mosquitto_sub.
type template []field

// templateFormat reads what mosquitto_sub prints with a format.
func templateFormat(text string) (textFormat, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return textFormat{}, err
	}
	f := textFormat{
		Format: Format{text, "what mosquitto_sub -F '" + text + "' prints", t.lacks()},
		cut:    byLine,
		parse:  t.parse,
	}
	if f.bare = t[len(t)-1].letter == 'p'; f.bare {
		f.cut = func(in *window) cutter {
			return &lineCutter{in: in, goesOn: func(_ int, _, next []byte) bool {
				return !t.match(next, &values{}) && !isChatter(next)
			}}
		}
	}
	return f, nil
}

// parseTemplate reads a format as mosquitto_sub does.
func parseTemplate(text string) (template, error) {
	var t template
	literal := func(c ...byte) {
		if len(t) == 0 || t[len(t)-1].letter != 0 {
			t = append(t, field{})
		}
		t[len(t)-1].text = append(t[len(t)-1].text, c...)
	}
	seen := map[byte]bool{}
	for i := 0; i < len(text); i++ {
		pair := text[i:min(i+2, len(text))]
		switch {
		case pair == "%%", pair == "@@", pair == `\\`:
			literal(text[i])
			i++
		case pair == `\t`:
			literal('\t')
			i++
		case text[i] == '%' && len(pair) == 2 && strings.IndexByte(letters, pair[1]) >= 0:
			if len(t) > 0 && t[len(t)-1].letter != 0 {
				return nil, fmt.Errorf("the format %q has nothing before %s that could part it from the field before", text, pair)
			}
			if seen[pair[1]] {
				return nil, fmt.Errorf("the format %q has %s twice", text, pair)
			}
			seen[pair[1]] = true
			t = append(t, field{letter: pair[1]})
			i++
		case text[i] == '%', text[i] == '@', text[i] == '\\':
			return nil, fmt.Errorf("the format %q has %s, which labtop does not read", text, pair)
		default:
			literal(text[i])
		}
	}
	if !seen['t'] {
		return nil, fmt.Errorf("the format %q has no %%t, the topic", text)
	}
	return t, nil
}

// lacks is what a format does not tell.
func (t template) lacks() Lacks {
	l := LacksTimes | LacksQoS | LacksRetained | LacksDup | LacksBytes
	for _, f := range t {
		switch f.letter {
		case 'I', 'U':
			l &^= LacksTimes
		case 'q':
			l &^= LacksQoS
		case 'r':
			l &^= LacksRetained
		case 'x', 'X':
			l &^= LacksBytes
		}
	}
	return l
}

// letters are those that mosquitto_sub knows after %, but for %j and %J.
const letters = "tpqrxXlmUIACDEFPRS"

// values are the fields of a line, in the order of letters.
type values [len(letters)][]byte

func (v *values) of(letter byte) *[]byte { return &v[strings.IndexByte(letters, letter)] }

// match says whether a line fits, and finds its fields.
func (t template) match(line []byte, v *values) bool {
	if len(t) == 0 {
		return len(line) == 0
	}
	f := t[0]
	if f.letter == 0 {
		rest, ok := bytes.CutPrefix(line, f.text)
		if !ok && len(t) == 2 && t[1].letter == 'p' && len(line) == 0 && string(f.text) == " " {
			ok = true
		}
		return ok && t[1:].match(rest, v)
	}
	least, most := f.length()
	if len(t) == 1 {
		*v.of(f.letter) = line
		return len(line) >= least && len(line) <= most && f.fits(line)
	}
	for end := least; end <= min(len(line), most); end++ {
		next := bytes.Index(line[end:], t[1].text)
		if next < 0 {
			next = len(line) - end // before an empty payload
		}
		if end += next; end > most || !f.fits(line[:end]) {
			return false
		}
		*v.of(f.letter) = line[:end]
		if t[1:].match(line[end:], v) {
			return true
		}
		if f.letter != 't' { // else the work would grow with the power of the fields
			return false
		}
	}
	return false
}

// length is how many bytes a field can have.
func (f field) length() (least, most int) {
	switch f.letter {
	case 't':
		return 1, 65535
	case 'q', 'r':
		return 1, 1
	case 'I':
		return 1, 64
	case 'U':
		return 8, 64 // since 1971
	case 'l', 'm', 'A', 'E', 'F':
		return 0, 20
	}
	return 0, maxLine
}

// fits says whether a field can be so, but for a time, which is read later.
func (f field) fits(b []byte) bool {
	most := byte('9')
	switch f.letter {
	case 'q':
		most = '2'
	case 'r':
		most = '1'
	case 'l', 'm', 'A', 'E', 'F', 'U':
	case 'I':
		return isShape(b, "dddd-dd-ddTdd:dd:dd")
	default:
		return true
	}
	for _, c := range b {
		if (c < '0' || c > most) && (f.letter != 'U' || c != '.') {
			return false
		}
	}
	return true
}

// parse reads a record.
func (t template) parse(record []byte, m *memory, f *found) error {
	var v values
	line, _, several := bytes.Cut(record, []byte("\n"))
	if !t.match(line, &v) {
		if isChatter(record) {
			return errNoMessage
		}
		return errRecord
	}
	f.topic, f.payload = *v.of('t'), *v.of('p')
	if several { // the payload is at the end
		f.payload = record[len(line)-len(f.payload):]
	}
	if q := *v.of('q'); q != nil {
		f.qos = q[0] - '0'
	}
	f.retained = string(*v.of('r')) == "1"
	f.size, _ = strconv.Atoi(string(*v.of('l'))) // 0 when it is not told
	for _, digits := range [][]byte{*v.of('x'), *v.of('X')} {
		if digits == nil {
			continue
		}
		f.payload = make([]byte, hex.DecodedLen(len(digits)))
		if _, err := hex.Decode(f.payload, digits); err != nil {
			return errRecord
		}
	}
	for _, text := range [][]byte{*v.of('I'), *v.of('U')} {
		if text == nil {
			continue
		}
		at, _, ok := m.stamps.read(string(text))
		if !ok {
			return errRecord
		}
		f.time = at
	}
	return nil
}
