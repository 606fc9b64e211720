package plot

import "unicode/utf8"

// Cell is one character of a picture, always one column wide.
type Cell struct {
	Rune rune
	Role Role
	// Ground is what is behind the character.
	Ground Role
	data   bool // part of a series, or text that nothing may hide
}

// Picture is a rectangle of cells. The zero value is empty.
type Picture struct {
	Width, Height int
	cells         []Cell
}

// maxCells bounds a picture, whatever size is asked for.
const maxCells = 1 << 20

// reset makes p a blank picture of the given size and keeps its memory.
func (p *Picture) reset(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if height > 0 && width > maxCells/height {
		width, height = 0, 0
	}
	p.Width, p.Height = width, height
	if n := width * height; cap(p.cells) < n {
		p.cells = make([]Cell, n)
	} else {
		p.cells = p.cells[:n]
	}
	for i := range p.cells {
		p.cells[i] = Cell{Rune: ' '}
	}
}

// At returns the cell in column x of row y, which must be inside.
func (p *Picture) At(x, y int) Cell { return *p.at(x, y) }

func (p *Picture) at(x, y int) *Cell { return &p.cells[y*p.Width+x] }

// AppendRow appends row y to dst as UTF-8. styles gives the sequence that
// switches a role on; a role without one is plain. reset switches every style off.
func (p *Picture) AppendRow(dst []byte, y int, styles []string, reset string) []byte {
	style, ground := "", "" // that are on
	for _, c := range p.cells[y*p.Width : (y+1)*p.Width] {
		s, g := style, styleOf(styles, c.Ground)
		if c.Rune != ' ' && c.Rune != brailleBlank { // a blank looks the same in every style
			s = styleOf(styles, c.Role)
		}
		if s != style || g != ground {
			if style != "" || ground != "" {
				dst = append(dst, reset...)
			}
			dst = append(append(dst, s...), g...)
			style, ground = s, g
		}
		dst = utf8.AppendRune(dst, c.Rune)
	}
	if style != "" || ground != "" {
		dst = append(dst, reset...)
	}
	return dst
}

func styleOf(styles []string, r Role) string {
	if int(r) < len(styles) {
		return styles[r]
	}
	return ""
}

// text writes the ASCII text s from column x of row y on; what lies outside is
// cut.
func (p *Picture) text(x, y int, s []byte, role Role) {
	if y < 0 || y >= p.Height {
		return
	}
	for i, c := range s {
		if x+i >= 0 && x+i < p.Width {
			p.at(x+i, y).put(rune(c), role)
		}
	}
}

// put writes a character over what is in front of the cell's ground.
func (c *Cell) put(r rune, role Role) { c.Rune, c.Role, c.data = r, role, false }
