package ui

import (
	"cmp"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
)

// markScreen is the screen of marks: the alerts, notes, gaps and lost connections of a
// recorded session, and the notes of the recording that goes on of a live one. The one
// that was passed last is under the cursor, until the user moves it.
type markScreen struct {
	app    *App
	cursor int // the place of the mark
	moved  bool
	top    int // the place of the first row
	drawn  int // how many rows of the list there are room for
}

func newMarkScreen(a *App) *markScreen { return &markScreen{app: a} }

// The marks are those of the session, not of the state that is put in its place.
func (s *markScreen) look() {}

// marks are those that are listed, by their time.
func (s *markScreen) marks() []Mark {
	if s.app.session.Player == nil {
		return s.app.recorded.Notes
	}
	return s.app.played.timeline.Marks
}

// lastBefore is the place of the last mark up to a moment; -1 when there is none.
func lastBefore(marks []Mark, at time.Time) int {
	n, _ := slices.BinarySearchFunc(marks, at, func(m Mark, at time.Time) int {
		return cmp.Or(m.At.Compare(at), -1) // those of the moment count as before it
	})
	return n - 1
}

// fetch reads how the session stands: the marks come with it.
func (s *markScreen) fetch() func() pageMsg {
	store := s.app.session.Store
	return func() pageMsg { return pageMsg{status: store.Status(), show: func() {}} }
}

func (s *markScreen) layout() layout {
	l := s.app.layout(true)
	return layout{listWidth: l.paneWidth, listHeight: l.paneHeight}
}

// settle puts the cursor and the first row where they are now.
func (s *markScreen) settle(visible int) {
	marks := s.marks()
	if !s.moved {
		s.cursor = len(marks) - 1
		if s.app.session.Player != nil {
			s.cursor = lastBefore(marks, s.app.played.At)
		}
	}
	s.cursor = max(min(s.cursor, len(marks)-1), 0)
	s.top = max(min(max(s.top, s.cursor-visible+1), s.cursor, len(marks)-visible), 0)
}

// rows draws the list.
func (s *markScreen) rows() []string {
	a, l := s.app, s.layout()
	p := pane{app: a, width: l.listWidth, height: l.listHeight}
	marks := s.marks()
	s.drawn = max(l.listHeight-1, 1)
	s.settle(s.drawn)
	whole := s.whole(l)
	s.drawn = max(s.drawn-len(whole), 1)
	s.settle(s.drawn)
	what := "notes"
	if a.session.Player != nil {
		what = "alerts, notes, gaps"
	}
	place := ""
	if len(marks) > 0 {
		place = count(s.cursor+1) + " of " + count(len(marks))
	}
	p.rule(what, place)
	if len(marks) == 0 {
		p.rows = append(p.rows, a.hintRows(s.emptyHint(), l.listWidth)...)
	}
	for i := s.top; i < min(s.top+s.drawn, len(marks)); i++ {
		p.add(s.row(&marks[i], i == s.cursor, l.listWidth))
	}
	for _, row := range whole {
		p.add(row)
	}
	return p.fill()
}

// row draws a mark: its sign, when it was, for how long, and what it is. What is yet to
// come is dim.
func (s *markScreen) row(m *Mark, chosen bool, width int) *line {
	a := s.app
	l := a.line(width)
	l.chosen = chosen
	signs := a.signs()
	sign, role := signs.mark(m)
	text := RoleText
	if a.session.Player != nil && m.At.After(a.played.At) {
		text = RoleDim
	}
	l.space(1)
	l.glyph(role, sign, 1)
	l.space(1)
	l.put(text, s.time(m))
	l.space(2)
	l.put(text, m.Text)
	l.put(RoleDim, m.lasted())
	return l
}

// time is when a mark was, with the date where a session has several days.
func (s *markScreen) time(m *Mark) string {
	layout := "15:04:05"
	if p := &s.app.played; !sameDay(p.Start, p.End) {
		layout = "Jan 02 15:04:05"
	}
	return m.At.Local().Format(layout)
}

// lasted is how long a mark lasted, empty when it did not.
func (m *Mark) lasted() string {
	if m.Until.IsZero() {
		return ""
	}
	return ", " + span(max(m.Until.Sub(m.At), 0))
}

// whole are rows below the list with the whole text of the mark under the cursor; none
// when its own row has it.
func (s *markScreen) whole(l layout) (rows []*line) {
	m := s.mark()
	if m == nil {
		return nil
	}
	left := 3 + cells(s.time(m)) + 2
	if left+cells(m.Text)+cells(m.lasted()) <= l.listWidth {
		return nil
	}
	rows = append(rows, s.app.line(l.listWidth))
	for _, text := range wrap(m.Text, l.listWidth-left-1, max(l.listHeight/2, 1)) {
		row := s.app.line(l.listWidth)
		row.space(left)
		row.put(RoleTitle, text)
		rows = append(rows, row)
	}
	return rows
}

// emptyHint says why there is no mark.
func (s *markScreen) emptyHint() []hint {
	a := s.app
	switch {
	case a.played.timeline.Partial:
		return []hint{{}, {RoleTitle, "Nothing found yet; the recording is being read."}}
	case a.back != nil:
		return []hint{{}, {RoleTitle, "No alert and no gap in what was kept."}}
	case a.session.Player != nil:
		return []hint{{}, {RoleTitle, "No alert, no note, no gap in this recording."}, {RoleDim, "n notes something at the moment that is shown."}}
	case a.recorded.On:
		return []hint{{}, {RoleTitle, "No note yet."}, {RoleDim, "n notes something in the recording."}}
	}
	return []hint{{}, {RoleTitle, "No note: nothing is recorded."}, {RoleDim, "r begins a recording, and n notes something in it."}}
}

func (s *markScreen) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &s.app.keys
	if lines, ok := k.lines(msg, max(s.layout().listHeight-2, 1)); ok {
		return s.moveBy(lines)
	}
	switch {
	case key.Matches(msg, k.Detail):
		return s.goThere()
	case key.Matches(msg, k.Back) && s.app.paused:
		return s.app.togglePause()
	case key.Matches(msg, k.Back):
		return s.app.show(s.app.devices)
	}
	return nil
}

// goThere seeks to the mark under the cursor.
func (s *markScreen) goThere() tea.Cmd {
	m := s.mark()
	if m == nil || s.app.session.Player == nil {
		return nil
	}
	s.moved = false
	to := m.At
	if m.Seen.After(to) {
		to = m.Seen
	}
	s.app.seek(to)
	return s.app.moved()
}

// mark is the one under the cursor, nil when there is none.
func (s *markScreen) mark() *Mark {
	if marks := s.marks(); s.cursor < len(marks) {
		return &marks[s.cursor]
	}
	return nil
}

func (s *markScreen) moveBy(lines int) tea.Cmd {
	s.cursor, s.moved = s.cursor+lines, true
	s.settle(max(s.layout().listHeight-1, 1))
	return nil
}

// The cursor moves at once.
func (s *markScreen) moving() int { return 0 }

func (s *markScreen) click(_, y int) tea.Cmd {
	if row := y - 1; row >= 0 && s.top+row < len(s.marks()) && row < s.drawn {
		return s.moveBy(s.top + row - s.cursor)
	}
	return nil
}

func (s *markScreen) activeKeys() []key.Binding {
	k, player := &s.app.keys, s.app.session.Player != nil
	var list keyList
	some := len(s.marks()) > 0
	list.add(s.app.paused, footerKey(k.Pause, "space", "go on"))
	list.add(some && player, footerKey(k.Detail, "enter", "go there"))
	list.add(some, footerKey(k.Down, "↑↓", "move"))
	list.add(true, k.DevicesScreen, k.TopicsScreen, k.AlertsScreen, k.BrokerScreen, k.LogScreen)
	list.add(some, footerKey(k.CopyValue, "y", "copy"))
	return list
}

// There are few marks, and the screen knows no topics.
func (s *markScreen) canFilter() bool { return false }

func (s *markScreen) filter() string { return "" }

func (s *markScreen) setFilter(string) tea.Cmd { return nil }

func (s *markScreen) subject() model.Key { return model.Key{} }

func (s *markScreen) chosen() (value, topic string, ok bool) {
	m := s.mark()
	if m == nil {
		return "", "", false
	}
	return safetext.Clean(m.Text), safetext.Clean(m.Text), true
}
