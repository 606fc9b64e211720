package plot

import (
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// area is the plot inside a picture, with the scale of its y axis.
type area struct {
	p             *Picture
	left          int // its first column
	width, height int // in cells
	scale         Range
	ascii         bool
}

// Draw draws the chart into p, which becomes a picture of the given size in
// cells: on the left the values, at the bottom a row with times. A chart
// too small for either goes without.
func (c *Chart) Draw(p *Picture, width, height int) {
	p.reset(width, height)
	if p.Width == 0 || p.Height == 0 {
		return
	}
	a := area{p: p, width: InnerWidth(p.Width), height: p.Height, scale: c.Range.orDefault(), ascii: c.ASCII}
	a.left = p.Width - a.width
	if c.OnOff {
		a.scale = Range{-0.25, 1.25}
	}
	if a.height >= 3 {
		a.height--
		a.timeAxis(c.From, c.To)
	}
	a.valueAxis(c.OnOff, c.Whole)
	for _, t := range c.Thresholds {
		a.ground(t)
	}
	for _, t := range c.Thresholds {
		a.threshold(t)
	}
	for _, s := range c.Series {
		a.series(s)
	}
	a.moments(c.Moments, c.From, c.To)
	for _, t := range c.Thresholds {
		a.label(t)
	}
	a.edges(c.Thresholds)
	if c.ShowCursor {
		a.cursor(c.Cursor)
	}
}

// rows returns how many dots are above each other in the area.
func (a *area) rows() int {
	if a.ascii {
		return a.height
	}
	return a.height * 4
}

// row returns the dot row of a value, from 0 at the top; a value beyond the
// scale is at the edge.
func (a *area) row(v float64) int {
	last := float64(a.rows() - 1)
	f := (a.scale.Hi/2 - v/2) / (a.scale.Hi/2 - a.scale.Lo/2)
	return int(min(max(f, 0), 1)*last + 0.5)
}

// inside says whether a value is on the scale.
func (a *area) inside(v float64) bool { return v >= a.scale.Lo && v <= a.scale.Hi }

// cellRow returns the row of cells that a value is in.
func (a *area) cellRow(v float64) int {
	if a.ascii {
		return a.row(v)
	}
	return a.row(v) / 4
}

// line draws a dotted line at a value, a dot in every step-th cell, over what
// is there.
func (a *area) line(v float64, step int, char rune, role Role) {
	y := a.cellRow(v)
	if !a.ascii {
		char = brailleBlank | brailleBits[0][a.row(v)%4]
	}
	for x := 0; x < a.width; x += step {
		a.p.at(a.left+x, y).put(char, role)
	}
}

// free says whether n cells from column x of row y on show no data.
func (a *area) free(x, y, n int) bool {
	for i := range n {
		if a.p.at(x+i, y).data {
			return false
		}
	}
	return true
}

// cellText returns the characters of s that fill one cell each, or nothing when
// they would join with each other or their neighbours.
func cellText(s string, ascii bool) []rune {
	var text []rune
	plain := true
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~':
			text = append(text, r)
		case !ascii && ansi.StringWidthWc(string(r)) == 1 && !unicode.IsMark(r):
			text = append(text, r)
			plain = false
		}
	}
	if !plain && ansi.StringWidthWc("|"+string(text)+"|") != len(text)+2 {
		return nil
	}
	return text
}

// cursor marks column x: data in it takes the cursor's role, the rest is a line.
func (a *area) cursor(x int) {
	if x < 0 || x >= a.width {
		return
	}
	bar := '│'
	if a.ascii {
		bar = ':'
	}
	for y := range a.height {
		c := a.p.at(a.left+x, y)
		if !c.data {
			c.Rune = bar
		}
		c.Role = Cursor
	}
}
