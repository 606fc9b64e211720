package ui

// layout says what has which place on the screen. Rows are counted from the
// top, columns from the left.
type layout struct {
	width, height int
	// band is how many rows below the header tell of trouble.
	band int
	// tableWidth and tableHeight are the list's, the row of names included; 0
	// when the detail has the whole screen.
	tableWidth, tableHeight int
	columns                 columns
	// paneWidth and paneHeight are the detail's; 0 when it is not shown.
	paneWidth, paneHeight int
	// beside is whether the detail is at the right of the list, not below it.
	beside bool
}

// The smallest screen on which anything but a hint is drawn.
const (
	minWidth  = 40
	minHeight = 8
)

// A detail beside the list needs room for both; below the list it needs rows
// that the list can do without.
const (
	besideWidth  = 150
	belowWidth   = 96
	belowHeight  = 34
	listMaxWidth = 112
)

func (a *App) layout() layout {
	l := layout{width: a.width, height: a.height, band: len(a.bandRows())}
	body := max(a.height-2-l.band, 0) // without header and footer
	switch {
	case a.zoomed:
		l.paneWidth, l.paneHeight = a.width, body
	case a.width >= besideWidth:
		l.beside = true
		l.tableWidth = min(max(a.width*11/20, 92), listMaxWidth)
		l.paneWidth = a.width - l.tableWidth - 1
		l.tableHeight, l.paneHeight = body, body
	case a.width >= belowWidth && a.height >= belowHeight:
		l.tableWidth, l.paneWidth = a.width, a.width
		l.paneHeight = body * 2 / 5
		l.tableHeight = body - l.paneHeight
	default:
		l.tableWidth, l.tableHeight = a.width, body
	}
	l.columns = columnsFor(l.tableWidth)
	return l
}

// rows is how many lines of the list fit.
func (l layout) rows() int { return max(l.tableHeight-1, 0) }
