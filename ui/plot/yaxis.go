package plot

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
)

// Range is the span of a y axis. The zero value means that nothing is known
// yet, and is drawn as 0 to 1.
type Range struct{ Lo, Hi float64 }

// Values beyond these bounds are clamped: the arithmetic of a range must
// neither overflow nor vanish.
const (
	hugest  = 1e300
	tiniest = 1e-250
)

func (r Range) span() float64 { return r.Hi - r.Lo }

func (r Range) valid() bool {
	return finite(r.Lo) && finite(r.Hi) && math.Abs(r.Lo) <= 2*hugest && math.Abs(r.Hi) <= 2*hugest &&
		r.span() > max(math.Abs(r.Lo), math.Abs(r.Hi))*1e-13 && r.span() > tiniest*1e-13
}

func (r Range) orDefault() Range {
	if r.valid() {
		return r
	}
	return Range{0, 1}
}

// NiceRange returns a range with round ends for values from lo to hi. It keeps
// prev, the range shown so far, while the values are inside it and need more than
// about half of it, so that the axis stands still while data comes in. Equal
// values get a range with them in the middle. Without values (lo greater than
// hi, or not finite) prev stays.
func NiceRange(prev Range, lo, hi float64) Range {
	if !finite(lo) || !finite(hi) || lo > hi {
		return prev
	}
	lo, hi = clamp(lo), clamp(hi)
	r := fresh(lo, hi)
	if prev.valid() && lo >= prev.Lo && hi <= prev.Hi && 2*r.span() >= prev.span() {
		return prev
	}
	return r
}

// Widen widens the extent of the data, lo to hi, by the levels that are near
// enough to be shown with them, the nearest first, as long as the data keep half of
// the range; a third while prev, the range shown so far, has the level. What is
// farther away would only flatten the data. Without data nothing is widened.
func Widen(prev Range, lo, hi float64, levels []float64) (wideLo, wideHi float64) {
	wideLo, wideHi = lo, hi
	if !finite(lo) || !finite(hi) || lo > hi {
		return wideLo, wideHi
	}
	own := fresh(clamp(lo), clamp(hi))
	all := own // with the levels so far
	sorted := slices.SortedFunc(slices.Values(levels), func(a, b float64) int {
		return cmp.Compare(own.distance(a), own.distance(b))
	})
	for _, v := range sorted {
		if !finite(v) {
			continue
		}
		most := 2 * own.span()
		if prev.valid() && v >= prev.Lo && v <= prev.Hi {
			most = 3 * own.span()
		}
		wider := Range{min(all.Lo, v), max(all.Hi, v)}
		if wider.span() > most {
			break
		}
		all = wider
		wideLo, wideHi = min(wideLo, v), max(wideHi, v)
	}
	return wideLo, wideHi
}

// distance is how far outside of the range a value is.
func (r Range) distance(v float64) float64 { return max(r.Lo-v, v-r.Hi, 0) }

func clamp(v float64) float64 {
	if math.Abs(v) < tiniest {
		return 0
	}
	return min(max(v, -hugest), hugest)
}

// fresh returns a range for clamped values: about four steps of 1, 2 or 5 times
// a power of ten.
func fresh(lo, hi float64) Range {
	most := max(math.Abs(lo), math.Abs(hi))
	if hi-lo <= most*1e-12 {
		d := 1.0
		if most > 0 {
			d = math.Pow(10, math.Floor(math.Log10(most))-1)
		}
		return Range{lo - d, hi + d}
	}
	step := niceStep((hi - lo) / 4)
	return Range{
		Lo: min(math.Floor(lo/step+1e-9)*step, lo),
		Hi: max(math.Ceil(hi/step-1e-9)*step, hi),
	}
}

// niceStep returns the least 1, 2 or 5 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range [...]float64{1, 2, 5} {
		if f*power >= v*(1-1e-9) {
			return f * power
		}
	}
	return 10 * power
}

// valueAxis draws the y axis: its line, labels at round values, and the grid.
func (a *area) valueAxis(onOff, whole bool) {
	if a.left > 0 {
		bar := '│'
		if a.ascii {
			bar = '|'
		}
		for y := range a.height {
			a.p.at(a.left-1, y).put(bar, Axis)
		}
	}
	if onOff {
		a.tick(0, []byte("off"))
		a.tick(1, []byte("on"))
		return
	}
	apart := 4 // rows between two labels, at least
	if a.height < 16 {
		apart = 2
	}
	step := niceStep(a.scale.span() * float64(apart) / float64(max(a.height-1, 1)))
	if whole {
		step = max(step, 1)
	}
	format := formatFor(a.scale, step)
	first := math.Ceil(a.scale.Lo/step - 1e-9)
	var buf [32]byte
	for i := range a.height {
		v := (first + float64(i)) * step
		if v > a.scale.Hi+step*1e-9 {
			break
		}
		a.tick(v, format.append(buf[:0], v))
	}
}

// tick draws the grid line and the label of a value.
func (a *area) tick(v float64, label []byte) {
	a.line(v, 4, '.', Grid)
	if a.left == 0 {
		return
	}
	y := a.cellRow(v)
	a.p.text(a.left-1-len(label), y, label, Axis)
	a.mark(y, Axis)
}

// mark draws the axis where a label stands at it.
func (a *area) mark(y int, role Role) {
	mark := '┤'
	if a.ascii {
		mark = '+'
	}
	a.p.at(a.left-1, y).put(mark, role)
}

// format writes all labels of an axis alike.
type format struct {
	divisor  float64
	suffix   string
	decimals int // -1: with an exponent
}

// formatFor returns the plainest format in which the labels of a scale are
// different and not too wide.
func formatFor(scale Range, step float64) format {
	most := max(math.Abs(scale.Lo), math.Abs(scale.Hi))
	var buf [64]byte
	for _, f := range [...]format{
		{divisor: 1}, {1e15, "P", 0}, {1e12, "T", 0}, {1e9, "G", 0}, {1e6, "M", 0}, {1e3, "k", 0},
	} {
		f.decimals = max(0, -int(math.Floor(math.Log10(step/f.divisor)+1e-9)))
		if f.decimals > labelWidth || most/f.divisor >= 1e7 || f.divisor > 1 && most < f.divisor {
			continue
		}
		widest := f.append(buf[:0], most)
		if scale.Lo < 0 {
			widest = f.append(buf[:0], -most)
		}
		if len(widest) <= labelWidth {
			return f
		}
	}
	return format{divisor: 1, decimals: -1}
}

// append appends the label of v to dst, which is empty, at most labelWidth long.
func (f format) append(dst []byte, v float64) []byte {
	if f.decimals >= 0 {
		v /= f.divisor
		if math.Abs(v) < 0.5*math.Pow10(-f.decimals) {
			v = 0 // no "-0.0"
		}
		return append(strconv.AppendFloat(dst, v, 'f', f.decimals, 64), f.suffix...)
	}
	for decimals := 3; decimals >= 0; decimals-- {
		dst = shortExponent(strconv.AppendFloat(dst[:0], v, 'e', decimals, 64))
		if len(dst) <= labelWidth {
			break
		}
	}
	return dst
}

// shortExponent makes 1.5e+05 1.5e5.
func shortExponent(s []byte) []byte {
	e := bytes.IndexByte(s, 'e') + 1
	digits := e + 1 // after the sign
	if s[e] == '-' {
		e++
	}
	for digits < len(s)-1 && s[digits] == '0' {
		digits++
	}
	return append(s[:e], s[digits:]...)
}
