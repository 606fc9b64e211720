package ui

import (
	"strconv"
	"strings"

	"labtop/model"
)

// rows draws the list, and the detail where it has a place.
func (s *alertScreen) rows() []string { return s.app.arrange(s.layout(), s.list, s.pane) }

func (s *alertScreen) list(l layout) []string {
	a := s.app
	p := pane{app: a, width: l.listWidth, height: l.listHeight}
	p.rule("alerts"+s.counts(), s.watching())
	c := alertColumnsFor(l.listWidth)
	s.places = []int{-1, -1}
	p.add(s.heads(c, l.listWidth, "STATE", "SINCE", "FOR", "VALUE"))
	if s.page.active == 0 {
		for _, row := range a.hintRows(s.emptyHint(), l.listWidth) {
			p.rows = append(p.rows, row)
			s.places = append(s.places, -1)
		}
	}
	past := false
	for i := range s.page.lines {
		line := &s.page.lines[i]
		if line.step != nil && !past {
			past = true
			p.add(s.heads(c, l.listWidth, "HISTORY", "TIME", "FOR", "PEAK"))
			s.places = append(s.places, -1)
		}
		row := a.line(l.listWidth)
		row.chosen = line.place == s.page.cursor
		s.row(row, c, line)
		p.add(row)
		s.places = append(s.places, line.place)
	}
	s.places = s.places[:min(len(s.places), l.listHeight)]
	return p.fill()
}

// counts says how many alerts stand how.
func (s *alertScreen) counts() string {
	c := &s.page.counts
	type part struct {
		n    int
		word string
	}
	how := func(parts ...part) string {
		var texts []string
		for _, p := range parts {
			if p.n > 0 {
				texts = append(texts, count(p.n)+" "+p.word)
			}
		}
		return strings.Join(texts, ", ")
	}
	text := how(part{c.Critical, "critical"}, part{c.Warning, "warning"}, part{c.Pending, "pending"})
	if text == "" {
		return ""
	}
	if quiet := how(part{c.Acknowledged, "acknowledged"}, part{c.Silenced, "silenced"}); quiet != "" {
		text += " (" + quiet + ")"
	}
	return " " + s.app.sign("·", "-") + " " + text
}

// watching says what there is: rules, and what is kept of the history.
func (s *alertScreen) watching() string {
	c := &s.page.counts
	if s.app.session.glance() {
		return "not known yet"
	}
	var parts []string
	if s.text != "" {
		parts = append(parts, count(s.page.total())+" found")
	}
	if c.Gone > 0 {
		parts = append(parts, count(c.Gone)+" older steps are gone")
	}
	if c.Unwatched > 0 {
		parts = append(parts, count(c.Unwatched)+" not watched")
	}
	return strings.Join(append(parts, rulesWatch(len(s.rules))), ", ")
}

func rulesWatch(n int) string {
	switch n {
	case 0:
		return "no rules"
	case 1:
		return "1 rule watches"
	}
	return strconv.Itoa(n) + " rules watch"
}

func (s *alertScreen) heads(c alertColumns, width int, state, since, age, value string) *line {
	row := s.app.line(width)
	row.space(signWidth)
	name := func(text string, width int, right bool) {
		if width > 0 {
			row.column(RoleDim, text, width, right)
			row.space(c.gap)
		}
	}
	name(state, c.state, false)
	name(since, c.since, false)
	name(age, c.age, true)
	name("DEVICE", c.device, false)
	name("METRIC", c.metric, false)
	if c.value > numberWidth {
		row.cellRight(RoleDim, value, numberWidth)
		row.space(c.value - numberWidth + c.gap)
	}
	name("RULE", c.rule, false)
	if row.width-row.used >= leastWhy {
		row.put(RoleDim, "WHY")
	}
	return row
}

func (s *alertScreen) row(row *line, c alertColumns, line *alertLine) {
	cells, series := s.activeCells(line), &line.alert.Series
	if line.step != nil {
		cells = s.stepCells(line.step)
	}
	quiet := RoleText
	if cells.role == RoleDim {
		quiet = RoleDim
	}
	row.space(1)
	row.glyph(cells.signRole, cells.sign, 1)
	row.space(1)
	cell := func(role Role, text string, width int, right bool) {
		if width > 0 {
			row.column(role, text, width, right)
			row.space(c.gap)
		}
	}
	cell(cells.role, cells.word, c.state, false)
	cell(RoleDim, cells.since, c.since, false)
	cell(RoleDim, cells.age, c.age, true)
	name := series.Name
	if name == "" {
		name = series.Device
	}
	device := quiet
	if cells.role != RoleDim && line.step == nil {
		device = RoleTitle
	}
	row.cellEnd(device, titleIn(name, c.device), c.device)
	row.space(c.gap)
	if c.metric > 0 {
		row.cellEnd(quiet, seriesMetric(series), c.metric)
		row.space(c.gap)
	}
	if c.value > 0 {
		valueCell(row, cells.role, cells.value, cells.unit, c.value)
		row.space(c.gap)
	}
	cell(quiet, line.alert.Rule, c.rule, false)
	if row.width-row.used >= leastWhy {
		row.put(RoleDim, cells.why)
	}
}

// valueCell writes a value in the manner of the table of devices: the number
// right-aligned, the unit behind it.
func valueCell(row *line, role Role, text, unit string, width int) {
	start := row.used
	if cells(text) > numberWidth {
		row.column(role, text, width, false)
		return
	}
	row.cellRight(role, text, numberWidth)
	if unit != "" && text != "" {
		row.space(1)
		row.cell(RoleDim, unit, width-numberWidth-1)
	}
	row.space(width - (row.used - start))
}

// emptyHint says that nothing is wrong, or why nothing can be said.
func (s *alertScreen) emptyHint() []hint {
	switch {
	case !s.havePage:
		return nil
	case s.text != "":
		if s.page.total() > 0 {
			return []hint{{RoleDim, "No active alert matches " + quote(s.text) + "."}}
		}
		return []hint{
			{},
			{RoleTitle, "No alert matches " + quote(s.text) + "."},
			{RoleDim, "All words must hold: of the rule, device, metric, topic, state or summary."},
			{RoleDim, "esc clears it, / changes it."},
		}
	case s.app.session.glance():
		return []hint{
			{},
			{RoleTitle, "The alerts are known once all of it is read."},
			{RoleDim, "What is shown of this moment is a part: see the timeline."},
			{},
		}
	case len(s.rules) == 0:
		return []hint{
			{},
			{RoleTitle, "There are no rules, so nothing can be wrong."},
			{RoleDim, "labtop config init writes some to begin with; --rules FILE reads others."},
			{},
		}
	}
	hints := []hint{{}, {RoleTitle, "Nothing is wrong: " + rulesWatch(len(s.rules)) + "."}}
	if s.status.Connection.State != model.Connected {
		hints = []hint{{}, {RoleWarn, "Not connected: nothing new is heard."}, {RoleDim, "Nothing was wrong before; " + rulesWatch(len(s.rules)) + "."}}
	}
	return append(hints, hint{})
}
