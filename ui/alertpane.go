package ui

import (
	"strings"
	"time"

	"labtop/alerts"
	"labtop/safetext"
	"labtop/ui/plot"
)

// alertPane draws why an alert fires: what was wrong, since when, how far, what to
// do, and the chart.
type alertPane struct {
	pane
	screen *alertScreen
}

// factWidth is the room that a fact needs: its name and its text.
const (
	factWidth = 36
	factName  = 11
)

func (s *alertScreen) pane(l layout) []string {
	p := alertPane{pane{app: s.app, width: l.paneWidth, height: l.paneHeight}, s}
	a := s.alert()
	if a == nil {
		p.rule("alert", "")
		p.text(RoleDim, "Nothing to show.")
		return p.fill()
	}
	dot := " " + s.app.sign("·", "-") + " "
	where := a.Series.Topic
	if where == "" {
		where = a.Series.Device
	}
	where = safetext.Name(where)
	if a.Series.Path != "" {
		where += dot + a.Series.Path
	}
	p.rule(safetext.Clean(a.Rule)+dot+seriesTitle(&a.Series), where)
	p.headline(a)
	p.facts(a)
	p.help(a)
	p.chart()
	return p.fill()
}

// headline says how the alert stands, and what is wrong.
func (p *alertPane) headline(a *alerts.Alert) {
	now := p.screen.status.Now
	l := p.app.line(p.width)
	signs := p.app.signs()
	sign, role := signs.alert(a, now)
	l.space(1)
	l.glyph(role, sign, 1)
	l.space(1)
	word := alertWord(a, now)
	if standingOf(a, now) != firing {
		word = a.Severity.String() + ", " + word
		role = RoleText
	}
	l.put(role, word)
	l.put(RoleDim, " "+p.app.sign("·", "-")+" ")
	l.put(RoleTitle, a.Summary)
	p.add(l)
}

type fact struct {
	name, text string
	role       Role
}

// facts are the figures, in as many columns as fit.
func (p *alertPane) facts(a *alerts.Alert) {
	now := p.screen.status.Now
	stands := standingOf(a, now)
	facts := p.values(a)
	facts = append(facts, fact{"since", clock(a.Since, now) + ", " + span(now.Sub(a.Since).Round(time.Second)) + " ago", RoleText})
	switch {
	case !a.Fired.IsZero():
		facts = append(facts, fact{"fired", clock(a.Fired, now), RoleText})
	case stands == pending:
		facts = append(facts, fact{"fired", "not yet", RoleText})
	}
	if !a.Ended.IsZero() {
		facts = append(facts, fact{"ended", clock(a.Ended, now), RoleText}, fact{"lasted", span(a.Duration(now)), RoleText})
	}
	if !a.Acknowledged.IsZero() {
		facts = append(facts, fact{"seen", clock(a.Acknowledged, now), RoleText})
	}
	if stands == silenced {
		text := silencedUntil(a, now)
		if left := a.Silenced.Sub(now); left < forever {
			text += ", " + span(left) + " left"
		}
		facts = append(facts, fact{"silenced", text, RoleText})
	}
	tells := "nobody but this screen"
	if len(a.Notify) > 0 {
		tells = strings.Join(a.Notify, ", ")
	}
	facts = append(facts, fact{"tells", tells, RoleText})
	p.grid(facts)
}

// values are what the metric says, and the farthest it went.
func (p *alertPane) values(a *alerts.Alert) []fact {
	var facts []fact
	now, unit := p.screen.status.Now, ""
	if a.Series.Unit != "" {
		unit = " " + a.Series.Unit
	}
	if d := p.screen.detail.metric; d != nil && a.Series.Topic != "" && !ofBroker(seriesKey(&a.Series)) {
		role := RoleText
		if limits(p.screen.rules[a.Rule]) && a.State == alerts.Firing {
			role = alertRole(a, now)
		}
		text := readingUnit(&d.Metric) + ", " + ageSince(now, d.Metric.Time) + " ago"
		facts = append(facts, fact{"value now", text, role})
	} else if text := p.screen.number(a, a.Value.Num); text != "" {
		facts = append(facts, fact{"value", text + unit, RoleText})
	}
	if peak := p.screen.peak(a); peak != "" {
		if p.screen.rules[a.Rule] == alerts.Rate {
			unit += " a minute"
		}
		facts = append(facts, fact{"peak", peak + unit, RoleText})
	}
	return facts
}

// grid lays facts out in columns, row by row.
func (p *alertPane) grid(facts []fact) {
	columns := max((p.width-1)/factWidth, 1)
	for i := 0; i < len(facts); i += columns {
		l := p.app.line(p.width)
		l.space(1)
		for _, f := range facts[i:min(i+columns, len(facts))] {
			room := (p.width - 1) / columns
			l.cell(RoleDim, f.name, factName)
			l.cell(f.role, f.text, room-factName-1)
			l.space(1)
		}
		p.add(l)
	}
}

// maxHelpRows is how many rows the rule's help has, leastChart how many it leaves for the
// chart, if there is one.
const (
	maxHelpRows = 6
	leastChart  = 8
)

// help is what the rule says to do.
func (p *alertPane) help(a *alerts.Alert) {
	if a.Help == "" {
		return
	}
	room := p.height - len(p.rows)
	if p.charted() {
		room -= leastChart
	}
	most := min(maxHelpRows, max(room, 1))
	for i, text := range wrap(a.Help, p.width-3-factName, most) {
		l := p.app.line(p.width)
		l.space(1)
		name := ""
		if i == 0 {
			name = "what to do"
		}
		l.cell(RoleDim, name, factName)
		l.cell(RoleText, text, p.width-2-factName)
		p.add(l)
	}
}

// wrap breaks text at blanks into lines of at most width cells, and no more than
// most of them; the last says that there is more. The text is made safe.
func wrap(text string, width, most int) []string {
	width = max(width, 1)
	var lines []string
	row := ""
	for _, word := range strings.Fields(safetext.Clean(text)) {
		switch {
		case row == "":
			row = word
		case cells(row)+1+cells(word) <= width:
			row += " " + word
		default:
			lines = append(lines, row)
			row = word
		}
		if len(lines) == most {
			lines[most-1] += " " + row // too long on purpose: it is cut with a sign
			return lines
		}
	}
	if row != "" {
		lines = append(lines, row)
	}
	return lines
}

// charted says whether there is something to chart.
func (p *alertPane) charted() bool {
	d := p.screen.detail.metric
	return d != nil && len(drawn(d)) > 0
}

// chart draws the metric around the alert, with what the rules hold it to and the
// moments of the alert.
func (p *alertPane) chart() {
	s := p.screen
	d, a := s.detail.metric, &s.detail.alert
	room := p.height - len(p.rows)
	if !p.charted() || room < 4 {
		return
	}
	dot := " " + p.app.sign("·", "-") + " "
	if a.Series.Topic == "" { // the alert is about the device
		p.text(RoleDim, label(&d.Metric)+dot+spanName(spans[s.detail.span]))
		room--
	}
	key := seriesKey(&a.Series)
	if key.Topic == "" {
		key.Topic, key.Path = d.Metric.Topic, d.Metric.Path
	}
	c := s.axes.chart(d, drawn(d)[:1], s.detail.thresholds, key, s.detail.span)
	c.Moments = alertMoments(a)
	p.drawChart(&c, &s.axes, room)
}

// alertMoments are when the alert began, fired and ended.
func alertMoments(a *alerts.Alert) []plot.Moment {
	role := plotWarn
	if a.Severity == alerts.Critical {
		role = plotCritical
	}
	clockOf := func(what string, t time.Time) string { return what + " " + t.Local().Format("15:04:05") }
	var moments []plot.Moment
	if a.Fired.Sub(a.Since) >= time.Second || a.Fired.IsZero() {
		moments = append(moments, plot.Moment{Time: a.Since, Role: plot.Axis, Label: clockOf("since", a.Since)})
	}
	if !a.Fired.IsZero() {
		moments = append(moments, plot.Moment{Time: a.Fired, Role: role, Label: clockOf("fired", a.Fired)})
	}
	if !a.Ended.IsZero() {
		moments = append(moments, plot.Moment{Time: a.Ended, Role: plotEnd, Label: clockOf("ended", a.Ended)})
	}
	return moments
}
