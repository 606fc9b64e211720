// Package painter draws pictures of text on a terminal, and writes no more than what has
// changed since the last one.
//
// The contract: a [Model] stands between Bubble Tea, which runs without a renderer of its
// own, and the model that draws. It alone writes to the terminal, through a writer that
// never blocks, and belongs to Bubble Tea's loop. A picture is rows of clean text and
// colours. One that comes while the terminal is busy is left out if another follows it;
// the last one never is.
package painter

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Painter knows what a terminal shows, and makes of a picture what is to be written to
// it. Its zero value knows nothing. It is not for concurrent use. The rules are:
//
//   - A row that has not changed costs one comparison. The cells of another are compared
//     with those that the terminal shows, and what differs is written.
//   - What has not changed between two changes is written again where that is shorter than
//     a move. The end of a row that has become blank is erased; a row that has little in
//     common with the old one is erased first, if that is shorter.
//   - Nothing but moves, erasing and colours, as old terminals know them, and it works
//     where the system makes "\r\n" of "\n" too.
//   - Columns are counted character by character. Not all terminals do so; after a
//     character of which they have different opinions the next move names its column.
type Painter struct {
	// Synchronized makes the terminal show each picture as a whole (mode 2026).
	Synchronized bool

	rows  []string // what the terminal shows, as it was drawn; nil when nobody knows
	width int      // of the first of them
	pen   pen
	buf   []byte
	spare []byte // a row as it is without erasing
	// old and drawn are the cells of the row at hand, without and with the blanks at
	// its end.
	old, drawn []cell
}

// pen is where and how the terminal writes next.
type pen struct {
	style style
	x, y  int
	// placed says that y is known, lost that the terminal may count x otherwise.
	placed, lost bool
}

// Forget makes the next picture a whole one on a cleared screen: nobody knows what the
// terminal shows.
func (p *Painter) Forget() { p.rows = nil }

// Paint returns what makes the terminal show a picture, rows separated by line ends;
// nothing when it does already. The bytes are good until the next call.
func (p *Painter) Paint(picture string) []byte {
	p.buf, p.pen = p.buf[:0], pen{}
	if p.Synchronized {
		p.buf = append(p.buf, ansi.SetModeSynchronizedOutput...)
	}
	begun := len(p.buf)
	first, _, _ := strings.Cut(picture, "\n")
	height, width := strings.Count(picture, "\n")+1, ansi.StringWidthWc(first)
	if height != len(p.rows) || width != p.width {
		p.rows, p.width = make([]string, height), width
		p.buf = append(p.buf, ansi.ResetStyle+ansi.CursorHomePosition+ansi.EraseEntireScreen...)
		p.pen.placed = true
	}
	y := 0
	for row := range strings.SplitSeq(picture, "\n") {
		if row != p.rows[y] {
			p.row(y, row)
		}
		p.rows[y] = row // also when it is equal, so that no older picture is kept
		y++
	}
	if len(p.buf) == begun {
		return nil
	}
	p.use(style{})
	if p.Synchronized {
		p.buf = append(p.buf, ansi.ResetModeSynchronizedOutput...)
	}
	return p.buf
}

// row writes what differs in a row, or all that follows its first change after erasing
// that, if it is shorter.
func (p *Painter) row(y int, row string) {
	p.old, p.drawn = trim(split(p.old[:0], p.rows[y])), split(p.drawn[:0], row)
	first, width := 0, max(len(p.old), len(p.drawn))
	for first < width && at(p.drawn, first) == at(p.old, first) {
		first++
	}
	if first == width {
		return // nothing that can be seen
	}
	before, begun := p.pen, len(p.buf)
	p.change(first, y, p.old)
	if first >= len(p.old) {
		return // nothing to erase
	}
	p.spare = append(p.spare[:0], p.buf[begun:]...)
	after := p.pen
	p.buf, p.pen = p.buf[:begun], before
	p.erase(first, y)
	p.change(first, y, nil)
	if len(p.buf)-begun >= len(p.spare) {
		p.buf, p.pen = append(p.buf[:begun], p.spare...), after
	}
}

// change writes the cells of the row from a column on that differ from those that are
// there.
func (p *Painter) change(from, y int, there []cell) {
	end := max(len(trim(p.drawn)), from) // from there on all is blank
	for x := from; x < end; x++ {
		if p.drawn[x] != at(there, x) {
			p.put(x, y)
		}
	}
	if end < len(there) {
		p.erase(end, y)
	}
}
