package ui

import (
	"slices"
	"strings"

	"labtop/model"
)

// rows draws the table, and the detail where it has a place.
func (d *devices) rows() []string { return d.app.arrange(d.layout(), d.list, d.pane) }

// list draws the table of devices, or what to do when there is none.
func (d *devices) list(l layout) []string {
	a := d.app
	t := table{theme: a.theme, ascii: a.opts.ASCII, signs: a.signs(), columns: columnsFor(l.listWidth), width: l.listWidth, order: d.order.Sort}
	below := d.page.Top+min(len(d.page.Lines), l.listHeight-1) < d.page.Total
	t.more = t.signs.more(d.page.Top > 0, below)
	rows := append(make([]string, 0, l.listHeight), t.head())
	if len(d.page.Lines) == 0 {
		rows = append(rows, a.hintRows(d.emptyHint(), l.listWidth)...)
	}
	for i := range d.page.Lines {
		var mark *alertMark
		if i < len(d.alerts.marks) {
			mark = &d.alerts.marks[i]
		}
		rows = append(rows, t.row(&d.page.Lines[i], mark, &d.page.Status, d.page.Top+i == d.page.Cursor))
	}
	return a.fill(rows, l.listWidth, l.listHeight)
}

// emptyHint says what is missing and what to do about it.
func (d *devices) emptyHint() []hint {
	c := &d.page.Status.Connection
	switch {
	case !d.havePage:
		return nil
	case d.order.Filter != "":
		return []hint{{}, {RoleTitle, "Nothing matches the filter " + quote(d.order.Filter) + "."}, {RoleDim, "esc clears it, / changes it. Wildcards work: iotclass/+/temperature"}}
	case d.app.session.Player != nil:
		return d.app.nothingPlayed()
	case c.State != model.Connected:
		return notConnected(c, "devices appear here as soon as the broker is there.")
	}
	hints := []hint{
		{},
		{RoleTitle, "Connected, and no device has spoken yet."},
		{RoleDim, "Subscribed to " + strings.Join(filterList(&d.page.Status), " ") + ". Publish something to see it here:"},
		{RoleAccent, "mosquitto_pub -t iotclass/lab1/temperature -m 22.50"},
	}
	if now := d.page.Status.Now; now.Sub(c.Since) > silentSubscription {
		hints = append(hints, hint{}, hint{RoleWarn, "Subscribed, nothing received in " + span(now.Sub(c.Since)) + ". Some brokers grant a filter and"}, hint{RoleWarn, "send nothing when their access rules forbid it: look at its log and rules."})
	}
	if n := d.page.Status.Counters.System; n > 0 {
		hints = append(hints, hint{RoleDim, "The broker itself is talking (" + counted(n, "message") + " below $SYS), so the connection works."})
	}
	return hints
}

// nothingPlayed says why there is nothing to see at a moment of a recording.
func (a *App) nothingPlayed() []hint {
	p := &a.played
	came := slices.ContainsFunc(p.timeline.Density, func(n uint64) bool { return n > 0 })
	if p.Ended || !came && !p.timeline.Partial {
		return []hint{{}, {RoleTitle, "No device says anything in this recording."}, {RoleDim, "4 shows what was subscribed to."}}
	}
	return []hint{
		{},
		{RoleTitle, "Nothing was received up to this moment."},
		{RoleDim, "Play on, or go further: the timeline below shows where there is more."},
	}
}

// notConnected says why there is nothing to see while there is no connection.
func notConnected(c *model.Connection, then string) []hint {
	hints := []hint{{}, {RoleTitle, "No connection yet."}}
	if c.Problem != "" {
		for words := range strings.SplitSeq(c.Problem, "; ") { // those of each address
			hints = append(hints, hint{RoleWarn, words})
		}
		hints = append(hints, hint{RoleText, c.Hint}, hint{})
	}
	return append(hints, hint{RoleDim, "labtop goes on trying; " + then})
}
