package decode

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"labtop/model"
)

// isPairs says whether text is a list like "Temp=22.5,Hum=45": pairs of a name and a
// value, with commas or semicolons between them. All of it has this form, and one
// value at least is not just text: "a=b" may be anything.
func isPairs(text []byte) bool {
	if bytes.IndexByte(text, '=') < 1 {
		return false
	}
	values := false
	for rest := text; len(rest) > 0; {
		var key, value []byte
		key, value, rest = nextPair(rest)
		if !isKey(key) || len(value) == 0 || bytes.IndexByte(value, '=') >= 0 {
			return false
		}
		if !values {
			r := model.Reading{Raw: value}
			quoted(&r)
			values = r.Value.Kind != model.Text
		}
	}
	return values
}

// pairs decodes a list of pairs.
func (d *decoder) pairs(text []byte, out *model.Decoded) {
	d.begin(out)
	var n *node
	left := d.c.maxLeaves * triesPerLeaf
	for rest := text; len(rest) > 0; left-- {
		var key, value []byte
		key, value, rest = nextPair(rest)
		if left <= 0 {
			out.Skipped++
		} else if n = d.member(&d.tree.root, n, key); n == nil {
			out.Skipped++
		} else if r := d.add(n, value, out); r != nil {
			fill(r, n, quoted)
		}
	}
	d.end(out)
}

// nextPair takes one pair from the front of a list.
func nextPair(list []byte) (key, value, rest []byte) {
	pair := list
	if i := bytes.IndexAny(list, ",;"); i >= 0 {
		pair, rest = list[:i], list[i+1:]
	}
	key, value, _ = bytes.Cut(pair, []byte("="))
	return trim(key), trim(value), rest
}

// isKey says whether a name in a list looks like one.
func isKey(key []byte) bool {
	for _, c := range key {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c >= utf8.RuneSelf
		if !letter && !isDigit(c) && strings.IndexByte("_-.:", c) < 0 {
			return false
		}
	}
	return len(key) > 0 && len(key) <= maxPath
}
