package painter

import (
	"cmp"
	"strconv"
)

// put writes a cell of the row in its place. The right half of a wide character is
// written with the left one.
func (p *Painter) put(x, y int) {
	c := p.drawn[x]
	if c.text == "" {
		return
	}
	p.move(x, y)
	if !p.free(c) {
		p.use(c.style)
	}
	p.buf = append(p.buf, c.text...)
	p.pen.x++
	if at(p.drawn, x+1).text == "" {
		p.pen.x++
	}
	p.pen.lost = p.pen.lost || !sure(c.text)
	if p.pen.x >= p.width {
		p.pen.placed = false // terminals differ in where this leads
	}
}

// free says whether a cell can be written as the pen is.
func (p *Painter) free(c cell) bool {
	return c.style == p.pen.style || c == blank && !p.pen.style.shows()
}

// move brings the pen to a place, over what stands between if that is shorter.
func (p *Painter) move(x, y int) {
	known := p.pen.placed && !p.pen.lost
	switch {
	case p.pen.placed && p.pen.y == y && p.pen.x == x:
	case known && p.pen.y == y:
		if !p.bridge(x) {
			p.right(x - p.pen.x)
		}
	case known && p.pen.y+1 == y:
		p.buf = append(p.buf, "\r\n"...)
		p.right(x)
	default:
		p.jump(x, y)
	}
	p.pen.x, p.pen.y = x, y
}

// bridge writes what stands between the pen and a column, if that is no longer than a
// move and all in the pen's style. It says whether it did.
func (p *Painter) bridge(x int) bool {
	bytes := 0
	for i := p.pen.x; i < x; i++ {
		c := at(p.drawn, i)
		if bytes += len(c.text); bytes > len("\x1b[1C") || !p.free(c) || !sure(c.text) {
			return false
		}
	}
	for i := p.pen.x; i < x; i++ {
		p.buf = append(p.buf, at(p.drawn, i).text...)
	}
	return true
}

// right moves the pen within its row.
func (p *Painter) right(columns int) {
	switch {
	case columns == 1:
		p.buf = append(p.buf, "\x1b[C"...)
	case columns > 1:
		p.buf = append(strconv.AppendInt(append(p.buf, "\x1b["...), int64(columns), 10), 'C')
	}
}

// jump brings the pen to a place from wherever it is.
func (p *Painter) jump(x, y int) {
	p.buf = strconv.AppendInt(append(p.buf, "\x1b["...), int64(y+1), 10)
	if x > 0 {
		p.buf = strconv.AppendInt(append(p.buf, ';'), int64(x+1), 10)
	}
	p.buf = append(p.buf, 'H')
	p.pen.placed, p.pen.lost = true, false
}

// erase makes the row blank from a column on. It is done in the terminal's own colours,
// since some fill with those that are on.
func (p *Painter) erase(x, y int) {
	p.move(x, y)
	p.use(style{})
	p.buf = append(p.buf, "\x1b[K"...)
}

// use changes the pen. Bold and reverse are switched off together with all else, as the
// oldest terminals know it.
func (p *Painter) use(s style) {
	was := p.pen.style
	if s == was {
		return
	}
	p.pen.style = s
	p.buf = append(p.buf, "\x1b["...)
	if s == (style{}) {
		p.buf = append(p.buf, 'm')
		return
	}
	if was.bold && !s.bold || was.reverse && !s.reverse {
		p.buf, was = append(p.buf, "0;"...), style{}
	}
	if s.bold && !was.bold {
		p.buf = append(p.buf, "1;"...)
	}
	if s.reverse && !was.reverse {
		p.buf = append(p.buf, "7;"...)
	}
	if s.fg != was.fg {
		p.buf = append(append(p.buf, cmp.Or(s.fg, "39")...), ';')
	}
	if s.bg != was.bg {
		p.buf = append(append(p.buf, cmp.Or(s.bg, "49")...), ';')
	}
	p.buf[len(p.buf)-1] = 'm' // in the place of the last ;
}
