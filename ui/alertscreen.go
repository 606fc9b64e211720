package ui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/alerts"
	"labtop/model"
	"labtop/safetext"
	"labtop/ui/plot"
)

// alertScreen is the alerts screen: the active alerts, then what happened, and why
// the one under the cursor fires.
type alertScreen struct {
	app      *App
	rules    map[string]alerts.Kind // what each rule looks at
	view     *alertView             // used by one read at a time
	page     alertPage
	detail   alertDetail
	status   model.Status
	havePage bool

	text    string // the filter
	version uint64
	move    int  // lines that the cursor is yet to move
	moved   bool // the user has moved: the cursor stays with its alert
	zoomed  bool // the detail has the whole screen
	span    int  // of the chart, in steps from the one that shows the alert
	axes    axes
	places  []int // of the rows that were drawn, -1 for headings
}

// alertDetail is what the pane shows of the line under the cursor.
type alertDetail struct {
	// alert is as it stands now, or as it was last known; its ID is 0 for none.
	alert alerts.Alert
	// metric and its chart; nil when nothing was heard of it.
	metric     *model.Detail
	thresholds []alerts.Threshold
	span       int // of the chart, an index of spans
}

func newAlertScreen(a *App) *alertScreen { return &alertScreen{app: a} }

func (s *alertScreen) look() {
	source := s.app.session.Alerts
	s.view, s.rules = &alertView{source: source}, map[string]alerts.Kind{}
	if source != nil {
		for _, r := range source.Rules() {
			s.rules[r.Name] = kindOf(&r)
		}
	}
}

func (s *alertScreen) layout() layout { return s.app.layout(s.zoomed) }

// alertRows is how many lines fit below the heading and the columns' names, the
// heading of the history and the rows that say that all is well left out.
func (s *alertScreen) alertRows(l layout) int {
	room := l.listHeight - headRows
	if s.page.history > 0 {
		room--
	}
	if s.page.active == 0 {
		room -= len(s.emptyHint())
	}
	return max(room, 0)
}

// fetch reads the lines that fit. A paused screen keeps its page.
func (s *alertScreen) fetch() func() pageMsg {
	if s.app.paused && s.havePage {
		return nil
	}
	l := s.layout()
	query := alertQuery{
		filter: s.text, version: s.version, move: s.move,
		top: s.page.top, height: s.alertRows(l), now: s.app.live.Now,
	}
	if s.moved {
		query.cursor = s.page.key
	}
	columns := 0
	if l.paneHeight > 0 {
		columns = max(plot.Columns(chartWidth(l.paneWidth)), 2)
	}
	view, store, span, decimals := s.view, s.app.session.Store, s.span, s.app.opts.Decimals
	return func() pageMsg {
		var page alertPage
		var detail alertDetail
		if view.source != nil {
			page = view.read(query)
			if line := page.chosen(); line != nil {
				detail = readAlert(view.source, store, line, span, columns)
			}
		}
		if detail.metric != nil {
			declareDecimals(&detail.metric.Metric, decimals)
		}
		status := store.Status()
		return pageMsg{status: status, show: func() { s.show(page, detail, status, query.move) }}
	}
}

// readAlert reads all about an alert, with a chart of so many columns.
func readAlert(source Alerts, store *model.Store, line *alertLine, span, columns int) alertDetail {
	d := alertDetail{alert: line.alert}
	if now, ok := source.Find(line.alert.ID); ok {
		d.alert = now
	}
	if columns == 0 {
		return d
	}
	k := seriesKey(&d.alert.Series)
	d.thresholds = source.Thresholds(k)
	query := model.ChartQuery{Columns: columns}
	query.Range, query.Until, d.span = alertSpan(&d.alert, store.Status().Now, span)
	if ofBroker(k) {
		d.metric = figureDetail(store, k.Path, query)
	} else {
		d.metric = store.Detail(k, query)
	}
	return d
}

// alertSpan is the time that the chart of an alert shows: the shortest range in
// which the alert has at most three quarters, or some steps from it; until now, or
// until a while after the alert ended.
func alertSpan(a *alerts.Alert, now time.Time, steps int) (shown time.Duration, until time.Time, index int) {
	end := now
	if !a.Ended.IsZero() {
		end = a.Ended
	}
	lasted := max(end.Sub(a.Since), 0)
	for index < len(spans)-2 && spans[index] < lasted/3*4+10*time.Second {
		index++
	}
	index = max(min(index+steps, len(spans)-1), 0)
	shown = spans[index]
	if after := end.Add(shown / 8); shown > 0 && after.Before(now) {
		until = after
	}
	return shown, until, index
}

// show takes a page that was read, for which the cursor was moved.
func (s *alertScreen) show(page alertPage, detail alertDetail, status model.Status, moved int) {
	if s.app.paused && s.havePage {
		return // it was under way when the screen was paused
	}
	reread := page.active == 0 != (s.page.active == 0) || page.history == 0 != (s.page.history == 0)
	s.page, s.detail, s.status, s.havePage = page, detail, status, true
	if s.move -= moved; s.move != 0 || reread && page.total() > 0 {
		s.app.stale = true // or another number of lines fits
	}
}

// alert is the alert under the cursor as it stands now, nil when there is none.
func (s *alertScreen) alert() *alerts.Alert {
	if s.detail.alert.ID == 0 {
		return nil
	}
	return &s.detail.alert
}

// A paused list stands still, so that there is nothing to filter.
func (s *alertScreen) canFilter() bool { return s.app.session.Alerts != nil && !s.app.paused }

func (s *alertScreen) filter() string { return s.text }

func (s *alertScreen) setFilter(text string) tea.Cmd {
	s.text = text
	s.version++
	return s.app.read()
}

func (s *alertScreen) moveBy(lines int) tea.Cmd {
	if s.app.paused {
		return nil
	}
	s.move += lines
	s.moved = true
	s.span = 0
	return s.app.read()
}

func (s *alertScreen) moving() int { return s.move }

// click puts the cursor on the line that was clicked.
func (s *alertScreen) click(x, y int) tea.Cmd {
	if x >= s.layout().listWidth || y < 0 || y >= len(s.places) || s.places[y] < 0 {
		return nil
	}
	return s.moveBy(s.places[y] - s.page.cursor)
}

func (s *alertScreen) subject() model.Key {
	if a := s.alert(); a != nil {
		return seriesKey(&a.Series)
	}
	return model.Key{}
}

func (s *alertScreen) chosen() (value, topic string, ok bool) {
	a := s.alert()
	if a == nil {
		return "", "", false
	}
	value, topic = alertValue(a.Value, a.Text, a.Value.Num), a.Series.Topic
	if value == "" {
		value = a.Summary
	}
	if topic == "" {
		topic = a.Series.Device
	}
	return safetext.Clean(value), topic, true
}

func (s *alertScreen) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &s.app.keys
	if s.app.paused {
		return s.app.handleStill(msg)
	}
	if lines, ok := k.lines(msg, max(s.alertRows(s.layout())-1, 1)); ok {
		return s.moveBy(lines)
	}
	switch {
	case key.Matches(msg, k.Back):
		return s.back()
	case s.alert() == nil:
		return nil
	case key.Matches(msg, k.Detail):
		s.zoomed, s.moved = true, true
	case key.Matches(msg, k.Shorter) && s.detail.span > 0:
		s.span--
	case key.Matches(msg, k.Longer) && s.detail.span < len(spans)-1:
		s.span++
	case key.Matches(msg, k.Jump):
		return s.app.jump(seriesKey(&s.alert().Series))
	default:
		return s.act(msg)
	}
	return s.app.read()
}

// act acknowledges and silences.
func (s *alertScreen) act(msg tea.KeyPressMsg) tea.Cmd {
	k, can := &s.app.keys, s.can()
	switch {
	case key.Matches(msg, k.Acknowledge) && can.acknowledge:
		s.moved = true // what was acted on stays under the cursor
		return s.app.acknowledge(s.alert())
	case key.Matches(msg, k.Silence) && can.silence:
		s.moved = true
		s.app.silencing = &silencing{id: s.alert().ID, name: alertName(s.alert())}
	case (key.Matches(msg, k.Silence) || key.Matches(msg, k.Unsilence)) && can.unsilence:
		s.moved = true
		return s.app.unsilence(s.alert())
	}
	return nil
}

// abilities are what can be done with an alert.
type abilities struct{ acknowledge, silence, unsilence bool }

func (s *alertScreen) can() abilities {
	a := s.alert()
	if a == nil {
		return abilities{}
	}
	stands := standingOf(a, s.status.Now)
	if stands == resolved {
		return abilities{}
	}
	return abilities{acknowledge: a.Acknowledged.IsZero(), silence: stands != silenced, unsilence: stands == silenced}
}

// back goes one step back: out of the detail, then out of the filter, then to the
// devices.
func (s *alertScreen) back() tea.Cmd {
	switch {
	case s.zoomed:
		s.zoomed = false
	case s.text != "":
		return s.setFilter("")
	default:
		return s.app.show(s.app.devices)
	}
	return s.app.read()
}

func (s *alertScreen) activeKeys() []key.Binding {
	k := &s.app.keys
	var list keyList
	some := s.page.total() > 0
	if s.app.paused {
		return s.app.stillKeys(some)
	}
	can := s.can()
	list.add(s.zoomed, footerKey(k.Back, "esc", "back"))
	list.add(some, footerKey(k.Down, "↑↓", "move"))
	list.add(can.acknowledge, k.Acknowledge)
	list.add(can.silence, k.Silence)
	list.add(can.unsilence, k.Unsilence)
	list.add(some && !s.zoomed, k.Detail)
	list.add(s.zoomed && s.detail.metric != nil, footerKey(k.Shorter, "[ ]", "range"))
	where := "device"
	if ofBroker(s.subject()) {
		where = "broker"
	}
	list.add(s.alert() != nil, footerKey(k.Jump, "d", where))
	list.add(some || s.text != "", k.Filter)
	list.add(s.text != "" && !s.zoomed, footerKey(k.Back, "esc", "clear"))
	list.add(!s.zoomed && s.detail.metric != nil, footerKey(k.Shorter, "[ ]", "range"))
	list.add(some && s.app.session.Player == nil, footerKey(k.Pause, "space", "pause"))
	list.add(true, k.DevicesScreen, k.TopicsScreen, k.BrokerScreen, k.LogScreen)
	list.add(some, footerKey(k.CopyValue, "y", "copy"))
	return list
}
