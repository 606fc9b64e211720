package ui

import (
	"strings"

	"labtop/model"
)

// draw makes the picture that View returns: exactly as many rows as the screen
// has, each exactly as wide.
func (a *App) draw() {
	if a.width <= 0 || a.height <= 0 {
		a.frame = ""
		return
	}
	if a.width < minWidth || a.height < minHeight {
		a.frame = a.tooSmall()
		return
	}
	l := a.layout()
	rows := make([]string, 0, a.height)
	rows = append(rows, a.header())
	rows = append(rows, a.bandRows()...)
	if a.helping {
		rows = append(rows, a.helpRows(a.height-len(rows)-1)...)
	} else {
		rows = append(rows, a.body(l)...)
	}
	rows = append(rows, a.footer())
	a.frame = strings.Join(rows, "\n")
}

func (a *App) line(width int) *line {
	return &line{theme: a.theme, width: width, ascii: a.opts.ASCII}
}

func (a *App) blank(width int) string { return a.line(width).end() }

func (a *App) tooSmall() string {
	rows := make([]string, a.height)
	for i := range rows {
		l := a.line(a.width)
		switch i {
		case 0:
			l.put(RoleWarn, "labtop needs 40x8")
		case 1:
			l.put(RoleDim, "enlarge the window")
		case 2:
			l.put(RoleDim, "q quits")
		}
		rows[i] = l.end()
	}
	return strings.Join(rows, "\n")
}

// body draws what is between header and footer.
func (a *App) body(l layout) []string {
	var list, pane []string
	if l.tableHeight > 0 {
		list = a.list(l)
	}
	if l.paneHeight > 0 {
		pane = a.pane(l)
	}
	if !l.beside {
		return append(list, pane...)
	}
	for i := range list {
		sep := a.line(1)
		sep.glyph(RoleGrid, a.sign("│", "|"), 1)
		list[i] += sep.end() + pane[i]
	}
	return list
}

// sign is one of the program's own signs, or its plain twin.
func (a *App) sign(sign, plain string) string {
	if a.opts.ASCII {
		return plain
	}
	return sign
}

// list draws the table of devices, or what to do when there is none.
func (a *App) list(l layout) []string {
	t := table{theme: a.theme, ascii: a.opts.ASCII, signs: a.signs(), columns: l.columns, width: l.tableWidth, order: a.order.Sort}
	rows := append(make([]string, 0, l.tableHeight), t.head())
	if len(a.page.Lines) == 0 {
		for _, text := range a.emptyHint() {
			row := a.line(l.tableWidth)
			row.space(signWidth)
			row.put(text.role, text.text)
			rows = append(rows, row.end())
		}
	}
	for i := range a.page.Lines {
		rows = append(rows, t.row(&a.page.Lines[i], &a.page.Status, a.page.Top+i == a.page.Cursor))
	}
	for len(rows) < l.tableHeight {
		rows = append(rows, a.blank(l.tableWidth))
	}
	return rows[:l.tableHeight]
}

type hint struct {
	role Role
	text string
}

// emptyHint says what is missing and what to do about it.
func (a *App) emptyHint() []hint {
	c := &a.page.Status.Connection
	switch {
	case !a.havePage:
		return nil
	case a.order.Filter != "":
		return []hint{{}, {RoleTitle, "Nothing matches the filter " + quote(a.order.Filter) + "."}, {RoleDim, "esc clears it, / changes it. Wildcards work: iotclass/+/temperature"}}
	case c.State != model.Connected:
		hints := []hint{{}, {RoleTitle, "No connection yet."}}
		if c.Problem != "" {
			hints = append(hints, hint{RoleWarn, c.Problem}, hint{RoleText, c.Hint}, hint{})
		}
		return append(hints, hint{RoleDim, "labtop goes on trying; devices appear here as soon as the broker is there."})
	}
	hints := []hint{
		{},
		{RoleTitle, "Connected, and no device has spoken yet."},
		{RoleDim, "Subscribed to " + strings.Join(filterList(&a.page.Status), " ") + ". Publish something to see it here:"},
		{RoleAccent, "mosquitto_pub -t iotclass/lab1/temperature -m 22.50"},
	}
	if now := a.page.Status.Now; now.Sub(c.Since) > silentSubscription {
		hints = append(hints, hint{}, hint{RoleWarn, "0 messages in " + span(now.Sub(c.Since)) + ". Some brokers grant a filter and send nothing"}, hint{RoleWarn, "when their access rules forbid it: look at the broker's log and rules."})
	}
	if n := a.page.Status.Counters.System; n > 0 {
		hints = append(hints, hint{RoleDim, "The broker itself is talking (" + count(n) + " messages below $SYS), so the connection works."})
	}
	return hints
}

func quote(s string) string { return "“" + s + "”" }
