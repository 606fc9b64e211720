package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
)

// topics is the topics' screen: the tree of topics, and the last message on the one
// under the cursor.
type topics struct {
	app      *App
	view     *model.TopicView // used by one read at a time
	page     model.TopicPage
	havePage bool
	target   string // where a jump leads, until it was read

	query model.TopicQuery // but for what is of one read
	move  int              // rows that the cursor is yet to move
	reader
	shown string // the topic that is read
	// treeAll and treeOpened are the query's OpenAll and Opened of the whole tree, to
	// return to from a filter.
	treeAll    bool
	treeOpened map[string]bool
	touched    bool // somebody has opened or folded something
}

// manyTopics is from how many topics on the tree is folded, unless somebody has chosen.
const manyTopics = 2000

// newTopics begins with all places open: most labs fit the screen.
func newTopics(a *App) *topics {
	t := &topics{app: a}
	t.query.OpenAll = true
	return t
}

func (t *topics) look() {
	t.view = model.NewTopicView(t.app.session.Store)
	t.query.Version++
}

func (t *topics) layout() layout { return t.app.layout(t.zoomed) }

// fetch reads the rows that fit. A paused screen keeps its page.
func (t *topics) fetch() func() pageMsg {
	if t.app.paused && t.havePage {
		return nil
	}
	view, query := t.view, t.query
	query.Cursor, query.Move, query.Top = t.page.Path, t.move, t.page.Top
	query.Height = max(tableRows(t.layout()), 1)
	if t.target != "" {
		query.Cursor = t.target
	}
	return func() pageMsg {
		page := view.Read(query)
		return pageMsg{status: page.Status, show: func() { t.show(page, query) }}
	}
}

// show takes a page that was read for a query.
func (t *topics) show(page model.TopicPage, query model.TopicQuery) {
	if t.app.paused && t.havePage {
		return // it was under way when the screen was paused
	}
	t.page, t.havePage = page, true
	if t.move -= query.Move; t.move != 0 {
		t.app.stale = true
	}
	if t.target != "" && query.Cursor == t.target {
		t.target = ""
	}
	if page.Known > manyTopics && t.query.Filter == "" && t.query.OpenAll && !t.touched {
		t.query.OpenAll, t.app.stale = false, true
		t.query.Version++
	}
	if page.Path != t.shown {
		t.shown, t.scroll = page.Path, 0
	}
}

// change hands another filter, or other open places, to the next read.
func (t *topics) change(change func(*model.TopicQuery)) tea.Cmd {
	change(&t.query)
	t.query.Version++
	return t.app.read()
}

// jump puts the cursor on a topic, out of what may hide it.
func (t *topics) jump(topic string) tea.Cmd {
	t.app.screen = t
	t.target, t.move, t.focus = topic, 0, focus{}
	return t.change(func(q *model.TopicQuery) {
		if q.Filter != "" {
			q.Filter, q.OpenAll, q.Opened = "", t.treeAll, t.treeOpened
		}
		for i := range topic {
			if topic[i] == '/' {
				q.Opened = with(q.Opened, topic[:i], !q.OpenAll)
			}
		}
	})
}

// A paused tree stands still, so that there is nothing to filter.
func (t *topics) canFilter() bool { return !t.app.paused }

func (t *topics) filter() string { return t.query.Filter }

// setFilter opens all that matches, and without a filter what was open before.
func (t *topics) setFilter(text string) tea.Cmd {
	return t.change(func(q *model.TopicQuery) {
		if q.Filter == "" {
			t.treeAll, t.treeOpened = q.OpenAll, q.Opened
		}
		if q.Filter = text; text == "" {
			q.OpenAll, q.Opened = t.treeAll, t.treeOpened
		} else {
			q.OpenAll, q.Opened = true, nil
		}
	})
}

func (t *topics) moveBy(rows int) tea.Cmd {
	if t.app.paused {
		return nil
	}
	t.move += rows
	return t.app.read()
}

func (t *topics) moving() int { return t.move }

// click puts the cursor on the row that was clicked; once more opens or folds it.
func (t *topics) click(x, y int) tea.Cmd {
	row := y - 1 // below the columns' names
	if x >= t.layout().listWidth || row < 0 || row >= len(t.page.Rows) || t.app.paused {
		return nil
	}
	if by := t.page.Top + row - t.page.Cursor; by != 0 {
		return t.moveBy(by)
	}
	return t.toggle()
}

// row is the row under the cursor, nil when there is none.
func (t *topics) row() *model.TopicRow {
	if i := t.page.Cursor - t.page.Top; i >= 0 && i < len(t.page.Rows) {
		return &t.page.Rows[i]
	}
	return nil
}

// open opens or folds the place under the cursor.
func (t *topics) open(open bool) tea.Cmd {
	path := t.page.Path
	t.touched = true
	return t.change(func(q *model.TopicQuery) { q.Opened = with(q.Opened, path, open != q.OpenAll) })
}

func (t *topics) toggle() tea.Cmd {
	switch r := t.row(); {
	case r == nil:
		return nil
	case r.Inner:
		return t.open(!r.Open)
	}
	t.zoomed = true
	return t.app.read()
}

// fold folds the place under the cursor, or goes to the one that it is in.
func (t *topics) fold() tea.Cmd {
	r := t.row()
	if r == nil || r.Inner && r.Open {
		return t.open(false)
	}
	if end := len(r.Path) - len(r.Label) - 1; end >= 0 {
		t.target = r.Path[:end]
	}
	return t.app.read()
}

func (t *topics) subject() model.Key { return t.page.Key }

func (t *topics) chosen() (value, topic string, ok bool) {
	if t.page.Total == 0 {
		return "", "", false
	}
	if m := t.page.Last; m != nil {
		value = safetext.CleanBytes(m.Payload[:min(len(m.Payload), maxCopied)])
	}
	return value, t.page.Path, true
}

func (t *topics) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &t.app.keys
	if t.app.paused {
		return t.app.handleStill(msg)
	}
	if t.reader.handleKey(msg, k, t.layout(), t.page.Last, t.page.Status.Now) {
		return nil
	}
	if rows, ok := k.lines(msg, max(tableRows(t.layout())-1, 1)); ok {
		return t.moveBy(rows)
	}
	switch {
	case key.Matches(msg, k.Detail):
		if t.zoomed {
			return nil
		}
		return t.toggle()
	case key.Matches(msg, k.Fold):
		return t.fold()
	case key.Matches(msg, k.Unfold):
		if r := t.row(); r != nil && r.Inner {
			return t.open(true)
		}
	case key.Matches(msg, k.FoldAll), key.Matches(msg, k.UnfoldAll):
		all := key.Matches(msg, k.UnfoldAll)
		t.touched = true
		return t.change(func(q *model.TopicQuery) { q.OpenAll, q.Opened = all, nil })
	case key.Matches(msg, k.Jump):
		if t.page.Key != (model.Key{}) {
			return t.app.jump(t.page.Key)
		}
	case key.Matches(msg, k.Back):
		return t.back()
	}
	return nil
}

// back goes one step back: out of the message, then out of the filter, then to the
// devices.
func (t *topics) back() tea.Cmd {
	switch {
	case t.leave():
	case t.query.Filter != "":
		return t.setFilter("")
	default:
		return t.app.show(t.app.devices)
	}
	return t.app.read()
}

func (t *topics) activeKeys() []key.Binding {
	k := &t.app.keys
	var list keyList
	r := t.row()
	some, message, onMessage := r != nil, t.page.Last != nil, t.onPane(t.layout())
	if t.app.paused {
		return t.app.stillKeys(message)
	}
	list.add(onMessage, footerKey(k.Back, "esc", "back"))
	list.add(some, footerKey(k.Down, "↑↓", "move"))
	list.add(onMessage && message, footerKey(k.PageDown, "PgUp PgDn", "payload"))
	list.add(some && !r.Inner && !t.zoomed, footerKey(k.Detail, "enter", "message"))
	list.add(some && !t.zoomed, t.app.arrowKey(k.Fold, "fold")) // as enter does where there is something to fold
	list.add(some || t.query.Filter != "", k.Filter)
	list.add(t.query.Filter != "" && !onMessage, footerKey(k.Back, "esc", "clear"))
	list.add(message, footerKey(k.Raw, "x", "text/hex"))
	list.add(t.page.Key != (model.Key{}), footerKey(k.Jump, "d", "device"))
	list.add(some && t.app.session.Player == nil, footerKey(k.Pause, "space", "pause"))
	list.add(true, k.DevicesScreen, k.AlertsScreen, k.BrokerScreen, k.LogScreen)
	list.add(message, footerKey(k.CopyValue, "y", "copy"))
	list.add(some, footerKey(k.CopyTopic, "Y", "copy the topic"))
	list.add(some && !onMessage && t.layout().paneHeight > 0, footerKey(k.Pane, "tab", "pane"))
	return list
}

// topicsWord is how many topics: 1 topic, 12 874 topics.
func topicsWord(n int) string { return counted(n, "topic") }

// blankLevel stands for a level without a name, which MQTT allows.
func blankLevel(label string) string {
	if strings.Trim(label, "/") == "" {
		return label + "(no name)"
	}
	return label
}
