package ui

import (
	"cmp"

	"labtop/model"
)

// topicColumns are the widths of the tree's columns in cells; 0 means that the column
// is not shown.
type topicColumns struct{ topic, value, count, rate, age, qos int }

// topicColumnsFor gives the tree what the figures leave, and the value a share of it.
func topicColumnsFor(width int) topicColumns {
	c := topicColumns{count: 9, rate: 7, age: 4, qos: 3}
	if width < 70 {
		c.rate = 0
	}
	if width < 52 {
		c.count, c.qos = 0, 0
	}
	rest := width - 1
	for _, w := range []int{c.count, c.rate, c.age, c.qos} {
		if w > 0 {
			rest -= w + 2
		}
	}
	rest -= 2 // between topic and value
	c.value = max(min(rest*2/5, 60), 0)
	c.topic = max(rest-c.value, 0)
	return c
}

// rows draws the tree, and the message where it has a place.
func (t *topics) rows() []string { return t.app.arrange(t.layout(), t.list, t.pane) }

func (t *topics) list(room layout) []string {
	a, width := t.app, room.listWidth
	c := topicColumnsFor(width)
	rows := append(make([]string, 0, room.listHeight), t.heads(c, width))
	if len(t.page.Rows) == 0 {
		rows = append(rows, a.hintRows(t.emptyHint(), width)...)
	}
	for i := range t.page.Rows {
		row := a.line(width)
		row.chosen = t.page.Top+i == t.page.Cursor
		t.drawRow(row, c, &t.page.Rows[i])
		rows = append(rows, row.end())
	}
	return a.fill(rows, width, room.listHeight)
}

func (t *topics) heads(c topicColumns, width int) string {
	signs := t.app.signs()
	row := t.app.line(width)
	more := signs.more(t.page.Top > 0, t.page.Top+len(t.page.Rows) < t.page.Total)
	row.space(1)
	row.glyph(RoleDim, cmp.Or(more, " "), 1)
	row.space(1)
	row.column(RoleDim, t.heading(), max(c.topic-2, 0), false)
	row.space(2)
	row.column(RoleDim, "LAST", c.value, false)
	for _, h := range []struct {
		name  string
		width int
	}{{"COUNT", c.count}, {"MSG/S", c.rate}, {"AGE", c.age}} {
		if h.width > 0 {
			row.space(2)
			row.column(RoleDim, h.name, h.width, true)
		}
	}
	if c.qos > 0 {
		row.space(2)
		row.column(RoleDim, "QOS", c.qos, false)
	}
	return row.end()
}

// heading says how many topics there are.
func (t *topics) heading() string {
	text := "TOPIC"
	if t.page.Known == 0 {
		return text
	}
	text += " " + t.app.sign("·", "-") + " "
	if t.query.Filter != "" {
		return text + count(t.page.Topics) + " of " + topicsWord(t.page.Known)
	}
	return text + topicsWord(t.page.Known)
}

func (t *topics) drawRow(row *line, c topicColumns, r *model.TopicRow) {
	row.space(1)
	indent := min(2*r.Depth, c.topic/2)
	row.space(indent)
	sign, role := " ", RoleText
	switch {
	case r.Inner && r.Open:
		sign, role = t.app.sign("▾", "-"), RoleTitle
	case r.Inner:
		sign, role = t.app.sign("▸", "+"), RoleTitle
	}
	row.glyph(RoleAccent, sign, 1)
	row.space(1)
	room := max(c.topic-indent-2, 0)
	row.cellEnd(role, blankLevel(nameEnd(r.Label, room)), room)
	row.space(2)
	t.drawLast(row, c, r)
	if c.count > 0 {
		row.space(2)
		row.cellRight(RoleText, countIn(r.Count, c.count), c.count)
	}
	if c.rate > 0 {
		row.space(2)
		row.cellRight(RoleDim, perSec(r.PerSec), c.rate)
	}
	row.space(2)
	m := r.Last
	if m == nil {
		return
	}
	row.cellRight(RoleDim, ageSince(t.page.Status.Now, m.Time), c.age)
	if c.qos > 0 {
		role := RoleDim
		if m.Dup {
			role = RoleWarn
		}
		row.space(2)
		row.cell(role, marks(m.QoS, m.Retained, m.Dup), c.qos)
	}
}

// drawLast draws what came last, or how many topics a folded place has.
func (t *topics) drawLast(row *line, c topicColumns, r *model.TopicRow) {
	if r.Last == nil {
		row.cell(RoleDim, topicsWord(r.Topics), c.value)
		return
	}
	role, text := payloadRow(r.Last, t.form, c.value)
	row.cell(role, text, c.value)
}

// pane draws the last message on the topic under the cursor as a whole, or what is
// below the place.
func (t *topics) pane(room layout) []string {
	a := t.app
	p := pane{app: a, width: room.paneWidth, height: room.paneHeight, focus: t.inPane && !t.zoomed}
	r := t.row()
	switch {
	case r == nil:
		p.rule("topic", "")
		p.text(RoleDim, "Nothing to show yet.")
	case t.page.Last != nil:
		return p.message(t.page.Last, t.page.Status.Now, counted(r.Count, "message")+", "+perSec(r.PerSec)+" a second", &t.reader)
	default:
		p.rule(nameEnd(r.Path, p.width), "")
		p.text(RoleText, topicsWord(r.Topics)+" below, "+counted(r.Count, "message")+", "+perSec(r.PerSec)+" a second")
		p.text(RoleDim, "No message came on this topic itself.")
	}
	return p.fill()
}

// emptyHint says why there is no topic and what to do about it.
func (t *topics) emptyHint() []hint {
	c := &t.page.Status.Connection
	switch {
	case !t.havePage:
		return nil
	case t.query.Filter != "":
		return []hint{
			{},
			{RoleTitle, "None of " + topicsWord(t.page.Known) + " matches " + quote(t.query.Filter) + "."},
			{RoleDim, "esc clears it, / changes it. Wildcards work: iotclass/+/temperature"},
		}
	case t.app.session.Player != nil:
		return t.app.nothingPlayed()
	case c.State != model.Connected:
		return notConnected(c, "topics appear here as soon as the broker is there.")
	}
	return []hint{
		{},
		{RoleTitle, "No message yet."},
		{RoleDim, "Each topic appears here with its first message. Publish one to see it:"},
		{RoleAccent, "mosquitto_pub -t iotclass/lab1/temperature -m 22.50"},
	}
}
