// Package plot draws charts and sparklines as rows of character cells.
//
// It knows nothing of colours: each cell carries a [Role], and the caller's
// theme says what a role looks like ([Picture.AppendRow]). It knows nothing of
// data sources either: a series comes as [Column] values, one for each dot
// column, downsampled by the caller so that no extreme is lost. Everything is
// pure and bounded by the size asked for; a [Picture] may be used again and
// again, by one goroutine at a time.
package plot

import (
	"math"
	"time"
)

// Role says what a cell shows.
type Role uint8

// The roles that the package gives out itself. Callers number their series and
// thresholds from Custom on.
const (
	Blank Role = iota
	Grid
	Axis   // axis lines and labels
	Cursor // the cursor's column
	Custom
)

// Column is what a series says in one slice of time.
type Column struct {
	// Min and Max are the least and greatest value, Last the latest. A column
	// with one that is not finite counts as empty.
	Min, Max, Last float64
	// N counts the values; 0 means that the column is empty. A line is drawn
	// across empty columns.
	N int
	// Gap breaks the line before this column: data is missing there, which
	// is more than that nothing happened.
	Gap bool
}

func (c Column) empty() bool {
	return c.N <= 0 || !finite(c.Min) || !finite(c.Max) || !finite(c.Last)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// next returns the first column after i that has data, len(cols) when there is
// none, and whether the line from i to it is broken.
func next(cols []Column, i int) (j int, broken bool) {
	for j = i + 1; j < len(cols); j++ {
		broken = broken || cols[j].Gap
		if !cols[j].empty() {
			return j, broken
		}
	}
	return j, true
}

// Series is one line of a chart.
type Series struct {
	// Columns are from left to right, two for each cell of the plot's width
	// (see [Columns]); further ones are not drawn.
	Columns []Column
	Role    Role
	// Step draws a staircase: a value holds until the next one. It is right
	// for states such as ON and OFF.
	Step bool
}

// Threshold is a horizontal line at a value, its number on the y axis. One that
// is off the scale is told of at the edge behind which it is, when it is the
// nearest there.
type Threshold struct {
	Value float64
	Role  Role
	// Ground is the role of the cells beyond the line, where a theme gives it a
	// background: those below it when Below is set, else those above. Blank is none.
	Ground Role
	Below  bool
	// Label is written on the line where it hides no data; it must be safe to
	// print. Characters that are not one cell wide are left out.
	Label string
}

// Moment is a vertical line at a time between From and To.
type Moment struct {
	Time time.Time
	Role Role
	// Label is written at its top, as that of a threshold.
	Label string
}

// Chart is what [Chart.Draw] draws.
type Chart struct {
	// From and To are the times of the plot's left and right edge. Times are
	// shown in From's location.
	From, To time.Time
	// Range is the y axis, from NiceRange.
	Range Range
	// OnOff makes the y axis one of two states, off at 0 and on at 1, and
	// Range meaningless.
	OnOff bool
	// Whole says that the values are counts: no label stands between two whole numbers.
	Whole bool
	// Series are drawn in order; where two share a cell their dots are merged
	// and the later gives its role.
	Series     []Series
	Thresholds []Threshold
	Moments    []Moment
	// Cursor is the cell of the plot that the cursor is on, from 0 at the left;
	// it is drawn when ShowCursor is set.
	Cursor     int
	ShowCursor bool
	// ASCII draws with ASCII characters only.
	ASCII bool
}

const (
	labelWidth = 7
	gutter     = labelWidth + 1 // the labels of the y axis and its line
	// minPlot is the least width of a plot beside its labels; a narrower
	// chart goes without them.
	minPlot = 12
)

// InnerWidth returns how many of a chart's cells are the plot: all but the
// labels of the y axis. It depends on width alone, so the plot does not move
// when the labels change.
func InnerWidth(width int) int {
	if width < gutter+minPlot {
		return max(width, 0)
	}
	return width - gutter
}

// Columns returns how many columns a series must have to fill a chart of the
// given width: two for each cell of the plot.
func Columns(width int) int { return 2 * InnerWidth(width) }
