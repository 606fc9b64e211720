package painter

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cell is one place of a row.
type cell struct {
	// text is a character with its marks; empty for the right half of a wide one.
	text  string
	style style
}

// style is how a cell looks.
type style struct {
	// fg and bg are the parameters that choose a colour, such as "38;5;12"; empty for
	// the terminal's own.
	fg, bg        string
	bold, reverse bool
}

// shows says whether blanks of the style can be seen.
func (s style) shows() bool { return s.bg != "" || s.reverse }

// blank is what an erased screen is made of.
var blank = cell{text: " "}

// at is the cell of a column; behind the end of a row are blanks.
func at(row []cell, x int) cell {
	if x < len(row) {
		return row[x]
	}
	return blank
}

// trim is a row without the blanks at its end.
func trim(row []cell) []cell {
	for len(row) > 0 && row[len(row)-1] == blank {
		row = row[:len(row)-1]
	}
	return row
}

// split appends the cells of a row. What is neither text nor a colour is left out.
func split(cells []cell, row string) []cell {
	var s style
	for i := 0; i < len(row); {
		c := row[i]
		switch {
		case c >= ' ' && c < 0x7f:
			cells = append(cells, cell{row[i : i+1], s})
			if c == ' ' && !s.shows() {
				cells[len(cells)-1].style = style{}
			}
			i++
		case c >= utf8.RuneSelf:
			_, n := utf8.DecodeRuneInString(row[i:])
			cells = place(cells, row[i:i+n], s)
			i += n
		case strings.HasPrefix(row[i:], "\x1b["):
			n := strings.IndexByte(row[i:], 'm')
			if n < 0 {
				return cells
			}
			s.set(row[i+len("\x1b[") : i+n])
			i += n + 1
		default:
			i++
		}
	}
	return cells
}

// place appends a character that is not ASCII, or joins it to the one that it marks.
func place(cells []cell, char string, s style) []cell {
	switch width := ansi.StringWidthWc(char); {
	case width > 1:
		return append(cells, cell{char, s}, cell{"", s})
	case width == 1:
		return append(cells, cell{char, s})
	}
	for i := len(cells) - 1; i >= 0; i-- {
		if c := &cells[i]; c.text != "" {
			c.text += char
			break
		}
	}
	return cells
}

// set changes the style by the parameters of a sequence (SGR, ECMA-48 section 8.3.117).
// Those that no theme has are left out.
func (s *style) set(params string) {
	for rest := params; ; {
		n := strings.IndexByte(rest, ';')
		if n < 0 {
			n = len(rest)
		}
		switch p := rest[:n]; p {
		case "", "0":
			*s = style{}
		case "1":
			s.bold = true
		case "7":
			s.reverse = true
		case "38", "48":
			n = extended(rest)
			if p == "38" {
				s.fg = rest[:n]
			} else {
				s.bg = rest[:n]
			}
		default:
			s.basic(p)
		}
		if n == len(rest) {
			return
		}
		rest = rest[n+1:]
	}
}

// basic takes one of the sixteen colours.
func (s *style) basic(p string) {
	switch {
	case len(p) == 2 && (p[0] == '3' || p[0] == '9') && p[1] <= '7':
		s.fg = p
	case len(p) == 2 && p[0] == '4' && p[1] <= '7', len(p) == 3 && p[:2] == "10" && p[2] <= '7':
		s.bg = p
	}
}

// extended is how long the colour is with which the parameters begin: "38;5;N" or
// "38;2;R;G;B".
func extended(params string) int {
	parts := 3
	if strings.HasPrefix(params[len("38"):], ";2") {
		parts = 5
	}
	for i := range len(params) {
		if params[i] == ';' {
			if parts--; parts == 0 {
				return i
			}
		}
	}
	return len(params)
}

// sure says whether terminals agree on the width of a text: ASCII, Latin, and the signs
// that labtop draws with.
func sure(text string) bool {
	if len(text) == 1 {
		return true
	}
	r, n := utf8.DecodeRuneInString(text)
	return n == len(text) && (r < 0x300 || r >= 0x2010 && r < 0x2600 || r >= 0x2800 && r < 0x2900)
}
