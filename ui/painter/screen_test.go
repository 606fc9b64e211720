package painter_test

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// screen is a terminal that knows only what a painter may use; everything else is an
// error. It is written from the standard (ECMA-48) and from xterm's treatment of the
// last column, not from the painter.
type screen struct {
	width, height int
	cells         [][]place
	x, y          int
	look          look
	// mapNewline makes "\r\n" of "\n", as a line that is not raw does.
	mapNewline bool
	synced     bool // within a picture
}

type place struct {
	text string // empty for the right half of a wide character
	look look
}

// look is a style by the names of its parts.
type look struct{ fg, bg, bold, reverse string }

func newScreen(width, height int) *screen {
	s := &screen{width: width, height: height}
	for range height {
		s.cells = append(s.cells, make([]place, width))
	}
	s.clear()
	return s
}

func (s *screen) clear() {
	for y := range s.cells {
		s.blank(y, 0, s.width)
	}
}

func (s *screen) blank(y, from, to int) {
	for x := from; x < to; x++ {
		s.cells[y][x] = place{" ", look{bg: s.look.bg}}
	}
}

var (
	sequence = regexp.MustCompile(`^\x1b\[(\??)([0-9;]*)([A-Za-z])`)
	param    = regexp.MustCompile(`^([34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d*)(;|$)`)
)

// write shows what a painter wrote.
func (s *screen) write(text string) error {
	for len(text) > 0 {
		switch text[0] {
		case '\r':
			s.x = 0
			text = text[1:]
		case '\n':
			if s.mapNewline {
				s.x = 0
			}
			if s.y++; s.y == s.height {
				return errors.New("a line end in the last row, which scrolls")
			}
			text = text[1:]
		case 0x1b:
			m := sequence.FindStringSubmatch(text)
			if m == nil {
				return fmt.Errorf("not a sequence: %.20q", text)
			}
			if err := s.control(m[1], m[2], m[3]); err != nil {
				return fmt.Errorf("%q: %w", m[0], err)
			}
			text = text[len(m[0]):]
		default:
			r, n := utf8.DecodeRuneInString(text)
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				return fmt.Errorf("control %U", r)
			}
			if err := s.character(text[:n]); err != nil {
				return err
			}
			text = text[n:]
		}
	}
	if s.synced {
		return errors.New("a picture has no end")
	}
	return nil
}

func (s *screen) control(private, params, final string) error {
	number := func(i, otherwise int) int {
		if all := strings.Split(params, ";"); i < len(all) && all[i] != "" {
			n, _ := strconv.Atoi(all[i])
			return n
		}
		return otherwise
	}
	if private != "" {
		if params != "2026" || final != "h" && final != "l" || s.synced == (final == "h") {
			return errors.New("this mode is not the painter's")
		}
		s.synced = final == "h"
		return nil
	}
	switch final {
	case "H":
		s.y, s.x = number(0, 1)-1, number(1, 1)-1
	case "C":
		s.x += number(0, 1)
	case "K":
		s.blank(s.y, s.x, s.width)
	case "J":
		s.clear()
	case "m":
		return s.sgr(params)
	default:
		return errors.New("not known")
	}
	if s.x >= s.width || s.y >= s.height {
		return fmt.Errorf("leads to %d,%d on %dx%d", s.x, s.y, s.width, s.height)
	}
	return nil
}

func (s *screen) sgr(params string) error {
	for rest := params; ; {
		m := param.FindStringSubmatch(rest)
		if m == nil {
			return errors.New("not a style")
		}
		switch p := m[1]; {
		case p == "" || p == "0":
			s.look = look{}
		case p == "1":
			s.look.bold = "bold"
		case p == "7":
			s.look.reverse = "reverse"
		case p == "39":
			s.look.fg = ""
		case p == "49":
			s.look.bg = ""
		case p[0] == '3' || p[0] == '9':
			s.look.fg = p
		case p[0] == '4' || strings.HasPrefix(p, "10"):
			s.look.bg = p
		default:
			return fmt.Errorf("style %q", p)
		}
		if m[2] == "" {
			return nil
		}
		rest = rest[len(m[0]):]
	}
}

func (s *screen) character(char string) error {
	width := ansi.StringWidthWc(char)
	if width == 0 {
		x := s.x - 1
		for x >= 0 && s.cells[s.y][x].text == "" {
			x--
		}
		if x < 0 {
			return fmt.Errorf("%q marks nothing", char)
		}
		s.cells[s.y][x].text += char
		return nil
	}
	if s.x+width > s.width {
		return fmt.Errorf("%q is beyond the last column", char)
	}
	row := s.cells[s.y]
	for x := s.x; x < s.x+width; x++ { // a half is no character
		if row[x].text == "" && x > 0 {
			row[x-1] = place{" ", row[x-1].look}
		}
		if x+1 < s.width && row[x+1].text == "" {
			row[x+1] = place{" ", row[x+1].look}
		}
	}
	row[s.x] = place{char, s.look}
	if width == 2 {
		row[s.x+1] = place{"", s.look}
	}
	s.x += width
	return nil
}

// text is the screen without its looks.
func (s *screen) text() string {
	var b strings.Builder
	for _, row := range s.cells {
		for _, c := range row {
			b.WriteString(c.text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// shown is what can be seen: of a blank no more than its ground.
func (s *screen) shown() []string {
	var rows []string
	for _, row := range s.cells {
		var b strings.Builder
		for _, c := range row {
			if c.text == " " && c.look.reverse == "" {
				c.look = look{bg: c.look.bg}
			}
			for _, part := range []string{c.text, c.look.fg, c.look.bg, c.look.bold, c.look.reverse} {
				b.WriteString(part)
				b.WriteByte('|')
			}
		}
		rows = append(rows, b.String())
	}
	return rows
}

// plain is what a picture shows when each row is written as it is.
func plain(picture string, width, height int) (*screen, error) {
	s := newScreen(width, height)
	for y, row := range strings.Split(picture, "\n") {
		if err := s.write(fmt.Sprintf("\x1b[%d;1H%s", y+1, row)); err != nil {
			return nil, err
		}
	}
	return s, nil
}
