package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/health"
	"labtop/model"
)

// brokerScreen tells of the broker: our session with it, and what it says of itself. It
// is a page that is read, without a cursor.
type brokerScreen struct {
	app      *App
	status   model.Status // as of the page
	report   health.Report
	clients  *model.Detail // the history of how many are connected; nil when there is none
	havePage bool
	top      int // the first row that is shown
	total    int // rows that there are
}

func newBrokerScreen(a *App) *brokerScreen { return &brokerScreen{app: a} }

func (s *brokerScreen) look() { s.havePage = false }

// fetch reads how the session stands. A paused screen keeps its page.
func (s *brokerScreen) fetch() func() pageMsg {
	if s.app.paused && s.havePage {
		return nil
	}
	store := s.app.session.Store
	return func() pageMsg {
		status, report := store.Status(), store.Broker()
		clients := store.Detail(clientsConnected, model.ChartQuery{Columns: meterWidth + 1})
		return pageMsg{status: status, show: func() { s.show(status, report, clients) }}
	}
}

func (s *brokerScreen) show(status model.Status, report health.Report, clients *model.Detail) {
	if s.app.paused && s.havePage {
		return // it was under way when the screen was paused
	}
	s.status, s.report, s.clients, s.havePage = status, report, clients, true
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
	const gutter = 3
	left := (width - gutter) / 2
	right := width - gutter - left
	var rows []string
	beside := func(one, other func(*brokerPane)) {
		ones, others := part(left, one), part(right, other)
		height := max(len(ones), len(others))
		ones, others = s.app.fill(ones, left, height), s.app.fill(others, right, height)
		for i := range ones {
			rows = append(rows, ones[i]+s.app.blank(gutter)+others[i])
		}
	}
	blank := s.app.blank(width)
	beside(session, broker)
	rows = append(append(append(rows, blank), part(width, filters)...), blank)
	beside(encryption, losses)
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
	list.add(s.below() > 0, footerKey(k.Down, "↓", counted(uint64(s.below()), "more line")))
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
