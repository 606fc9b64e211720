package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
)

// screen is one of the dashboard's screens: what is between the header and the
// footer. Everything is called in Bubble Tea's loop but the function that fetch
// returns.
type screen interface {
	// look begins to show another session.
	look()
	// fetch returns what reads the screen's page, or nil when there is nothing to
	// be read. It is called in a goroutine of its own, never twice at a time.
	fetch() func() pageMsg
	// rows draws the screen: as many rows as fit between header and footer.
	rows() []string
	// handleKey acts on a key that is not the App's own.
	handleKey(msg tea.KeyPressMsg) tea.Cmd
	// activeKeys are the keys that do something now, the most useful first.
	activeKeys() []key.Binding
	// moveBy moves the cursor, down when lines is positive; moving is by how many lines it
	// is yet to move with the next page.
	moveBy(lines int) tea.Cmd
	moving() int
	// click puts the cursor where the mouse is; y counts from the screen's first row.
	click(x, y int) tea.Cmd
	// canFilter says whether the list can be filtered now.
	canFilter() bool
	// filter is the text that the screen is filtered by, setFilter changes it.
	filter() string
	setFilter(text string) tea.Cmd
	// chosen is what can be copied of the line under the cursor: its value, made
	// safe, and its topic, byte for byte; ok is false when there is nothing.
	chosen() (value, topic string, ok bool)
	// subject is the metric or the device under the cursor; zero for none.
	subject() model.Key
}

// show changes to another screen.
func (a *App) show(s screen) tea.Cmd {
	a.screen = s
	return a.read()
}

// layout is how a list and the pane about its chosen line share the room
// between header and footer.
type layout struct {
	// listWidth and listHeight are 0 when the pane has the whole room.
	listWidth, listHeight int
	// paneWidth and paneHeight are 0 when the pane is not shown.
	paneWidth, paneHeight int
	// beside is whether the pane is at the right of the list, not below it.
	beside bool
}

// The smallest screen on which anything but a hint is drawn.
const (
	minWidth  = 40
	minHeight = 8
)

// A pane beside the list needs room for both; below the list it needs rows
// that the list can do without.
const (
	besideWidth  = 150
	belowWidth   = 96
	belowHeight  = 34
	listMaxWidth = 112
)

// layout shares the room; zoomed gives all of it to the pane.
func (a *App) layout(zoomed bool) layout {
	body := max(a.height-2-len(a.bandRows())-a.barHeight(), 0) // without header, timeline and footer
	switch {
	case zoomed:
		return layout{paneWidth: a.width, paneHeight: body}
	case a.width >= besideWidth:
		list := min(max(a.width*11/20, 92), listMaxWidth)
		return layout{listWidth: list, listHeight: body, paneWidth: a.width - list - 1, paneHeight: body, beside: true}
	case a.width >= belowWidth && a.height >= belowHeight:
		pane := body * 2 / 5
		return layout{listWidth: a.width, listHeight: body - pane, paneWidth: a.width, paneHeight: pane}
	}
	return layout{listWidth: a.width, listHeight: body}
}

// arrange draws a list and a pane in their places, each only where it has one.
func (a *App) arrange(l layout, drawList, drawPane func(layout) []string) []string {
	var list, pane []string
	if l.listHeight > 0 {
		list = drawList(l)
	}
	if l.paneHeight > 0 {
		pane = drawPane(l)
	}
	if !l.beside {
		return append(list, pane...)
	}
	for i := range list {
		sep := a.line(1)
		sep.glyph(RoleGrid, a.sign("│", "|"), 1)
		list[i] += sep.end() + pane[i]
	}
	return list
}
