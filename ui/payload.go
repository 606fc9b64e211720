package ui

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"labtop/model"
	"labtop/safetext"
)

// payloadForm is how a payload is shown.
type payloadForm uint8

const (
	asText payloadForm = iota
	asTree
	asHex
	payloadForms
)

func (f payloadForm) String() string {
	switch f {
	case asTree:
		return "JSON tree"
	case asHex:
		return "hex"
	}
	return "text"
}

// payloadLines writes a payload in rows of at most width cells, and no more than
// most rows. Whatever is in it, the work is bounded by the rows, not by the payload.
func payloadLines(m *model.Message, form payloadForm, width, most int) []string {
	switch form {
	case asTree:
		if lines := treeLines(m.Payload, most); lines != nil {
			return lines
		}
	case asHex:
		return hexLines(m.Payload, width, most)
	}
	return textLines(m.Payload, width, most)
}

// textLines wraps the text; line breaks stay visible as signs.
func textLines(payload []byte, width, most int) []string {
	if len(payload) == 0 {
		return []string{"(empty)"}
	}
	width = max(width, 1)
	text := safetext.CleanBytes(payload[:min(len(payload), 4*width*most)])
	var lines []string
	var b strings.Builder
	used := 0
	for _, r := range text {
		n := runeCells(r)
		if used+n > width {
			lines = append(lines, b.String())
			b.Reset()
			used = 0
			if len(lines) == most {
				return lines
			}
		}
		b.WriteRune(r)
		used += n
	}
	return append(lines, b.String())
}

// hexLines is the classic dump: offset, bytes, characters.
func hexLines(payload []byte, width, most int) []string {
	if len(payload) == 0 {
		return []string{"(empty)"}
	}
	perRow := 16
	if width < 76 {
		perRow = 8
	}
	var lines []string
	for at := 0; at < len(payload) && len(lines) < most; at += perRow {
		row := payload[at:min(at+perRow, len(payload))]
		var b strings.Builder
		b.WriteString(strconv.FormatInt(int64(at)+1<<32, 16)[1:])
		b.WriteString("  ")
		for i := range perRow {
			if i < len(row) {
				b.WriteString(hex.EncodeToString(row[i:i+1]) + " ")
			} else {
				b.WriteString("   ")
			}
		}
		b.WriteByte(' ')
		for _, c := range row {
			if c < 0x20 || c > 0x7e {
				c = '.'
			}
			b.WriteByte(c)
		}
		lines = append(lines, b.String())
	}
	return lines
}

// treeLines writes JSON one member a row, indented. It returns nil when the
// payload is no JSON object or array, and stops at the first error, so that a
// payload that was cut shows what is there.
func treeLines(payload []byte, most int) []string {
	if p := bytes.TrimLeft(payload, " \t\r\n"); len(p) == 0 || p[0] != '{' && p[0] != '[' {
		return nil
	}
	t := tree{decoder: json.NewDecoder(bytes.NewReader(payload)), most: most}
	t.decoder.UseNumber()
	for len(t.lines) < most && t.next() {
	}
	return t.lines
}

// tree walks the tokens of a JSON text. Its depth is only a number, so that no
// nesting can exhaust anything.
type tree struct {
	decoder *json.Decoder
	most    int
	lines   []string
	opened  []byte // the brackets that are open
	key     string
	keyed   bool
}

// maxIndent keeps deep members on the screen.
const maxIndent = 24

func (t *tree) next() bool {
	token, err := t.decoder.Token()
	if err != nil || len(t.opened) > 10_000 {
		return false
	}
	inObject := len(t.opened) > 0 && t.opened[len(t.opened)-1] == '{'
	switch v := token.(type) {
	case json.Delim:
		if v == '}' || v == ']' {
			t.opened = t.opened[:len(t.opened)-1]
			t.key, t.keyed = "", false
			t.line(string(v))
		} else {
			t.line(string(v))
			t.opened = append(t.opened, byte(v))
		}
		return true
	case string:
		if inObject && !t.keyed {
			t.key, t.keyed = v, true
			return true
		}
		t.line(strconv.Quote(v))
	case json.Number:
		t.line(v.String())
	case bool:
		t.line(strconv.FormatBool(v))
	case nil:
		t.line("null")
	}
	return true
}

func (t *tree) line(value string) {
	indent := strings.Repeat("  ", min(len(t.opened), maxIndent))
	if t.keyed {
		value = t.key + ": " + value
	}
	t.key, t.keyed = "", false
	t.lines = append(t.lines, indent+value)
}
