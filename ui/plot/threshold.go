package plot

import (
	"strconv"
	"time"
)

// ground gives the cells beyond a threshold its ground. A line that shares a row
// with it has none.
func (a *area) ground(t Threshold) {
	if t.Ground == Blank || !finite(t.Value) {
		return
	}
	from, to := 0, a.height // rows
	switch {
	case t.Below && t.Value < a.scale.Lo, !t.Below && t.Value > a.scale.Hi:
		return
	case t.Below && t.Value <= a.scale.Hi:
		from = a.cellRow(t.Value) + 1
	case !t.Below && t.Value >= a.scale.Lo:
		to = a.cellRow(t.Value)
	}
	for y := from; y < to; y++ {
		for x := range a.width {
			a.p.at(a.left+x, y).Ground = t.Ground
		}
	}
}

// threshold draws the line of a threshold that is on the scale, and its number.
func (a *area) threshold(t Threshold) {
	if !a.inside(t.Value) {
		return
	}
	a.line(t.Value, 1, '-', t.Role)
	if y := a.cellRow(t.Value); a.left > 0 && !a.numbered(y) {
		number := levelNumber(t.Value)
		for x := range a.left - 1 {
			a.p.at(x, y).put(' ', Blank)
		}
		a.p.text(a.left-1-len(number), y, number, t.Role)
		a.mark(y, t.Role)
	}
}

// numbered says whether a threshold has its number on the axis in a row.
func (a *area) numbered(y int) bool { return a.p.at(a.left-1, y).Role >= Custom }

// levelNumber is the number of a threshold: as people write it while it fits.
func levelNumber(v float64) []byte {
	var buf [32]byte
	if s := strconv.AppendFloat(buf[:0], v, 'f', -1, 64); len(s) <= labelWidth {
		return s
	}
	return format{divisor: 1, decimals: -1}.append(buf[:0], v)
}

// label writes the label of a threshold on its line, with its number when the
// axis does not have it.
func (a *area) label(t Threshold) {
	if t.Label == "" || !a.inside(t.Value) {
		return
	}
	y, label := a.cellRow(t.Value), t.Label
	if a.left == 0 || a.p.at(a.left-1, y).Role != t.Role {
		label += " " + string(levelNumber(t.Value))
	}
	a.remark(y, label, t.Role)
}

// edges tell of the nearest thresholds above and below the scale.
func (a *area) edges(thresholds []Threshold) {
	var above, below *Threshold
	for i := range thresholds {
		switch t := &thresholds[i]; {
		case t.Label == "" || !finite(t.Value):
		case t.Value > a.scale.Hi && (above == nil || t.Value < above.Value):
			above = t
		case t.Value < a.scale.Lo && (below == nil || t.Value > below.Value):
			below = t
		}
	}
	up, down := "↑ ", "↓ "
	if a.ascii {
		up, down = "^ ", "v "
	}
	if above != nil {
		a.remark(0, up+above.Label+" "+string(levelNumber(above.Value)), above.Role)
	}
	if below != nil && (above == nil || a.height > 1) {
		a.remark(a.height-1, down+below.Label+" "+string(levelNumber(below.Value)), below.Role)
	}
}

// remark writes text in a row, as far to the right as it hides nothing.
func (a *area) remark(y int, label string, role Role) {
	text := cellText(label, a.ascii)
	if len(text) == 0 {
		return
	}
	for x := a.p.Width - len(text); x >= a.left; x-- {
		if a.apart(x, y, len(text)) {
			a.write(x, y, text, role)
			return
		}
	}
}

// apart says whether n cells show no data, nor do those beside them.
func (a *area) apart(x, y, n int) bool {
	from, to := max(x-1, a.left), min(x+n+1, a.p.Width)
	return a.free(from, y, to-from)
}

// write writes text that nothing may hide.
func (a *area) write(x, y int, text []rune, role Role) {
	for i, r := range text {
		c := a.p.at(x+i, y)
		c.put(r, role)
		c.data = true
	}
}

// moments draw a line each where it hides no data, and then their labels beside
// them.
func (a *area) moments(moments []Moment, from, to time.Time) {
	bar := '┊'
	if a.ascii {
		bar = ':'
	}
	for _, m := range moments {
		x, ok := a.column(m.Time, from, to)
		for y := 0; ok && y < a.height; y++ {
			if c := a.p.at(a.left+x, y); !c.data {
				c.put(bar, m.Role)
				c.data = true // no label over it
			}
		}
	}
	for _, m := range moments {
		if x, ok := a.column(m.Time, from, to); ok {
			a.beside(x, cellText(m.Label, a.ascii), m.Role)
		}
	}
}

// besideReach is how far from its line the label of a moment may be.
const besideReach = 8

// beside writes text beside a column, as far up as it hides nothing.
func (a *area) beside(x int, text []rune, role Role) {
	if len(text) == 0 {
		return
	}
	for y := range a.height {
		places := [besideReach]int{x + 2}
		for i := range besideReach - 1 {
			places[i+1] = x - 1 - len(text) - i
		}
		for _, at := range places {
			if at >= 0 && at+len(text) <= a.width && a.apart(a.left+at, y, len(text)) {
				a.write(a.left+at, y, text, role)
				return
			}
		}
	}
}

// column is the cell of the plot that a time is in; ok is false when it is in none.
func (a *area) column(t, from, to time.Time) (x int, ok bool) {
	if t.Before(from) || t.After(to) || !to.After(from) {
		return 0, false
	}
	return min(int(float64(a.width)*(float64(t.Sub(from))/float64(to.Sub(from)))), a.width-1), true
}
