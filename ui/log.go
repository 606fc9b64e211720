package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
)

// messageLog is the log screen: the messages as they came, the newest at the
// bottom, and the whole of the one under the cursor. While the cursor is on the
// newest, new ones are followed.
type messageLog struct {
	app      *App
	view     *model.LogView // used by one read at a time
	page     model.LogPage
	havePage bool

	text    string // the filter
	version uint64
	move    int // messages that the cursor is yet to move
	reader
	shown uint64 // the number of the message that is read
}

func newMessageLog(a *App) *messageLog {
	return &messageLog{app: a}
}

func (l *messageLog) look() { l.view = model.NewLogView(l.app.session.Store) }

func (l *messageLog) layout() layout { return l.app.layout(l.zoomed) }

// headRows are the rows above the messages: a heading and the columns' names.
const headRows = 2

func logRows(l layout) int { return max(l.listHeight-headRows, 0) }

// fetch reads the messages that fit. A paused log takes in nothing new, but one
// can go about in it.
func (l *messageLog) fetch() func() pageMsg {
	view := l.view
	query := model.LogQuery{
		Filter: l.text, Version: l.version,
		Cursor: l.page.Cursor, Move: l.move,
		Height: max(logRows(l.layout()), 1),
		Hold:   l.app.paused && l.havePage,
	}
	if len(l.page.Messages) > 0 {
		query.Top = l.page.Messages[0].Number
	}
	return func() pageMsg {
		page := view.Read(query)
		return pageMsg{status: page.Status, show: func() { l.show(page, query.Move) }}
	}
}

func (l *messageLog) show(page model.LogPage, moved int) {
	l.page, l.havePage = page, true
	if l.move -= moved; l.move != 0 {
		l.app.stale = true
	}
	if m := l.message(); m != nil && m.Number != l.shown {
		l.shown, l.scroll = m.Number, 0
	}
}

// message is the message under the cursor, nil when there is none.
func (l *messageLog) message() *model.LogMessage {
	if i := l.page.Chosen - l.page.First; i >= 0 && i < len(l.page.Messages) {
		return &l.page.Messages[i]
	}
	return nil
}

func (l *messageLog) canFilter() bool { return true }

func (l *messageLog) filter() string { return l.text }

func (l *messageLog) setFilter(text string) tea.Cmd {
	l.text = text
	l.version++
	return l.app.read()
}

func (l *messageLog) moveBy(lines int) tea.Cmd {
	l.move += lines
	return l.app.read()
}

func (l *messageLog) moving() int { return l.move }

func (l *messageLog) click(x, y int) tea.Cmd {
	row := y - headRows
	if x >= l.layout().listWidth || row < 0 || row >= len(l.page.Messages) {
		return nil
	}
	return l.moveBy(l.page.First + row - l.page.Chosen)
}

// maxCopied is how many bytes of a payload are copied at most: what terminals
// take in one OSC 52 sequence, base64 and all.
const maxCopied = 48 << 10

// The log knows topics only.
func (l *messageLog) subject() model.Key { return model.Key{} }

func (l *messageLog) chosen() (value, topic string, ok bool) {
	m := l.message()
	if m == nil {
		return "", "", false
	}
	return safetext.CleanBytes(m.Payload[:min(len(m.Payload), maxCopied)]), m.Topic, true
}

func (l *messageLog) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &l.app.keys
	var m *model.Message
	if shown := l.message(); shown != nil {
		m = &shown.Message
	}
	if l.reader.handleKey(msg, k, l.layout(), m, l.page.Status.Now) {
		return nil
	}
	if lines, ok := k.lines(msg, max(logRows(l.layout())-1, 1)); ok {
		return l.moveBy(lines)
	}
	switch {
	case key.Matches(msg, k.Detail):
		l.zoomed = m != nil
		return l.app.read()
	case key.Matches(msg, k.Back):
		return l.back()
	}
	return nil
}

// back goes one step back: out of the message, then out of the filter, then on
// from the pause, then to the devices.
func (l *messageLog) back() tea.Cmd {
	switch {
	case l.leave():
	case l.text != "":
		return l.setFilter("")
	case l.app.paused:
		return l.app.togglePause()
	default:
		return l.app.show(l.app.devices)
	}
	return l.app.read()
}

func (l *messageLog) activeKeys() []key.Binding {
	k := &l.app.keys
	var list keyList
	some, onMessage := l.page.Total > 0, l.onPane(l.layout())
	list.add(l.app.paused, footerKey(k.Pause, "space", "go on"))
	list.add(l.app.paused && l.app.canRewind(), footerKey(k.Rewind, "←", "back"))
	list.add(onMessage, footerKey(k.Back, "esc", "back"))
	list.add(some, footerKey(k.Down, "↑↓", "move"))
	list.add(onMessage && some, footerKey(k.PageDown, "PgUp PgDn", "payload"))
	list.add(l.page.Cursor != 0, footerKey(k.Last, "G", "newest"))
	list.add(some && !l.app.paused && l.app.session.Player == nil, footerKey(k.Pause, "space", "pause"))
	list.add(some && !l.zoomed, footerKey(k.Detail, "enter", "message"))
	list.add(some || l.text != "", k.Filter)
	list.add(l.text != "" && !onMessage, footerKey(k.Back, "esc", "clear"))
	list.add(some, footerKey(k.Raw, "x", "text/hex"))
	list.add(true, k.DevicesScreen, k.TopicsScreen, k.AlertsScreen, k.BrokerScreen)
	list.add(some, footerKey(k.CopyValue, "y", "copy"), footerKey(k.CopyTopic, "Y", "copy the topic"))
	return list
}
