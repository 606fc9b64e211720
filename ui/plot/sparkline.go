package plot

// The levels of a sparkline, from low to high.
var (
	blockLevels = [...]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	asciiLevels = [...]string{"_", ".", ":", "-", "=", "+", "*", "#"}
)

// Sparkline appends one character for each column to dst and returns it: the
// height of the column's last value between lo and hi. When they are equal or
// not numbers, all values are in the middle. A gap, and what comes before the first
// and after the last value, is blank; other empty columns hold the value before them.
// It does not allocate when dst has room for three bytes a column.
func Sparkline(dst []byte, cols []Column, lo, hi float64, ascii bool) []byte {
	levels := &blockLevels
	if ascii {
		levels = &asciiLevels
	}
	lo, hi = clamp(lo), clamp(hi)
	blank, _ := next(cols, -1)
	for range blank {
		dst = append(dst, ' ')
	}
	for i := blank; i < len(cols); {
		mark := levels[level(cols[i].Last, lo, hi)]
		dst = append(dst, mark...)
		j, broken := next(cols, i)
		if broken {
			mark = " "
		}
		for i++; i < j; i++ {
			dst = append(dst, mark...)
		}
	}
	return dst
}

// level returns the level of v between lo and hi.
func level(v, lo, hi float64) int {
	const n = len(blockLevels)
	if !(hi > lo) { // also when one is not a number
		return n/2 - 1
	}
	f := (clamp(v) - lo) / (hi - lo)
	return int(min(max(f, 0)*float64(n), float64(n-1)))
}
