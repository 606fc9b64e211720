package plot_test

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/ui/plot"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	first  = plot.Custom
	second = plot.Custom + 1
	limit  = plot.Custom + 2
)

var from = time.Date(2026, 11, 22, 14, 30, 0, 0, time.FixedZone("CET", 3600))

// columns makes n columns with one value each; f returns NaN for none.
func columns(n int, f func(i int) float64) []plot.Column {
	cols := make([]plot.Column, n)
	for i := range cols {
		if v := f(i); !math.IsNaN(v) {
			cols[i] = plot.Column{Min: v, Max: v, Last: v, N: 1}
		}
	}
	return cols
}

func wave(i int) float64 { return 25 + 5*math.Sin(float64(i)/15) }

// lines draws c and returns its rows without styles.
func lines(c *plot.Chart, width, height int) []string {
	var p plot.Picture
	c.Draw(&p, width, height)
	var out []string
	for y := range p.Height {
		out = append(out, string(p.AppendRow(nil, y, nil, "")))
	}
	return out
}

func TestChartGolden(t *testing.T) {
	t.Parallel()
	n := plot.Columns(80)
	sparse := func(i int) float64 {
		if i%17 != 3 {
			return math.NaN()
		}
		return wave(i)
	}
	gap := columns(n, wave)
	for i := 40; i < 60; i++ {
		gap[i] = plot.Column{}
	}
	gap[60].Gap = true
	spikes := columns(n, wave)
	spikes[50].Max, spikes[90].Min = 40, 10
	state := columns(n, func(i int) float64 { return float64(i / 30 % 2) })
	tests := []struct {
		name          string
		chart         plot.Chart
		width, height int
	}{
		{name: "wave", chart: plot.Chart{Series: []plot.Series{{Columns: columns(n, wave), Role: first}}}},
		{name: "empty"},
		{name: "sparse", chart: plot.Chart{Series: []plot.Series{{Columns: columns(n, sparse), Role: first}}}},
		{name: "gap", chart: plot.Chart{Series: []plot.Series{{Columns: gap, Role: first}}}},
		{name: "extremes", chart: plot.Chart{Series: []plot.Series{{Columns: spikes, Role: first}}}},
		{name: "constant", chart: plot.Chart{Series: []plot.Series{{Columns: columns(n, func(int) float64 { return 22.5 }), Role: first}}}},
		{name: "on off", chart: plot.Chart{OnOff: true, Series: []plot.Series{{Columns: state, Role: first, Step: true}}}, height: 7},
		{name: "all", chart: plot.Chart{
			Series: []plot.Series{
				{Columns: gap, Role: first},
				{Columns: columns(n, func(i int) float64 { return 34 - wave(i)/2 }), Role: second},
			},
			Thresholds: []plot.Threshold{{Value: 28, Role: limit, Label: "warning 28"}, {Value: 99, Role: limit, Label: "far"}},
			Cursor:     30, ShowCursor: true,
		}},
		{name: "thresholds", chart: plot.Chart{
			Series:     []plot.Series{{Columns: columns(n, wave), Role: first}},
			Thresholds: []plot.Threshold{{Value: 28, Role: limit, Label: "warning"}, {Value: 32, Role: limit, Label: "critical"}, {Value: 40, Role: limit, Label: "fire"}, {Value: 15, Role: limit, Below: true, Label: "warning"}, {Value: 5, Role: limit, Below: true, Label: "critical"}},
			Moments:    []plot.Moment{{Time: from.Add(5 * time.Minute), Role: limit, Label: "since 14:35"}, {Time: from.Add(-time.Minute), Role: limit, Label: "before"}},
		}},
		{name: "thresholds without an axis", width: 18, height: 6, chart: plot.Chart{
			Series:     []plot.Series{{Columns: columns(n, wave), Role: first}},
			Thresholds: []plot.Threshold{{Value: 28, Role: limit, Label: "high"}},
		}},
		{name: "narrow", chart: plot.Chart{Series: []plot.Series{{Columns: columns(n, wave), Role: first}}}, width: 18, height: 6},
	}
	for _, tt := range tests {
		for _, ascii := range []bool{false, true} {
			name := strings.ReplaceAll(tt.name, " ", "-")
			if ascii {
				name += "-ascii"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := tt.chart
				c.ASCII = ascii
				c.From, c.To = from, from.Add(15*time.Minute)
				lo, hi := bounds(c.Series)
				c.Range = plot.NiceRange(plot.Range{}, lo, hi)
				width, height := 80, 16
				if tt.width > 0 {
					width = tt.width
				}
				if tt.height > 0 {
					height = tt.height
				}
				golden(t, name, strings.Join(lines(&c, width, height), "\n")+"\n")
			})
		}
	}
}

func bounds(series []plot.Series) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, s := range series {
		for _, c := range s.Columns {
			if c.N > 0 {
				lo, hi = min(lo, c.Min), max(hi, c.Max)
			}
		}
	}
	return lo, hi
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("picture differs (-want +got):\n%s", diff)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	c := plot.Chart{
		From: from, To: from.Add(time.Minute), Range: plot.Range{Lo: 0, Hi: 10},
		Series: []plot.Series{
			{Columns: columns(40, func(int) float64 { return 5 }), Role: first},
			{Columns: columns(20, func(int) float64 { return 5 }), Role: second},
		},
		Thresholds: []plot.Threshold{{Value: 8, Role: limit}},
		ShowCursor: true, Cursor: 15,
	}
	var p plot.Picture
	c.Draw(&p, 28, 9) // a plot of 20 cells, 8 of them high
	row := func(y int) (got []plot.Role) {
		for x := 8; x < p.Width; x++ {
			got = append(got, p.At(x, y).Role)
		}
		return got
	}
	if r := row(1); r[0] != limit || r[15] != plot.Cursor || r[19] != limit {
		t.Errorf("threshold row has roles %v", r)
	}
	if r := row(4); r[0] != second || r[9] != second || r[10] != first || r[15] != plot.Cursor {
		t.Errorf("series row has roles %v", r)
	}
	if c := p.At(8+15, 0); c.Rune != '│' || c.Role != plot.Cursor {
		t.Errorf("cursor cell is %q with role %v", c.Rune, c.Role)
	}
	styles := make([]string, limit+1)
	styles[first], styles[second] = "<1>", "<2>"
	styles[plot.Cursor] = "<c>"
	got := string(p.AppendRow(nil, 4, styles, "<0>"))
	if strings.Count(got, "<") != 6+2 || !strings.Contains(got, "<2>") || !strings.HasSuffix(got, "<0>") {
		t.Errorf("row = %s", got)
	}
}

// TestGround shows what is beyond a threshold on its ground, the later over the
// earlier, on blanks and data alike.
func TestGround(t *testing.T) {
	t.Parallel()
	const low, high = limit + 1, limit + 2
	c := plot.Chart{
		From: from, To: from.Add(time.Minute), Range: plot.Range{Lo: 0, Hi: 10}, ASCII: true,
		Series: []plot.Series{{Columns: columns(40, func(int) float64 { return 10 }), Role: first}},
		Thresholds: []plot.Threshold{
			{Value: 6, Role: limit, Ground: low},
			{Value: 8, Role: limit, Ground: high},
			{Value: 2, Role: limit, Ground: low, Below: true},
			{Value: 11, Role: limit, Ground: high},
			{Value: -1, Role: limit, Ground: high, Below: true},
		},
	}
	var p plot.Picture
	c.Draw(&p, 28, 12) // a plot of 11 rows, one for each whole number
	want := []plot.Role{high, high, low, low, 0, 0, 0, 0, 0, low, low, 0}
	for y, ground := range want {
		if got := p.At(20, y).Ground; got != ground {
			t.Errorf("row %d is on ground %d, want %d", y, got, ground)
		}
		if got := p.At(3, y).Ground; got != 0 {
			t.Errorf("the axis is on ground %d in row %d", got, y)
		}
	}
	styles := make([]string, high+1)
	styles[first], styles[low], styles[high] = "<1>", "<l>", "<h>"
	if got := string(p.AppendRow(nil, 0, styles, "<0>")); !strings.Contains(got, "<1><h>") || !strings.HasSuffix(got, "<0>") {
		t.Errorf("row 0 = %s", got)
	}
	if got := string(p.AppendRow(nil, 10, styles, "<0>")); !strings.Contains(got, "<l>") {
		t.Errorf("row 10 = %s", got)
	}
	c.Thresholds = []plot.Threshold{{Value: -1, Ground: low}} // all of it is beyond
	c.Draw(&p, 28, 12)
	if p.At(20, 0).Ground != low || p.At(20, 10).Ground != low {
		t.Error("the whole plot is above the threshold, and not on its ground")
	}
}

func TestAnySizeIsExact(t *testing.T) {
	t.Parallel()
	value := rapid.OneOf(
		rapid.Float64(),
		rapid.Float64Range(-100, 100),
		rapid.SampledFrom([]float64{0, 1e300, -1e300, 1e-300, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}),
	)
	column := rapid.Custom(func(t *rapid.T) plot.Column {
		return plot.Column{
			Min: value.Draw(t, "min"), Max: value.Draw(t, "max"), Last: value.Draw(t, "last"),
			N: rapid.IntRange(-1, 2).Draw(t, "n"), Gap: rapid.Bool().Draw(t, "gap"),
		}
	})
	threshold := rapid.Custom(func(t *rapid.T) plot.Threshold {
		return plot.Threshold{
			Value: value.Draw(t, "value"), Role: limit, Label: rapid.String().Draw(t, "label"),
			Ground: plot.Role(rapid.IntRange(0, 9).Draw(t, "ground")), Below: rapid.Bool().Draw(t, "below"),
		}
	})
	var p plot.Picture
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(0, 500).Draw(t, "width"), rapid.IntRange(0, 200).Draw(t, "height")
		ascii := rapid.Bool().Draw(t, "ascii")
		prev := plot.Range{Lo: value.Draw(t, "lo"), Hi: value.Draw(t, "hi")}
		c := plot.Chart{
			From:  from,
			To:    from.Add(time.Duration(rapid.Int64().Draw(t, "duration"))),
			Range: plot.NiceRange(prev, value.Draw(t, "lo"), value.Draw(t, "hi")),
			OnOff: rapid.Bool().Draw(t, "onOff"), Whole: rapid.Bool().Draw(t, "whole"), ASCII: ascii,
			Cursor: rapid.IntRange(-1, 600).Draw(t, "cursor"), ShowCursor: rapid.Bool().Draw(t, "show"),
			Series: []plot.Series{{
				Columns: rapid.SliceOfN(column, 0, 40).Draw(t, "columns"),
				Role:    first, Step: rapid.Bool().Draw(t, "step"),
			}},
			Thresholds: rapid.SliceOfN(threshold, 0, 4).Draw(t, "thresholds"),
			Moments: []plot.Moment{{
				Time: from.Add(time.Duration(rapid.Int64().Draw(t, "moment"))), Role: limit, Label: rapid.String().Draw(t, "moment's label"),
			}},
		}
		c.Draw(&p, width, height)
		if p.Width != width || p.Height != height {
			t.Fatalf("picture is %dx%d", p.Width, p.Height)
		}
		for y := range height {
			row := string(p.AppendRow(nil, y, nil, ""))
			if got := ansi.StringWidthWc(row); got != width {
				t.Fatalf("row %d is %d wide, want %d: %q", y, got, width, row)
			}
			if ascii && strings.ContainsFunc(row, func(r rune) bool { return r >= 0x80 || r < ' ' }) {
				t.Fatalf("row %d is not ASCII: %q", y, row)
			}
		}
		line := string(plot.Sparkline(nil, c.Series[0].Columns, prev.Lo, prev.Hi, ascii))
		if got := ansi.StringWidthWc(line); got != len(c.Series[0].Columns) {
			t.Fatalf("sparkline is %d wide: %q", got, line)
		}
	})
}

func FuzzDraw(f *testing.F) {
	f.Add(80, 24, 20.0, 25.0, int64(0), int64(900e9), 22.0, true, "warning")
	f.Add(30, 3, 1e300, -1e300, int64(-1e18), int64(1e18), 1e-300, false, "\u0301")
	f.Add(21, 2, 0.0, 5e-324, int64(math.MaxInt64), int64(math.MinInt64), math.NaN(), false, "")
	f.Add(500, 200, 1.0, 1.0000000000000002, int64(math.MinInt64), int64(math.MaxInt64), math.Inf(1), true, "日本")
	f.Fuzz(func(t *testing.T, width, height int, a, b float64, start, end int64, v float64, ascii bool, label string) {
		width, height = max(min(width, 500), 0), min(height, 200)
		c := plot.Chart{
			From: time.Unix(start, start).UTC(), To: time.Unix(end, end).UTC(),
			Range: plot.NiceRange(plot.NiceRange(plot.Range{}, a, b), min(a, b), max(a, b)),
			Series: []plot.Series{{Columns: []plot.Column{
				{Min: a, Max: b, Last: v, N: 1}, {}, {Min: v, Max: v, Last: v, N: 1}, {Min: b, Max: a, Last: a, N: 1, Gap: true},
			}}},
			Thresholds: []plot.Threshold{{Value: v, Label: label}, {Value: a, Label: label, Ground: limit}, {Value: b, Label: label, Ground: limit, Below: true}},
			Moments:    []plot.Moment{{Time: time.Unix(end, start).UTC(), Label: label}},
			ASCII:      ascii, ShowCursor: true, Cursor: len(label),
		}
		for _, row := range lines(&c, width, height) {
			if got := ansi.StringWidthWc(row); got != width {
				t.Fatalf("row is %d wide, want %d: %q", got, width, row)
			}
		}
		c.Range = plot.Range{Lo: a, Hi: b}
		c.OnOff, c.Series[0].Step = true, true
		lines(&c, width, height)
		plot.Sparkline(nil, c.Series[0].Columns, a, b, ascii)
	})
}

func TestSparkline(t *testing.T) {
	t.Parallel()
	num := func(v float64) plot.Column { return plot.Column{Min: v, Max: v, Last: v, N: 1} }
	none, nan := plot.Column{}, num(math.NaN())
	broken := plot.Column{Gap: true}
	after := num(7)
	after.Gap = true
	tests := []struct {
		name         string
		cols         []plot.Column
		lo, hi       float64
		blocks, text string
	}{
		{"ramp", columns(8, func(i int) float64 { return float64(i) }), 0, 7, "▁▂▃▄▅▆▇█", "_.:-=+*#"},
		{"constant", columns(3, func(int) float64 { return 5 }), 5, 5, "▄▄▄", "---"},
		{"beyond the ends", []plot.Column{num(-9), num(99)}, 0, 7, "▁█", "_#"},
		{"empty columns hold", []plot.Column{none, num(0), none, nan, num(7), none}, 0, 7, " ▁▁▁█ ", " ___# "},
		{"gap before data", []plot.Column{num(0), none, none, after}, 0, 7, "▁  █", "_  #"},
		{"gap at an empty column", []plot.Column{num(0), broken, num(7)}, 0, 7, "▁ █", "_ #"},
		{"gap between neighbours", []plot.Column{num(0), after}, 0, 7, "▁█", "_#"},
		{"nothing", []plot.Column{none, none}, 0, 0, "  ", "  "},
		{"no range", []plot.Column{num(1)}, math.NaN(), 3, "▄", "-"},
		{"huge range", []plot.Column{num(-math.MaxFloat64), num(math.MaxFloat64)}, -math.MaxFloat64, math.MaxFloat64, "▁█", "_#"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := string(plot.Sparkline([]byte("x"), tt.cols, tt.lo, tt.hi, false)); got != "x"+tt.blocks {
				t.Errorf("blocks: got %q, want %q", got, "x"+tt.blocks)
			}
			if got := string(plot.Sparkline(nil, tt.cols, tt.lo, tt.hi, true)); got != tt.text {
				t.Errorf("ASCII: got %q, want %q", got, tt.text)
			}
		})
	}
}

func BenchmarkChart(b *testing.B) {
	n := plot.Columns(100)
	c := plot.Chart{
		From: from, To: from.Add(time.Hour), Range: plot.Range{Lo: 20, Hi: 30},
		Series:     []plot.Series{{Columns: columns(n, wave), Role: first}, {Columns: columns(n, func(i int) float64 { return wave(i * 3) }), Role: second}},
		Thresholds: []plot.Threshold{{Value: 28, Role: limit, Label: "warning"}},
	}
	styles := []string{"", "\x1b[90m", "\x1b[90m", "\x1b[7m", "\x1b[36m", "\x1b[33m", "\x1b[31m"}
	var p plot.Picture
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		c.Draw(&p, 100, 30)
		buf = buf[:0]
		for y := range p.Height {
			buf = p.AppendRow(buf, y, styles, "\x1b[m")
		}
	}
}

func BenchmarkSparkline(b *testing.B) {
	cols := columns(12, wave)
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = plot.Sparkline(buf[:0], cols, 20, 30, false)
	}
}
