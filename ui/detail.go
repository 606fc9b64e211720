package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/ui/plot"
)

// detail is the pane about one metric: a chart, its figures and the last
// messages. Its data come with the page.
type detail struct {
	span    int // index of spans
	cursor  int // column of the chart that is read, -1 for none
	form    payloadForm
	overlay []model.Key
	axes    axes
}

// spans are the time ranges of the chart; 0 is all there is.
var spans = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 0}

// maxOverlay is how many metrics are compared with the chosen one.
const maxOverlay = 2

func newDetail() detail { return detail{span: 1, cursor: -1} }

func spanName(d time.Duration) string {
	if d == 0 {
		return "all"
	}
	return span(d)
}

// query asks for what the pane needs, nil when it is not shown.
func (d *detail) query(l layout) *model.ChartQuery {
	if l.paneHeight == 0 {
		return nil
	}
	return &model.ChartQuery{
		Range:    spans[d.span],
		Columns:  max(plot.Columns(chartWidth(l.paneWidth)), 2),
		Overlay:  d.overlay,
		Messages: l.paneHeight,
	}
}

func (a *App) handleDetailKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k, d := &a.keys, &a.detail
	columns := plot.InnerWidth(chartWidth(a.layout().paneWidth))
	switch {
	case key.Matches(msg, k.CursorLeft):
		if d.cursor < 0 {
			d.cursor = columns
		}
		d.cursor = max(d.cursor-1, 0)
	case key.Matches(msg, k.CursorRight):
		if d.cursor++; d.cursor >= columns || d.cursor == 0 {
			d.cursor = -1
		}
	case key.Matches(msg, k.Shorter):
		d.span = max(d.span-1, 0)
	case key.Matches(msg, k.Longer):
		d.span = min(d.span+1, len(spans)-1)
	case key.Matches(msg, k.Raw):
		d.form = (d.form + 1) % payloadForms
	case key.Matches(msg, k.Back) && d.cursor >= 0:
		d.cursor = -1
	default:
		return nil, false
	}
	return a.read(), true
}

// overlay keeps the chosen metric in the chart, or lets it go.
func (a *App) overlay() tea.Cmd {
	m := a.chosenMetric()
	if m == nil || !m.Value.Plottable() {
		a.say("only numbers and switches can be drawn")
		return nil
	}
	k := model.Key{Device: a.page.Key.Device, Topic: m.Topic, Path: m.Path}
	kept := make([]model.Key, 0, maxOverlay)
	found := false
	for _, o := range a.detail.overlay {
		if o == k {
			found = true
		} else {
			kept = append(kept, o)
		}
	}
	switch {
	case found:
		a.say("no longer compared: " + m.Label)
	case len(kept) == maxOverlay:
		a.say("three lines at most: esc clears the comparison")
		return nil
	default:
		kept = append(kept, k)
		a.say("kept in the chart: " + m.Label + "; choose another metric to compare")
	}
	a.detail.overlay = kept
	return a.read()
}

// pane draws the detail: exactly as many rows as it has.
func (a *App) pane(l layout) []string {
	p := pane{app: a, width: l.paneWidth, height: l.paneHeight}
	d := a.page.Detail
	if d == nil {
		p.rule("detail", "")
		p.text(RoleDim, "Nothing to show: move to a metric.")
		return p.fill()
	}
	dot := " " + a.sign("·", "-") + " "
	p.rule(title(d.Device.Name)+dot+d.Metric.Label, d.Metric.Topic+dot+spanName(spans[a.detail.span]))
	p.figures(d)
	series, messages := drawn(d), 0
	switch room := p.height - len(p.rows); {
	case len(series) == 0:
		messages = room
	case room >= 20:
		messages = room / 3
	case room >= 12:
		messages = 4
	}
	if len(series) > 0 {
		p.chart(d, series, p.height-len(p.rows)-messages)
	}
	if messages > 0 {
		p.messages(d, messages)
	}
	return p.fill()
}

// drawn are the series that have numbers.
func drawn(d *model.Detail) []model.Series {
	var series []model.Series
	for _, s := range d.Series {
		if s.Metric.Plotted > 0 {
			series = append(series, s)
		}
	}
	return series
}

// pane collects the rows of the detail.
type pane struct {
	app           *App
	width, height int
	rows          []string
}

func (p *pane) add(l *line) { p.rows = append(p.rows, l.end()) }

func (p *pane) text(role Role, text string) {
	l := p.app.line(p.width)
	l.space(1)
	l.put(role, text)
	p.add(l)
}

func (p *pane) fill() []string {
	for len(p.rows) < p.height {
		p.rows = append(p.rows, p.app.blank(p.width))
	}
	return p.rows[:p.height]
}

// rule is a heading set into a line, with a remark at its right end.
func (p *pane) rule(heading, remark string) {
	a := p.app
	l := a.line(p.width)
	dash := a.sign("─", "-")
	role := RoleTitle
	if a.inPane && !a.zoomed {
		role = RoleAccent
	}
	l.glyph(RoleGrid, dash, 1)
	l.space(1)
	l.column(role, heading, min(cells(heading), p.width-4), false)
	l.space(1)
	if room := p.width - l.used - 3; remark != "" && room > 8 {
		n := min(cells(remark), room-2)
		l.glyph(RoleGrid, strings.Repeat(dash, room-n), room-n)
		l.space(1)
		l.cellEnd(RoleDim, remark, n)
		l.space(1)
	}
	l.glyph(RoleGrid, strings.Repeat(dash, max(p.width-l.used, 0)), max(p.width-l.used, 0))
	p.add(l)
}

// figures are the metric's numbers, or those under the chart's cursor.
func (p *pane) figures(d *model.Detail) {
	a, m := p.app, &d.Metric
	l := a.line(p.width)
	l.space(1)
	if m.Condition == model.NoReading {
		l.glyph(RoleWarn, a.signs().noReading, 1)
		l.space(1)
	}
	l.put(RoleTitle, readingUnit(m))
	item := func(name, value string) {
		if cells(name)+cells(value)+3 > p.width-l.used || value == "" {
			return
		}
		l.space(2)
		l.put(RoleDim, name+" ")
		l.put(RoleText, value)
	}
	if m.Condition != model.Fine {
		item("last message:", m.Condition.String())
	}
	if m.State == model.StateStale {
		item("silent", ageSince(a.page.Status.Now, m.Time))
	}
	if m.Plotted > 0 && m.Value.Kind == model.Number {
		item("min", number(m.Min, m.Decimals))
		item("max", number(m.Max, m.Decimals))
		item("mean", number(m.Mean, min(m.Decimals+1, 3)))
	}
	if m.Interval > 0 {
		item("every", span(m.Interval))
	}
	item("rate", perSec(m.PerSec)+" msg/s")
	item("messages", count(m.Count))
	qos := marks(m.QoS, false, false)
	if m.Retained {
		qos += " retained"
	}
	item("QoS", qos)
	if m.Dup > 0 {
		item("DUP", count(m.Dup))
	}
	p.add(l)
}

// messages are the topic's last ones: the newest in full, the others a row
// each.
func (p *pane) messages(d *model.Detail, height int) {
	form := p.app.detail.form
	p.rule("last messages", form.String())
	width := p.width - 18
	end := len(p.rows) + height - 1
	for i := range d.Messages {
		m, room := &d.Messages[i], end-len(p.rows)
		if room <= 0 {
			return
		}
		most := 1
		switch {
		case i > 0 && form == asTree:
			form = asText // a tree needs rows; the one row is better spent on text
		case i == 0 && form == asText:
			most = max(room/3, 1)
		case i == 0:
			most = max(room-2, 1)
		}
		p.message(m, payloadLines(m, form, width, most))
	}
}

// message draws one message: its time, how it came, its payload.
func (p *pane) message(m *model.Message, payload []string) {
	a := p.app
	for i, text := range payload {
		l := a.line(p.width)
		l.space(1)
		if i == 0 {
			l.cell(RoleDim, clock(m.Time, a.page.Status.Now), 9)
			l.cell(RoleDim, "Q"+marks(m.QoS, m.Retained, m.Dup), 5)
		} else {
			l.space(14)
		}
		l.put(RoleText, text)
		if i == 0 && m.Truncated() {
			l.put(RoleWarn, " (cut: "+count(uint64(m.Size))+" bytes)")
		}
		p.add(l)
	}
}
