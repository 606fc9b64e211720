package painter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"labtop/testkit/oracle"
	"labtop/ui/painter"
)

// What random pictures are made of: blanks, wide characters, text that terminals agree on
// and text that they do not, and each kind of style.
var (
	agreed    = []string{" ", " ", "    ", "a", "b", "ab", "online", "22.5 °C", "●", "▁▂▃", "⠿", "…", "世", "世界", "é", "日本語 7"}
	disagreed = append(agreed[:len(agreed):len(agreed)], "e\u0301", "น้ำ", "कि", "🌡", "⌚", "é́x")
	styles    = []string{
		"", "", "\x1b[m", "\x1b[1m", "\x1b[7m", "\x1b[31m", "\x1b[94m", "\x1b[1;7m", "\x1b[38;5;12m", "\x1b[38;2;1;2;3m",
		"\x1b[48;2;4;5;6m", "\x1b[1;38;2;1;2;3;48;5;7m", "\x1b[44m", "\x1b[103m",
	}
)

// artist makes pictures of bytes and pieces of text.
type artist struct {
	data   []byte
	pieces []string
	width  int
	rows   [][]run
}

// run is a piece of a row in one style.
type run struct{ style, text string }

func (a *artist) next(n int) int {
	if len(a.data) == 0 {
		return 0
	}
	b := a.data[0]
	a.data = a.data[1:]
	return int(b) % n
}

func (a *artist) style() string { return styles[a.next(len(styles))] }

// begin makes a picture of any size.
func (a *artist) begin() {
	a.width, a.rows = 1+a.next(40), make([][]run, 1+a.next(6))
	for y := range a.rows {
		a.rows[y] = a.row(a.width)
	}
}

// row is one of exactly a width.
func (a *artist) row(width int) (row []run) {
	for used := 0; used < width; {
		r := run{a.style(), a.pieces[a.next(len(a.pieces))]}
		if used+ansi.StringWidthWc(r.text) > width {
			r.text = strings.Repeat(" ", width-used)
		}
		row = append(row, r)
		used += ansi.StringWidthWc(r.text)
	}
	return row
}

// change changes something: the style of a run or its text, the end of a row, a whole
// row, or the order of the rows.
func (a *artist) change() {
	y := a.next(len(a.rows))
	row := slices.Clone(a.rows[y])
	i := a.next(len(row))
	switch a.next(6) {
	case 0:
		row[i].style = a.style()
	case 1, 2:
		row = slices.Concat(row[:i], a.row(ansi.StringWidthWc(row[i].text)), row[i+1:])
	case 3:
		rest := 0
		for _, r := range row[i:] {
			rest += ansi.StringWidthWc(r.text)
		}
		row = append(row[:i], run{a.style(), strings.Repeat(" ", rest)})
	case 4:
		row = a.row(a.width)
	case 5:
		a.rows = append(a.rows[1:], a.rows[0])
		return
	}
	a.rows[y] = row
}

// picture is what the artist has made.
func (a *artist) picture() string {
	var rows []string
	for _, row := range a.rows {
		var b strings.Builder
		for _, r := range row {
			b.WriteString(ansi.ResetStyle + r.style + r.text)
		}
		rows = append(rows, b.String()+ansi.ResetStyle)
	}
	return strings.Join(rows, "\n")
}

// check paints pictures one after another, of sizes that change at times, and compares
// the terminal with each. It returns what is wrong.
func check(data []byte) (wrong string) {
	a := &artist{data: data, pieces: disagreed}
	var p painter.Painter
	var s *screen
	for round := 0; round == 0 || len(a.data) > 0; round++ {
		switch {
		case round == 0 || a.next(16) == 0:
			a.begin()
			if s != nil && s.width == a.width && s.height == len(a.rows) {
				p.Forget() // another size says it by itself
			}
			s = newScreen(a.width, len(a.rows))
			s.mapNewline = a.next(2) == 0
		case a.next(16) == 0: // something else was written
			p.Forget()
			_ = s.write("\x1b[1;1H\x1b[31mx\x1b[m")
		default:
			for range 1 + a.next(3) {
				a.change()
			}
		}
		p.Synchronized = a.next(2) == 0
		picture := a.picture()
		want, err := plain(picture, a.width, len(a.rows))
		if err != nil {
			return "the picture itself: " + err.Error()
		}
		written := string(p.Paint(picture))
		if err := s.write(written); err != nil {
			return err.Error()
		}
		if got, want := s.shown(), want.shown(); !slices.Equal(got, want) {
			return written + cmp.Diff(want, got)
		}
		if s.look != (look{}) {
			return "a style is left on"
		}
		if again := p.Paint(picture); len(again) > 0 {
			return "the same picture again is written as " + string(again)
		}
	}
	return ""
}

// random is data of a length.
func random(seed uint64, length int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, length)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// TestWritten shows what is written for what has changed.
func TestWritten(t *testing.T) {
	t.Parallel()
	const red, bold, bar = "\x1b[31m", "\x1b[1m", "\x1b[44m"
	for _, tt := range []struct{ name, before, after, want string }{
		{"a letter", "lab 1 on  ", "lab 2 on  ", "\x1b[1;5H2"},
		{"two that are near", "lab 1 on  ", "lab 2 in  ", "\x1b[1;5H2 i"},
		{"two that are not", "1abcdefg1 ", "2abcdefg2 ", "\x1b[1H2\x1b[7C2"},
		{"near, in other colours", "1" + red + "ab\x1b[m1      ", "2" + red + "ab\x1b[m2      ", "\x1b[1H2\x1b[2C2"},
		{"near, and blank", red + "1  1\x1b[m      ", red + "2  2\x1b[m      ", "\x1b[1H\x1b[31m2  2\x1b[m"},
		{"the rows below", "1         \n1         ", "2         \n2         ", "\x1b[1H2\r\n2"},
		{"the last column", "         1\n1         ", "         2\n2         ", "\x1b[1;10H2\x1b[2H2"},
		{"behind what may be wider", "1🌡abcdefg1", "2☂abcdefg2", "\x1b[1H2☂\x1b[1;10H2"},
		{"the row below that", "1🌡       \n1        ", "2☂       \n2        ", "\x1b[1H2☂\x1b[2H2"},
		{"half of a wide one", "世       a", "ab       a", "\x1b[1Hab"},
		{"a wide one over others", "ab       a", "世       a", "\x1b[1H世"},
		{"an end", "some text ", "some      ", "\x1b[1;6H\x1b[K"},
		{"all but a part", "abc def gh", "x       y ", "\x1b[1H\x1b[Kx\x1b[7Cy"},
		{"a colour alone", "lab 1     ", "lab " + red + "1\x1b[m     ", "\x1b[1;5H\x1b[31m1\x1b[m"},
		{"one colour after another", "          ", red + "a" + bar + "b\x1b[m" + bar + "c\x1b[m       ", "\x1b[1H\x1b[31ma\x1b[44mb\x1b[39mc\x1b[m"},
		{"no longer bold", "          ", bold + red + "a\x1b[m" + red + "b\x1b[m        ", "\x1b[1H\x1b[1;31ma\x1b[0;31mb\x1b[m"},
		{"the colour of a blank", "a " + red + "      \x1b[mb ", "a " + bold + "      \x1b[mb ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var p painter.Painter
			p.Paint(tt.before)
			if got := string(p.Paint(tt.after)); got != tt.want {
				t.Errorf("written %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAnyPicture draws random pictures over random ones: the terminal shows each as if it
// was drawn on an empty screen.
func TestAnyPicture(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		if wrong := check(random(seed, 500)); wrong != "" {
			t.Fatalf("seed %d: %q", seed, wrong)
		}
	}
}

func FuzzPaint(f *testing.F) {
	f.Add([]byte("a first picture and what follows it"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if wrong := check(data); wrong != "" {
			t.Fatalf("%q", wrong)
		}
	})
}

// TestXterm does the same in the terminal of VS Code, row by row against a picture that
// is written as it is.
func TestXterm(t *testing.T) {
	t.Parallel()
	term := oracle.New(t, 10, 10)
	for seed := range uint64(50) {
		a := &artist{data: random(seed, 2000), pieces: agreed}
		a.begin()
		term.Open(a.width, len(a.rows))
		var p painter.Painter
		for range 10 {
			for range 1 + a.next(3) {
				a.change()
			}
			if written := p.Paint(a.picture()); written != nil {
				_, _ = term.Write(written)
			}
		}
		got := term.State()
		term.Open(a.width, len(a.rows))
		for y, row := range strings.Split(a.picture(), "\n") {
			_, _ = fmt.Fprintf(term, "\x1b[%d;1H%s", y+1, row)
		}
		want := term.State()
		if diff := cmp.Diff(want.Cells, got.Cells); diff != "" {
			t.Errorf("seed %d: other text:\n%s", seed, diff)
		}
		for y := range want.Looks {
			for x, look := range want.Looks[y] {
				if want.Cells[y][x] != " " && got.Looks[y][x] != look {
					t.Errorf("seed %d, row %d, column %d: %q looks %q, want %q", seed, y, x, want.Cells[y][x], got.Looks[y][x], look)
				}
			}
		}
	}
}
