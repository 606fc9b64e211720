package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/health"
	"labtop/model"
	"labtop/ui/plot"
)

// brokerScreen tells of the broker: our session with it, and what it says of itself. It
// is a page that is read, without a cursor.
type brokerScreen struct {
	app     *App
	status  model.Status // as of the page
	report  health.Report
	clients *model.Detail // the history of how many are connected; nil when there is none
	// histories are what is charted below the rest, axes those of each.
	histories []figureHistory
	axes      [len(charted)]axes
	havePage  bool
	top       int // the first row that is shown
	total     int // rows that there are
}

func newBrokerScreen(a *App) *brokerScreen { return &brokerScreen{app: a} }

func (s *brokerScreen) look() { s.havePage = false }

// fetch reads how the session stands. A paused screen keeps its page.
func (s *brokerScreen) fetch() func() pageMsg {
	if s.app.paused && s.havePage {
		return nil
	}
	store := s.app.session.Store
	left, _ := halves(s.app.width)
	columns, roomy := max(plot.Columns(chartWidth(left)), 2), s.app.width >= twoColumns
	return func() pageMsg {
		status, report := store.Status(), store.Broker()
		clients := store.Detail(clientsConnected, model.ChartQuery{Columns: meterWidth + 1})
		var histories []figureHistory
		if roomy {
			histories = s.readHistories(store, columns)
		}
		return pageMsg{status: status, show: func() { s.show(status, report, clients, histories) }}
	}
}

func (s *brokerScreen) show(status model.Status, report health.Report, clients *model.Detail, histories []figureHistory) {
	if s.app.paused && s.havePage {
		return // it was under way when the screen was paused
	}
	s.status, s.report, s.clients, s.histories, s.havePage = status, report, clients, histories, true
}

func (s *brokerScreen) height() int { return s.app.layout(true).paneHeight }

// rows draws what fits of the page, from the first row that is shown.
func (s *brokerScreen) rows() []string {
	var all []string
	if s.havePage {
		all = s.page(s.app.width)
	}
	s.total = len(all)
	s.top = max(min(s.top, s.total-s.height()), 0)
	return s.app.fill(all[s.top:], s.app.width, s.height())
}

// twoColumns is from which width on what is short stands side by side.
const twoColumns = 108

// page draws all of it.
func (s *brokerScreen) page(width int) []string {
	part := func(width int, draw ...func(*brokerPane)) []string {
		p := brokerPane{pane: pane{app: s.app, width: width}, status: &s.status, report: &s.report, history: s.clients}
		for _, d := range draw {
			d(&p)
		}
		return p.rows
	}
	session, filters, encryption := (*brokerPane).session, (*brokerPane).filters, (*brokerPane).encryption
	losses, broker := (*brokerPane).losses, (*brokerPane).health
	if width < twoColumns {
		return part(width, session, filters, encryption, losses, broker)
	}
	left, right := halves(width)
	blank := s.app.blank(width)
	rows := s.beside(part(left, session), part(right, broker))
	rows = append(append(append(rows, blank), part(width, filters)...), blank)
	rows = append(rows, s.beside(part(left, encryption), part(right, losses))...)
	return append(rows, s.charts(s.height()-len(rows))...)
}

// gutter is between what stands side by side.
const gutter = 3

// halves are the widths of what stands side by side.
func halves(width int) (left, right int) {
	left = (width - gutter) / 2
	return left, width - gutter - left
}

// beside puts rows side by side.
func (s *brokerScreen) beside(ones, others []string) []string {
	left, right := halves(s.app.width)
	height := max(len(ones), len(others))
	ones, others = s.app.fill(ones, left, height), s.app.fill(others, right, height)
	rows := make([]string, height)
	for i := range rows {
		rows[i] = ones[i] + s.app.blank(gutter) + others[i]
	}
	return rows
}

// below is how many rows there are below those that are shown.
func (s *brokerScreen) below() int { return max(s.total-s.top-s.height(), 0) }

func (s *brokerScreen) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &s.app.keys
	if lines, ok := k.lines(msg, max(s.height()-1, 1)); ok {
		return s.moveBy(lines)
	}
	switch {
	case key.Matches(msg, k.Back) && s.app.paused && s.app.session.Player == nil:
		return s.app.togglePause()
	case key.Matches(msg, k.Back):
		return s.app.show(s.app.devices)
	}
	return nil
}

func (s *brokerScreen) moveBy(lines int) tea.Cmd {
	s.top += lines // rows keeps it in its bounds
	return nil
}

// The page moves at once.
func (s *brokerScreen) moving() int { return 0 }

func (s *brokerScreen) click(int, int) tea.Cmd { return nil }

func (s *brokerScreen) activeKeys() []key.Binding {
	k := &s.app.keys
	var list keyList
	list.add(s.app.paused, footerKey(k.Pause, "space", "go on"))
	list.add(s.app.paused && s.app.canRewind(), footerKey(k.Rewind, "←", "back"))
	list.add(s.below() > 0, footerKey(k.Down, "↓", counted(s.below(), "more line")))
	list.add(s.top > 0, footerKey(k.Up, "↑", "up"))
	list.add(true, k.DevicesScreen, k.TopicsScreen, k.AlertsScreen, k.LogScreen)
	list.add(!s.app.paused && s.app.session.Player == nil, k.Pause)
	return list
}

// There is nothing to choose from.
func (s *brokerScreen) canFilter() bool { return false }

func (s *brokerScreen) filter() string { return "" }

func (s *brokerScreen) setFilter(string) tea.Cmd { return nil }

func (s *brokerScreen) subject() model.Key { return model.Key{} }

func (s *brokerScreen) chosen() (value, topic string, ok bool) { return "", "", false }
