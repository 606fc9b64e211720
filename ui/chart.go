package ui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/ui/plot"
)

// axes remembers the y axis of the metric that is shown, so that it stands
// still while data come in.
type axes struct {
	key     model.Key
	span    int
	scale   plot.Range
	picture plot.Picture
}

// chartWidth is how many cells of a pane's width the chart has; a blank is at
// either side.
func chartWidth(pane int) int { return pane - 2 }

// lineRoles are the roles of the lines of a chart, the chosen metric's first.
var lineRoles = [...]Role{RoleAccent, RoleSecond, RoleThird}

// chart draws the metric's history, and those it is compared with. Lines of
// another unit have a scale of their own, which the legend tells.
func (p *detailPane) chart(d *model.Detail, series []model.Series, height int) {
	if height < 3 {
		return
	}
	if len(series) > 1 || p.screen.detail.cursor >= 0 {
		p.legend(d, series)
		height--
	}
	axes := &p.screen.detail.axes
	c := axes.chart(d, series, p.screen.alerts.thresholds, p.screen.page.Key, p.screen.detail.span)
	if p.screen.detail.cursor >= 0 {
		c.Cursor, c.ShowCursor = p.screen.detail.cursor, true
	}
	p.drawChart(&c, axes, height)
}

// chart makes the chart of some lines, and of what the rules hold the first to.
func (x *axes) chart(d *model.Detail, series []model.Series, thresholds []alerts.Threshold, key model.Key, span int) plot.Chart {
	main := &series[0]
	c := plot.Chart{From: d.From, To: d.To, OnOff: main.Metric.Value.Kind == model.Bool}
	var levels []float64
	if !c.OnOff {
		c.Thresholds, levels = plotThresholds(thresholds)
	}
	lo, hi := shared(series)
	c.Range = x.follow(key, span, lo, hi, levels)
	for i := range series {
		s := &series[i]
		columns := plotColumns(s.Columns)
		if stepped(s) && s.Metric.State == model.StateOK {
			hold(columns)
		}
		if i > 0 && !sameScale(main, s) {
			to := c.Range
			if c.OnOff {
				to = plot.Range{Lo: 0, Hi: 1}
			}
			lo, hi, _ := extent(s.Columns)
			rescale(columns, plot.Range{Lo: lo, Hi: hi}, to)
		}
		c.Series = append(c.Series, plot.Series{
			Columns: columns, Role: plot.Custom + plot.Role(i), Step: stepped(s),
		})
	}
	return c
}

// drawChart draws a chart into the pane.
func (p *pane) drawChart(c *plot.Chart, x *axes, height int) {
	c.ASCII = p.app.opts.ASCII
	c.Draw(&x.picture, chartWidth(p.width), height)
	styles := p.app.plotStyles()
	for y := range x.picture.Height {
		row := x.picture.AppendRow([]byte{' '}, y, styles, reset)
		p.rows = append(p.rows, string(append(row, ' ')))
	}
}

// The roles in a chart after those of its lines.
const (
	plotWarn = plot.Custom + plot.Role(len(lineRoles)) + iota
	plotCritical
	plotEnd
	plotWarnGround
	plotCriticalGround
)

func (a *App) plotStyles() []string {
	t := a.theme
	styles := []string{plot.Grid: t.open[RoleGrid], plot.Axis: t.open[RoleDim], plot.Cursor: t.open[RoleTitle]}
	for _, r := range lineRoles {
		styles = append(styles, t.open[r])
	}
	for _, r := range [...]Role{RoleWarn, RoleCritical, RoleAccent, RoleWarnGround, RoleCriticalGround} {
		styles = append(styles, t.open[r])
	}
	return styles
}

// plotThresholds are what rules hold a metric to, as a chart draws it: the worse
// over the others.
func plotThresholds(thresholds []alerts.Threshold) (lines []plot.Threshold, levels []float64) {
	add := func(t *alerts.Threshold, value float64, below bool) {
		if math.IsInf(value, 0) {
			return // open at that end
		}
		line := plot.Threshold{Value: value, Below: below, Label: t.Severity.String(), Role: plotWarn, Ground: plotWarnGround}
		if t.Severity == alerts.Critical {
			line.Role, line.Ground = plotCritical, plotCriticalGround
		}
		lines, levels = append(lines, line), append(levels, value)
	}
	for _, severity := range [...]alerts.Severity{alerts.Warning, alerts.Critical} {
		for i := range thresholds {
			if t := &thresholds[i]; t.Severity == severity {
				add(t, t.Low, true)
				add(t, t.High, false)
			}
		}
	}
	return lines, levels
}

// follow is the range of the y axis for values from lo to hi, and for the levels
// near them; it moves only when it must, or when something else is shown.
func (x *axes) follow(key model.Key, span int, lo, hi float64, levels []float64) plot.Range {
	if x.key != key || x.span != span {
		x.key, x.span, x.scale = key, span, plot.Range{}
	}
	lo, hi = plot.Widen(x.scale, lo, hi, levels)
	x.scale = plot.NiceRange(x.scale, lo, hi)
	return x.scale
}

// shared is the extent of the lines that share the y axis; lo is greater than
// hi when there is nothing to see.
func shared(series []model.Series) (lo, hi float64) {
	lo, hi = 1, 0
	for i := range series {
		if !sameScale(&series[0], &series[i]) {
			continue
		}
		if l, h, some := extent(series[i].Columns); some {
			if lo > hi {
				lo, hi = l, h
			}
			lo, hi = min(lo, l), max(hi, h)
		}
	}
	return lo, hi
}

// sameScale says whether two lines can be read off one axis.
func sameScale(a, b *model.Series) bool {
	return a.Metric.Unit == b.Metric.Unit && (a.Metric.Value.Kind == model.Bool) == (b.Metric.Value.Kind == model.Bool)
}

func plotColumns(cols []model.Column) []plot.Column {
	out := make([]plot.Column, len(cols))
	for i, c := range cols {
		out[i] = plot.Column(c)
	}
	return out
}

// stepped says whether a value holds until the next one: that of a state, and what a broker
// says of itself, of which Mosquitto repeats only what has changed.
func stepped(s *model.Series) bool {
	return s.Metric.Value.Kind == model.Bool || strings.HasPrefix(s.Metric.Topic, "$SYS/")
}

// hold draws a value on to the present: it is what it was last said to be.
func hold(cols []plot.Column) {
	last := len(cols) - 1
	i := last
	for i > 0 && cols[i].N == 0 {
		i--
	}
	if i >= 0 && i < last && cols[i].N > 0 {
		v := cols[i].Last
		cols[last] = plot.Column{Min: v, Max: v, Last: v, N: 1}
	}
}

// rescale stretches a line from its own extent over the range of another
// unit's axis.
func rescale(cols []plot.Column, from, to plot.Range) {
	stretch := func(v float64) float64 {
		if from.Hi == from.Lo {
			return (to.Lo + to.Hi) / 2
		}
		return to.Lo + (v-from.Lo)/(from.Hi-from.Lo)*(to.Hi-to.Lo)
	}
	for i, c := range cols {
		cols[i].Min, cols[i].Max, cols[i].Last = stretch(c.Min), stretch(c.Max), stretch(c.Last)
	}
}

// legend names the lines, with what each said at the cursor or its extent.
func (p *detailPane) legend(d *model.Detail, series []model.Series) {
	a := p.app
	l := a.line(p.width)
	l.space(1)
	cursor := p.screen.detail.cursor
	if cursor >= 0 {
		cells := max(len(series[0].Columns)/2, 1)
		at := d.From.Add(time.Duration(float64(d.To.Sub(d.From)) * (float64(cursor) + 0.5) / float64(cells)))
		layout := "15:04:05"
		if d.To.Sub(d.From) > 24*time.Hour {
			layout = "Jan 02 15:04"
		}
		l.put(RoleTitle, at.Local().Format(layout))
		l.space(2)
	}
	for i := range series {
		s := &series[i]
		l.glyph(lineRoles[i], a.sign("━", "-"), 1)
		l.space(1)
		if len(series) > 1 {
			l.put(RoleText, title(s.Device.Name)+" "+label(&s.Metric))
			l.space(1)
		}
		l.put(RoleDim, columnText(s, cursor))
		l.space(3)
	}
	p.add(l)
}

// columnText is what a line says in the cell of the cursor, or its extent when
// there is no cursor.
func columnText(s *model.Series, cursor int) string {
	m := &s.Metric
	value := func(v float64) string {
		if m.Value.Kind == model.Bool {
			return strconv.FormatBool(v >= 0.5)
		}
		return number(v, m.Decimals)
	}
	unit := ""
	if m.Unit != "" {
		unit = " " + m.Unit
	}
	cols := s.Columns
	if cursor >= 0 {
		cols = cols[min(2*cursor, len(cols)):min(2*cursor+2, len(cols))]
	}
	lo, hi, some := extent(cols)
	switch {
	case !some:
		return "no reading"
	case lo == hi || m.Value.Kind == model.Bool && cursor >= 0:
		return value(hi) + unit
	}
	return value(lo) + " to " + value(hi) + unit
}
