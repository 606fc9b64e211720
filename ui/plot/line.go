package plot

// brailleBlank is the braille pattern without dots; a pattern is this plus one
// bit for each dot (the Unicode block Braille Patterns).
const brailleBlank rune = 0x2800

// brailleBits gives the bit of a dot by its column and row in the cell.
var brailleBits = [2][4]rune{
	{0x01, 0x02, 0x04, 0x40},
	{0x08, 0x10, 0x20, 0x80},
}

// pen draws the dots of one series.
type pen struct {
	*area
	role Role
}

// series draws a line through the columns of s.
func (a *area) series(s Series) {
	p := pen{a, s.Role}
	cols := s.Columns[:min(len(s.Columns), 2*a.width)]
	for i, _ := next(cols, -1); i < len(cols); {
		c := cols[i]
		last := a.row(c.Last)
		p.span(i, a.row(c.Max), a.row(c.Min))
		p.dot(i, last, '*')
		j, broken := next(cols, i)
		if !broken {
			to := min(max(last, a.row(cols[j].Max)), a.row(cols[j].Min)) // the nearest of column j
			p.join(i, last, j, to, s.Step)
		}
		i = j
	}
}

// join draws a line between two points, without holes.
func (p pen) join(x0, y0, x1, y1 int, step bool) {
	n := x1 - x0
	if step {
		for x := x0 + 1; x < x1; x++ {
			p.dot(x, y0, '-')
		}
		p.span(x1, y0, y1)
		return
	}
	// Each column gets the part of the line from half a column before it to
	// half a column after it.
	for k := 0; k <= n; k++ {
		from := y0 + (y1-y0)*max(2*k-1, 0)/(2*n)
		to := y0 + (y1-y0)*min(2*k+1, 2*n)/(2*n)
		p.span(x0+k, from, to)
	}
}

// span draws the dots of a column between two rows, in any order.
func (p pen) span(x, from, to int) {
	if from > to {
		from, to = to, from
	}
	if from == to {
		p.dot(x, from, '-')
		return
	}
	for y := from; y <= to; y++ {
		p.dot(x, y, '|')
	}
}

// dot sets the dot in column x and row y; char is what ASCII shows for it.
func (p pen) dot(x, y int, char rune) {
	if p.ascii {
		c := p.p.at(p.left+x/2, y)
		if !c.data || c.Role != p.role || weight(char) > weight(c.Rune) {
			c.put(char, p.role)
			c.data = true
		}
		return
	}
	c := p.p.at(p.left+x/2, y/4)
	if !c.data {
		c.Rune = brailleBlank
	}
	c.put(c.Rune|brailleBits[x%2][y%4], p.role)
	c.data = true
}

// weight says which of two characters of one cell is seen.
func weight(char rune) int {
	switch char {
	case '*':
		return 3
	case '|':
		return 2
	}
	return 1
}
