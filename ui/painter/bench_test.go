package painter_test

import (
	"fmt"
	"strings"
	"testing"

	"labtop/ui/painter"
)

// picture is one of 200x60 like the dashboard's. Of each row a value changes with n, a
// bar and a figure.
func picture(n int) string {
	rows := make([]string, 60)
	for y := range rows {
		rows[y] = fmt.Sprintf(" \x1b[38;2;26;188;156m●\x1b[m \x1b[1;38;2;236;240;241mLAB%03d\x1b[m              temperature        "+
			"\x1b[1;38;2;236;240;241m%6.2f\x1b[m \x1b[38;2;124;139;153m°C   \x1b[m\x1b[38;2;26;188;156m%s\x1b[m%s\x1b[38;2;124;139;153m%6d\x1b[m",
			y, 20+float64((n+y)%10)/10, strings.Repeat("▁▂▃▄▅▆▇█", 4)[3*((n+y)%8):][:60], strings.Repeat(" ", 113), n)
	}
	return strings.Join(rows, "\n")
}

func BenchmarkPaint(b *testing.B) {
	changing := make([]string, 8)
	for n := range changing {
		changing[n] = picture(n)
	}
	same := []string{picture(0), strings.Clone(picture(0))}
	bench := func(pictures []string, forget bool) func(*testing.B) {
		return func(b *testing.B) {
			b.Helper()
			var p painter.Painter
			bytes, n := 0, 0
			for b.Loop() {
				if forget {
					p.Forget()
				}
				bytes += len(p.Paint(pictures[n%len(pictures)]))
				n++
			}
			b.ReportMetric(float64(bytes)/float64(n), "B/picture")
		}
	}
	b.Run("changed", bench(changing, false))
	b.Run("unchanged", bench(same, false))
	b.Run("whole", bench(changing, true))
}
