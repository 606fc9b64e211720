package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
)

// devices is the first screen: the table of devices, and the detail of the
// metric under the cursor where there is room for it.
type devices struct {
	app      *App
	view     *model.View // used by one read at a time
	page     model.Page
	havePage bool
	alerts   deviceAlerts // as of page
	target   model.Key    // where a jump leads, until it was read

	order   model.Order
	version uint64
	move    int  // lines that the cursor is yet to move
	moved   bool // the user has moved: the cursor stays with its metric
	detail  detail
	focus
}

func newDevices(a *App) *devices { return &devices{app: a, detail: newDetail()} }

func (d *devices) look() {
	d.view = model.NewView(d.app.session.Store, d.app.opts.System)
	d.order.Severity = severity(d.app.session.Alerts)
	d.version++
}

func (d *devices) layout() layout { return d.app.layout(d.zoomed) }

// fetch reads the lines that fit. A paused screen keeps its page.
func (d *devices) fetch() func() pageMsg {
	if d.app.paused && d.havePage {
		return nil
	}
	view, query, decimals, source := d.view, d.query(), d.app.opts.Decimals, d.app.session.Alerts
	return func() pageMsg {
		page := view.Read(query)
		marks := readMarks(source, &page)
		for _, line := range page.Lines {
			declareDecimals(line.Metric, decimals)
		}
		if page.Detail != nil {
			declareDecimals(&page.Detail.Metric, decimals)
			for i := range page.Detail.Series {
				declareDecimals(&page.Detail.Series[i].Metric, decimals)
			}
		}
		return pageMsg{status: page.Status, show: func() { d.show(page, marks, query) }}
	}
}

// query says what fits on the screen as it is now.
func (d *devices) query() model.Query {
	l := d.layout()
	cursor := d.page.Key
	if !d.moved {
		cursor = model.Key{} // the first line, whatever appears there
	}
	if d.target != (model.Key{}) {
		cursor = d.target
	}
	return model.Query{
		Order: d.order, Version: d.version,
		Cursor: cursor, Move: d.move,
		Top: d.page.Top, Height: tableRows(l),
		Trend: columnsFor(l.listWidth).trend,
		Chart: d.detail.query(l),
	}
}

// tableRows is how many lines of the table fit below the names of its columns.
func tableRows(l layout) int { return max(l.listHeight-1, 0) }

// show takes a page that was read for a query.
func (d *devices) show(page model.Page, alerts deviceAlerts, query model.Query) {
	if d.app.paused && d.havePage {
		return // it was under way when the screen was paused
	}
	d.page, d.alerts, d.havePage = page, alerts, true
	if d.move -= query.Move; d.move != 0 {
		d.app.stale = true
	}
	if d.target != (model.Key{}) && query.Cursor == d.target {
		if page.Key.Device != d.target.Device {
			d.app.say("not among the devices: " + safetext.Name(d.target.Device))
		}
		d.target = model.Key{}
	}
}

// jump puts the cursor on a metric or a device, out of what may hide it.
func (d *devices) jump(k model.Key) tea.Cmd {
	d.target, d.move, d.moved = k, 0, true
	d.focus = focus{}
	return d.reorder(func(o *model.Order) {
		o.Filter = ""
		o.Folded = with(o.Folded, k.Device, o.FoldAll)
	})
}

// reorder hands the changed order to the next read. change gets a copy, since
// reads under way still use the old one.
func (d *devices) reorder(change func(*model.Order)) tea.Cmd {
	order := d.order
	change(&order)
	d.order = order
	d.version++
	return d.app.read()
}

// A paused list stands still, so that there is nothing to filter.
func (d *devices) canFilter() bool { return !d.app.paused }

func (d *devices) filter() string { return d.order.Filter }

func (d *devices) setFilter(text string) tea.Cmd {
	return d.reorder(func(o *model.Order) { o.Filter = text })
}

func (d *devices) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &d.app.keys
	if d.app.paused {
		return d.app.handleStill(msg)
	}
	if d.onPane(d.layout()) {
		if cmd, ok := d.handleDetailKey(msg); ok {
			return cmd
		}
	}
	page := max(tableRows(d.layout())-1, 1)
	if lines, ok := k.lines(msg, page); ok {
		return d.moveBy(lines)
	}
	switch {
	case key.Matches(msg, k.Fold):
		return d.fold(true)
	case key.Matches(msg, k.Unfold):
		return d.fold(false)
	case key.Matches(msg, k.FoldAll), key.Matches(msg, k.UnfoldAll):
		all := key.Matches(msg, k.FoldAll)
		return d.reorder(func(o *model.Order) { o.FoldAll, o.Folded = all, nil })
	case key.Matches(msg, k.Order):
		return d.reorder(func(o *model.Order) { o.Sort = o.Sort.Next() })
	case key.Matches(msg, k.Star):
		return d.star()
	case key.Matches(msg, k.Detail):
		d.zoomed = d.page.Key.Device != ""
		d.moved = true
		return d.app.read()
	case key.Matches(msg, k.Pane):
		d.swap(d.layout())
		return nil
	case key.Matches(msg, k.Topic):
		if topic := d.page.Key.Topic; topic != "" {
			return d.app.topics.jump(topic)
		}
	case key.Matches(msg, k.Overlay):
		return d.overlay()
	case key.Matches(msg, k.Back):
		return d.back()
	}
	return nil
}

func (d *devices) moveBy(lines int) tea.Cmd {
	if d.app.paused {
		return nil
	}
	d.move += lines
	d.moved = true
	d.detail.cursor = -1
	return d.app.read()
}

func (d *devices) moving() int { return d.move }

// click puts the cursor on the line that was clicked.
func (d *devices) click(x, y int) tea.Cmd {
	row := y - 1 // below the columns' names
	if x >= d.layout().listWidth || row < 0 || row >= len(d.page.Lines) {
		return nil
	}
	return d.moveBy(d.page.Top + row - d.page.Cursor)
}

// back goes one step back: out of the detail, then out of the comparison, then
// out of the filter. It never quits and never drops the connection.
func (d *devices) back() tea.Cmd {
	switch {
	case d.leave():
	case len(d.detail.overlay) > 0:
		d.detail.overlay = nil
	case d.order.Filter != "":
		return d.setFilter("")
	}
	return d.app.read()
}

func (d *devices) fold(folded bool) tea.Cmd {
	id := d.page.Key.Device
	if id == "" {
		return nil
	}
	d.moved = true
	return d.reorder(func(o *model.Order) { o.Folded = with(o.Folded, id, folded != o.FoldAll) })
}

func (d *devices) star() tea.Cmd {
	id := d.page.Key.Device
	if id == "" {
		return nil
	}
	d.moved = true
	return d.reorder(func(o *model.Order) { o.Starred = with(o.Starred, id, !o.Starred[id]) })
}

// with returns a copy of a set with key put in or taken out.
func with(set map[string]bool, key string, in bool) map[string]bool {
	changed := make(map[string]bool, len(set)+1)
	for k := range set {
		changed[k] = true
	}
	delete(changed, key)
	if in {
		changed[key] = true
	}
	return changed
}

// metric is the metric on the cursor's line, nil when there is none.
func (d *devices) metric() *model.Metric {
	if i := d.page.Cursor - d.page.Top; i >= 0 && i < len(d.page.Lines) {
		return d.page.Lines[i].Metric
	}
	return nil
}

// keeps says whether the cursor is on what came from the broker's store, so that clearing
// comes to mind.
func (d *devices) keeps() bool {
	m := d.metric()
	return m != nil && m.Retained
}

func (d *devices) subject() model.Key { return d.page.Key }

func (d *devices) chosen() (value, topic string, ok bool) {
	m := d.metric()
	if m == nil {
		return "", "", false
	}
	value = m.Text
	if m.Value.Kind == model.Number {
		value = reading(m)
	}
	return value, m.Topic, true
}

func (d *devices) activeKeys() []key.Binding {
	k := &d.app.keys
	var list keyList
	lines := d.page.Total > 0
	metric := d.metric() != nil
	if d.app.paused {
		return d.app.stillKeys(metric)
	}
	onDetail := d.onPane(d.layout())
	list.add(onDetail, footerKey(k.Back, "esc", "back"))
	list.add(lines, footerKey(k.Down, "↑↓", "move"))
	calls := d.app.alarm.counts.Critical+d.app.alarm.counts.Warning > 0
	list.add(calls, k.AlertsScreen)
	if onDetail {
		chart := d.page.Detail != nil && len(drawn(d.page.Detail)) > 0
		list.add(chart, d.app.arrowKey(k.CursorLeft, "read the chart"), footerKey(k.Shorter, "[ ]", "range"))
		list.add(lines, footerKey(k.Raw, "x", "payload"))
	} else {
		list.add(lines, d.app.arrowKey(k.Fold, "fold"))
		list.add(lines, k.Detail)
		list.add(lines || d.order.Filter != "", k.Filter)
		list.add(d.order.Filter != "" || len(d.detail.overlay) > 0, footerKey(k.Back, "esc", "clear"))
		list.add(d.page.Shown > 1, footerKey(k.Order, "o", "order"))
		list.add(lines, footerKey(k.Star, "s", "star"))
		list.add(d.keeps() && d.app.canClear(), footerKey(k.Clear, "c", "clear retained"))
	}
	list.add(lines && d.app.session.Player == nil, footerKey(k.Pause, "space", "pause"))
	list.add(!calls, k.AlertsScreen)
	list.add(true, k.TopicsScreen, k.BrokerScreen, k.LogScreen)
	list.add(metric && !onDetail, footerKey(k.Topic, "T", "topic"))
	list.add(metric, footerKey(k.Overlay, "m", "compare"))
	list.add(metric, footerKey(k.CopyValue, "y", "copy"))
	list.add(!onDetail && !d.zoomed && d.layout().paneHeight > 0 && lines, footerKey(k.Pane, "tab", "pane"))
	return list
}
