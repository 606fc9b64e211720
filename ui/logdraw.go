package ui

import (
	"encoding/hex"

	"labtop/model"
	"labtop/safetext"
)

// logColumns are the widths of the log's columns in cells; 0 means that the
// column is not shown. The payload has the rest.
type logColumns struct{ time, qos, size, topic int }

func logColumnsFor(width int) logColumns {
	c := logColumns{time: len("15:04:05.000"), qos: 3, size: 5, topic: min(max(width/3, 14), 56)}
	if width < 100 {
		c.size = 0
	}
	if width < 60 {
		c.time, c.qos = len("15:04:05"), 0
	}
	return c
}

// rows draws the list, and the message where it has a place.
func (l *messageLog) rows() []string { return l.app.arrange(l.layout(), l.list, l.pane) }

func (l *messageLog) list(room layout) []string {
	a, width := l.app, room.listWidth
	p := pane{app: a, width: width, height: room.listHeight}
	p.rule("log"+l.position(), l.kept())
	c := logColumnsFor(width)
	p.add(l.heads(c, width))
	if len(l.page.Messages) == 0 {
		p.rows = append(p.rows, a.hintRows(l.emptyHint(), width)...)
		return p.fill()
	}
	for i := range l.page.Messages {
		row := a.line(width)
		row.chosen = l.page.First+i == l.page.Chosen
		l.row(row, c, &l.page.Messages[i].Message)
		p.add(row)
	}
	return p.fill()
}

// position says where in the list the cursor is.
func (l *messageLog) position() string {
	dot := " " + l.app.sign("·", "-") + " "
	switch {
	case l.page.Total == 0:
		return ""
	case l.page.Cursor != 0:
		return dot + count(l.page.Chosen+1) + " of " + count(l.page.Total)
	case l.app.paused:
		return dot + "paused"
	}
	return dot + "following"
}

// kept says what there is to be seen, and what no longer is.
func (l *messageLog) kept() string {
	if !l.havePage {
		return ""
	}
	text := count(l.page.Status.LogKept) + " kept"
	if l.text != "" {
		text = count(l.page.Total) + " found, " + text
	}
	if l.page.Status.LogGone > 0 {
		text += ", " + count(l.page.Status.LogGone) + " older are gone"
	}
	return text
}

func (l *messageLog) heads(c logColumns, width int) *line {
	row := l.app.line(width)
	row.space(1)
	name := func(text string, width int, right bool) {
		if width > 0 {
			row.column(RoleDim, text, width, right)
			row.space(2)
		}
	}
	name("TIME", c.time, false)
	name("QOS", c.qos, false)
	name("SIZE", c.size, true)
	name("TOPIC", c.topic, false)
	payload := "PAYLOAD"
	if l.form == asHex {
		payload = "PAYLOAD in hex"
	}
	row.put(RoleDim, payload)
	return row
}

func (l *messageLog) row(row *line, c logColumns, m *model.Message) {
	row.space(1)
	row.cell(RoleDim, timeOfDay(m, c.time), c.time)
	row.space(2)
	if c.qos > 0 {
		role := RoleDim
		if m.Dup {
			role = RoleWarn
		}
		row.cell(role, marks(m.QoS, m.Retained, m.Dup), c.qos)
		row.space(2)
	}
	if c.size > 0 {
		row.cellRight(RoleDim, countIn(m.Size, c.size), c.size)
		row.space(2)
	}
	row.cellEnd(RoleText, nameEnd(m.Topic, c.topic), c.topic)
	row.space(2)
	if m.Truncated() {
		row.put(RoleWarn, "cut ")
	}
	role, text := payloadRow(m, l.form, row.width-row.used)
	row.put(role, text)
}

// payloadRow is the beginning of a payload in one row.
func payloadRow(m *model.Message, form payloadForm, width int) (Role, string) {
	switch {
	case len(m.Payload) == 0:
		return RoleDim, "(empty)"
	case form == asHex:
		return RoleText, hexRow(m.Payload[:min(len(m.Payload), max(width, 0)/3+1)])
	}
	// A cell holds a character and its marks; the rest of a long payload is cut.
	return RoleText, safetext.CleanBytes(m.Payload[:min(len(m.Payload), 16*max(width, 1))])
}

func hexRow(b []byte) string {
	text := make([]byte, 0, 3*len(b))
	for i := range b {
		text = hex.AppendEncode(text, b[i:i+1])
		text = append(text, ' ')
	}
	return string(text)
}

// timeOfDay is when a message came, to the millisecond where there is room.
func timeOfDay(m *model.Message, width int) string {
	return m.Time.Local().Format("15:04:05.000")[:width]
}

// pane draws the message under the cursor as a whole.
func (l *messageLog) pane(room layout) []string {
	a := l.app
	p := pane{app: a, width: room.paneWidth, height: room.paneHeight, focus: l.inPane && !l.zoomed}
	m := l.message()
	if m == nil {
		p.rule("message", "")
		p.text(RoleDim, "Nothing to show yet.")
		return p.fill()
	}
	return p.message(&m.Message, l.page.Status.Now, "message "+count(m.Number), &l.reader)
}

// emptyHint says why the log is empty and what to do about it.
func (l *messageLog) emptyHint() []hint {
	c := &l.page.Status.Connection
	switch {
	case !l.havePage:
		return nil
	case l.text != "":
		return []hint{
			{},
			{RoleTitle, "None of the messages kept matches " + quote(l.text) + "."},
			{RoleDim, "All words must hold. A word is part of the topic or the payload; with + or # it is a topic filter."},
			{RoleDim, "esc clears it, / changes it."},
		}
	case l.app.session.Player != nil:
		return l.app.nothingPlayed()
	case c.State != model.Connected:
		return notConnected(c, "messages appear here as soon as the broker is there.")
	}
	return []hint{
		{},
		{RoleTitle, "No message yet."},
		{RoleDim, "Each message appears here as it comes. Publish one to see it:"},
		{RoleAccent, "mosquitto_pub -t iotclass/lab1/temperature -m 22.50"},
	}
}
