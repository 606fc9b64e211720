package ui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
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

func (s *devices) handleDetailKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	k, d := &s.app.keys, &s.detail
	columns := plot.InnerWidth(chartWidth(s.layout().paneWidth))
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
	return s.app.read(), true
}

// overlay keeps the chosen metric in the chart, or lets it go.
func (s *devices) overlay() tea.Cmd {
	a, m := s.app, s.metric()
	if m == nil || !m.Value.Plottable() {
		a.say("only numbers and switches can be drawn")
		return nil
	}
	k := model.Key{Device: s.page.Key.Device, Topic: m.Topic, Path: m.Path}
	kept := make([]model.Key, 0, maxOverlay)
	found := false
	for _, o := range s.detail.overlay {
		if o == k {
			found = true
		} else {
			kept = append(kept, o)
		}
	}
	switch {
	case found:
		a.say("no longer compared: " + label(m))
	case len(kept) == maxOverlay:
		a.say("three lines at most: esc clears the comparison")
		return nil
	default:
		kept = append(kept, k)
		a.say("kept in the chart: " + label(m) + "; choose another metric to compare")
	}
	s.detail.overlay = kept
	return a.read()
}

// pane draws the detail: exactly as many rows as it has.
func (s *devices) pane(l layout) []string {
	a, d := s.app, s.page.Detail
	p := detailPane{pane{app: a, width: l.paneWidth, height: l.paneHeight, focus: s.inPane && !s.zoomed}, s}
	if d == nil {
		p.rule("detail", "")
		p.text(RoleDim, "Nothing to show: move to a metric.")
		return p.fill()
	}
	dot := " " + a.sign("·", "-") + " "
	p.rule(title(d.Device.Name)+dot+label(&d.Metric), safetext.Name(d.Metric.Topic)+dot+spanName(spans[s.detail.span]))
	p.figures(d)
	p.alert()
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

// detailPane draws the detail of the devices' screen.
type detailPane struct {
	pane
	screen *devices
}

// figures are the metric's numbers, or those under the chart's cursor.
func (p *detailPane) figures(d *model.Detail) {
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
	switch {
	case m.Condition == model.NoReading && m.Text != "":
		item("last message:", m.Condition.String()+" "+quote(truncate(m.Text, 24, l.ellipsis())))
	case m.Condition != model.Fine:
		item("last message:", m.Condition.String())
	}
	if m.State == model.StateStale {
		item("silent", ageSince(p.screen.page.Status.Now, m.Time))
	}
	if m.Plotted > 0 && m.Value.Kind == model.Number {
		item("min", number(m.Min, m.Decimals))
		item("max", number(m.Max, m.Decimals))
		item("mean", number(m.Mean, min(m.Decimals+1, 3)))
	}
	switch {
	case m.Interval <= 0:
	case m.Interval < 100*time.Millisecond:
		item("every", millis(m.Interval))
	default:
		item("every", span(m.Interval))
	}
	item("rate", perSec(m.PerSec)+" msg/s")
	item("messages", count(m.Count))
	qos := marks(m.QoS, false, false)
	if m.Retained {
		qos += " retained"
	}
	item("QoS", qos)
	if !m.Written.IsZero() {
		item("written", ageSince(p.screen.page.Status.Now, m.Written)+" ago")
	}
	if m.Dup > 0 {
		item("DUP", count(m.Dup))
	}
	p.add(l)
}

// alert says what is wrong with the metric.
func (p *detailPane) alert() {
	a, now := &p.screen.alerts.detail, p.screen.page.Status.Now
	if a.ID == 0 {
		return
	}
	signs := p.app.signs()
	l := p.app.line(p.width)
	sign, role := signs.alert(a, now)
	l.space(1)
	l.glyph(role, sign, 1)
	l.space(1)
	l.put(alertRole(a, now), alertWord(a, now))
	l.put(RoleText, "  "+alertText(a, now))
	p.add(l)
}

// messages are the topic's last ones: the newest in full, the others a row
// each.
func (p *detailPane) messages(d *model.Detail, height int) {
	form := p.screen.detail.form
	p.rule("last messages", form.String())
	width := p.width - messageIndent - 4
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
		lines := payloadLines(m, form, width, most)
		p.message(m, lines)
		if i == 0 {
			p.propertiesOf(m, room-len(lines))
		}
	}
}

// messageIndent is where the payloads begin.
const messageIndent = 14

// propertiesOf writes those of MQTT 5, in half of the room that is left at most.
func (p *detailPane) propertiesOf(m *model.Message, room int) {
	facts := propertyFacts(m, p.screen.page.Status.Now)
	switch {
	case len(facts) == 0 || room < 1:
	case room < 4:
		p.inOneRow(facts, messageIndent)
	default:
		p.properties(facts, messageIndent, room/2)
	}
}

// message draws one message: its time, how it came, its payload.
func (p *detailPane) message(m *model.Message, payload []string) {
	a := p.app
	for i, text := range payload {
		l := a.line(p.width)
		l.space(1)
		if i == 0 {
			l.cell(RoleDim, clock(m.Time, p.screen.page.Status.Now), 9)
			l.cell(RoleDim, "Q"+marks(m.QoS, m.Retained, m.Dup), 5)
		} else {
			l.space(messageIndent)
		}
		l.put(RoleText, text)
		if i == 0 && m.Truncated() {
			l.put(RoleWarn, " (cut: "+count(m.Size)+" bytes)")
		}
		p.add(l)
	}
}
