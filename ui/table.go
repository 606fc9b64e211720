package ui

import (
	"labtop/alerts"
	"labtop/model"
	"labtop/ui/plot"
)

// table draws the list of devices.
type table struct {
	theme   *Theme
	ascii   bool
	signs   signs
	columns columns
	width   int
	order   model.Sort
	more    string // the sign that there are lines above or below, or ""
}

func (t *table) line(chosen bool) *line {
	l := newLine(t.theme, t.width, t.ascii)
	l.chosen = chosen
	return l
}

// head is the row of the columns' names. The one that orders the list is
// marked.
func (t *table) head() string {
	l, c := t.line(false), t.columns
	l.space(1)
	l.cell(RoleDim, t.more, signWidth-2)
	l.space(1)
	name := func(text string, width int, right bool, order model.Sort) {
		if width == 0 {
			return
		}
		role := RoleDim
		if order == t.order && order != model.SortName {
			role = RoleAccent
			text = t.signs.order + text
		}
		l.column(role, text, width, right)
		l.space(c.gap)
	}
	none := model.SortName
	device := "DEVICE"
	switch t.order {
	case model.SortState, model.SortRate:
		device = "DEVICE by " + t.order.String()
	}
	name(device, c.device, false, none)
	name("METRIC", c.metric, false, none)
	if c.value > numberWidth {
		l.cellRight(RoleDim, "VALUE", numberWidth)
		l.space(c.value - numberWidth + c.gap)
	}
	name("TREND", c.trend, false, none)
	name("MIN", c.min, true, none)
	name("MAX", c.max, true, none)
	name("TIME", c.time, false, none)
	name("AGE", c.age, true, model.SortAge)
	name("QOS", c.qos, false, none)
	name("COUNT", c.count, true, none)
	return l.end()
}

// row draws one line of the list. mark is what the alerts say of it, nil for
// nothing.
func (t *table) row(row *model.Line, mark *alertMark, status *model.Status, chosen bool) string {
	l, c := t.line(chosen), t.columns
	if mark == nil {
		mark = &alertMark{}
	}
	m := row.Metric
	if m == nil && row.Index == 1 && fires(&mark.alert) { // there is room to say it all
		l.space(signWidth)
		l.put(alertRole(&mark.alert, status.Now), alertWord(&mark.alert, status.Now))
		l.put(RoleDim, "  "+alertText(&mark.alert, status.Now))
		return l.end()
	}
	t.deviceCells(l, row, mark, status)
	if m == nil {
		return l.end()
	}
	role := RoleText
	if away(row.Device) || m.State == model.StateStale || m.Condition != model.Fine {
		role = RoleDim
	}
	cell := func(role Role, text string, width int, right bool) {
		if width > 0 {
			l.space(c.gap)
			l.column(role, text, width, right)
		}
	}
	l.space(c.gap)
	l.cellEnd(RoleText, labelIn(m, c.metric), c.metric)
	l.space(c.gap)
	t.valueCells(l, m, &mark.metric, away(row.Device) || row.Device.Stale, role)
	if c.trend > 0 {
		l.space(c.gap)
		t.trend(l, row.Trend, role)
	}
	low, high := "", ""
	if m.Plotted > 0 && m.Value.Kind == model.Number {
		low, high = number(m.Min, m.Decimals), number(m.Max, m.Decimals)
	}
	cell(RoleDim, low, c.min, true)
	cell(RoleDim, high, c.max, true)
	said := saidAt(m)
	cell(role, clock(said, status.Now), c.time, false)
	ageRole := RoleDim
	if m.State == model.StateStale && !away(row.Device) {
		ageRole = RoleWarn
	}
	cell(ageRole, ageSince(status.Now, said), c.age, true)
	cell(RoleDim, marks(m.QoS, m.Retained, m.Dup > 0), c.qos, false)
	cell(RoleDim, countIn(m.Count, c.count), c.count, true)
	return l.end()
}

// away says that a device is not expected to speak.
func away(d *model.Device) bool { return d.Presence == model.Offline || d.Presence == model.Asleep }

// deviceCells draws the sign and the device's column: the name in the first
// line of its group, what is known of its presence in the second.
func (t *table) deviceCells(l *line, row *model.Line, mark *alertMark, status *model.Status) {
	d, width := row.Device, t.columns.device
	switch row.Index {
	case 0:
		sign, role := t.signs.device(d)
		if mark.device.Severity != alerts.Clear {
			sign, role = t.signs.standing(&mark.device)
		}
		l.space(1)
		l.glyph(role, sign, 1)
		l.space(1)
		name := RoleTitle
		if away(d) {
			name = RoleDim
		}
		text := deviceTitleIn(d, width)
		if row.Starred {
			text = t.signs.star + " " + text
		}
		rest := ""
		if row.Hidden > 0 {
			rest = " +" + count(row.Hidden)
		}
		start := l.used
		l.cellEnd(name, text, min(cells(text), width-len(rest)))
		l.put(RoleDim, rest)
		l.space(width - (l.used - start))
	case 1, 2:
		text, role := t.about(row, &mark.alert, status)
		l.space(signWidth)
		l.cell(role, text, width)
	default:
		l.space(signWidth + width)
	}
}

// about is what is known of a device beside its name: of its presence or, when an
// alert fires, of that, and then of its presence in a line of its own.
func (t *table) about(row *model.Line, alert *alerts.Alert, status *model.Status) (string, Role) {
	text, role := presence(row.Device, status, t.columns.device)
	switch {
	case !fires(alert) && row.Index == 1:
		return text, role
	case !fires(alert):
		return "", RoleDim
	case row.Index == 1:
		word := alertWord(alert, status.Now)
		if standingOf(alert, status.Now) == acknowledged {
			word = "seen" // the column is narrow
		}
		return word + " " + alert.Rule, alertRole(alert, status.Now)
	case role == RoleWarn:
		return text, RoleDim
	}
	return "since " + clock(alert.Since, status.Now), RoleDim
}

// presence says in words how a device stands, in at most width cells.
func presence(d *model.Device, status *model.Status, width int) (string, Role) {
	switch {
	case d.Presence == model.Offline:
		since := clock(d.PresenceSince, status.Now)
		switch {
		case d.PresenceRetained:
			return "offline", RoleWarn
		case width >= len("offline since 14:20:03"):
			return "offline since " + since, RoleWarn
		}
		return "offline " + since, RoleWarn
	case d.Presence == model.Asleep:
		return "asleep", RoleDim
	case d.Stale:
		return "silent " + ageSince(status.Now, d.LastSeen), RoleWarn
	case d.Presence == model.Online && d.Hearsay():
		return "unconfirmed", RoleDim
	case d.Presence == model.Online:
		return "online", RoleDim
	}
	return "", RoleDim
}

// valueCells draws the value: a number right-aligned so that numbers stand
// below each other, the unit behind it; text at the same right edge while it
// is short. When the device is silent as a whole its own sign says so.
func (t *table) valueCells(l *line, m *model.Metric, st *alerts.Standing, silent bool, role Role) {
	width, start := t.columns.value, l.used
	if role == RoleText && m.Value.Plottable() {
		role = RoleTitle
	}
	sign, signRole := t.signs.standing(st)
	if st.Severity != alerts.Clear && !st.Quiet {
		role = signRole
	}
	switch {
	case m.Condition == model.NoReading && m.Value.Kind != model.NoValue:
		if sign == "" {
			signRole = RoleWarn
		}
		l.glyph(signRole, t.signs.noReading, 1)
	case sign != "":
		l.glyph(signRole, sign, 1)
	case m.State == model.StateStale && !silent:
		l.glyph(RoleWarn, t.signs.stale, 1)
	}
	text := reading(m)
	if n := cells(text); n > numberWidth-(l.used-start) {
		l.column(role, text, width-(l.used-start), false)
		return
	}
	l.cellRight(role, text, numberWidth-(l.used-start))
	if m.Unit != "" {
		l.space(1)
		l.cell(RoleDim, m.Unit, width-numberWidth-1)
	}
	l.space(width - (l.used - start))
}

// trend draws the recent past, one cell a column, from its smallest to its
// largest value. Times without a reading are blank.
func (t *table) trend(l *line, cols []model.Column, role Role) {
	low, high, some := extent(cols)
	if !some {
		l.space(t.columns.trend)
		return
	}
	if role != RoleDim {
		role = RoleAccent
	}
	l.glyph(role, string(plot.Sparkline(nil, plotColumns(cols), low, high, t.ascii)), len(cols))
	l.space(t.columns.trend - len(cols))
}

// extent is the smallest and the largest value of the columns, and whether there
// is any.
func extent(cols []model.Column) (low, high float64, some bool) {
	for _, c := range cols {
		if c.N == 0 {
			continue
		}
		if !some {
			low, high, some = c.Min, c.Max, true
		}
		low, high = min(low, c.Min), max(high, c.Max)
	}
	return low, high, some
}
