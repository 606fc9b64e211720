package ui

import (
	"math"

	"labtop/alerts"
	"labtop/health"
	"labtop/model"
)

// Charts of what the broker says of itself have the room that the rest of its screen
// leaves, two in a row. What the broker does not tell has none.

// charted are the figures that are drawn, in their order.
var charted = [...]struct{ word, title string }{
	{"clients", "clients"}, {"subscriptions", "subscriptions"}, {"retained", "retained messages"}, {"heap", "memory"},
}

// leastFigure and mostFigure are how many rows a chart has, with its heading.
const (
	leastFigure = 9
	mostFigure  = 18
)

// figureHistory is a figure with its history.
type figureHistory struct {
	title  string
	counts bool // its values are whole numbers
	detail *model.Detail
	// axes are those of the chart, which are kept from one page to the next.
	axes *axes
}

// readHistories reads the histories of the figures in so many columns.
func (s *brokerScreen) readHistories(store *model.Store, columns int) (all []figureHistory) {
	for i, c := range charted {
		d := figureDetail(store, c.word, model.ChartQuery{Columns: columns})
		if d == nil || len(drawn(d)) == 0 || d.Metric.Plotted < 2 {
			continue
		}
		h := figureHistory{title: c.title, counts: c.word != "heap", detail: d, axes: &s.axes[i]}
		if !h.counts {
			h.title += " in " + scaleBytes(d)
		}
		all = append(all, h)
	}
	return all
}

// scaleBytes makes a history of bytes one of KiB, or of MiB where it reaches one, and says
// which.
func scaleBytes(d *model.Detail) string {
	if _, most := shared(d.Series[:1]); most < 1<<20 {
		scale(d, 1.0/(1<<10))
		return "KiB"
	}
	scale(d, 1.0/(1<<20))
	return "MiB"
}

// charts draws as many of the histories as fit into so many rows.
func (s *brokerScreen) charts(room int) (rows []string) {
	all := s.histories
	inRows := min(room/leastFigure, (len(all)+1)/2)
	if inRows <= 0 {
		return nil
	}
	left, right := halves(s.app.width)
	height := min(room/inRows, mostFigure) - 1 // one is blank
	for i := range inRows {
		one := s.chart(all[2*i], left, height)
		var other []string
		if 2*i+1 < len(all) {
			other = s.chart(all[2*i+1], right, height)
		}
		rows = append(append(rows, s.app.blank(s.app.width)), s.beside(one, other)...)
	}
	return rows
}

// chart draws one of them, that of the clients with the shares of their limit that are
// worth a warning.
func (s *brokerScreen) chart(h figureHistory, width, height int) []string {
	p := pane{app: s.app, width: width, height: height}
	p.rule(h.title, span(h.detail.To.Sub(h.detail.From)))
	var limits []alerts.Threshold
	if limit := float64(s.report.Limit); limit > 0 && h.detail.Metric.Topic == clientsConnected.Topic {
		limits = []alerts.Threshold{
			{Severity: alerts.Warning, Low: math.Inf(-1), High: limit * health.WarningPercent / 100},
			{Severity: alerts.Critical, Low: math.Inf(-1), High: limit * health.CriticalPercent / 100},
		}
	}
	key := model.Key{Device: health.Whole, Topic: h.detail.Metric.Topic}
	c := h.axes.chart(h.detail, drawn(h.detail)[:1], limits, key, 0)
	c.Whole = h.counts
	p.drawChart(&c, h.axes, height-1)
	return p.fill()
}
