package ui

import (
	"cmp"
	"strconv"

	"labtop/retained"
)

// clearName is what is cleared: a topic, or a device.
func (a *App) clearName(c *clearing) string { return cmp.Or(c.key.Topic, c.plan.Device, c.key.Device) }

// clearRows draws what would be cleared, is, or was.
func (a *App) clearRows(height int) []string {
	c := a.clearing
	p := &pane{app: a, width: a.width, height: height}
	remark := ""
	if n := len(c.plan.Items); n > 0 {
		remark = counted(n, "message")
	}
	p.rule("Retained messages of "+a.clearName(c), remark)
	a.putClearState(p, c)
	if c.phase == clearLooking {
		return p.fill()
	}
	room := max(height-len(p.rows)-1, 0)
	total := len(c.report.Problems) + len(c.plan.Items)
	c.top = max(min(c.top, total-room), 0)
	c.more = max(total-room-c.top, 0)
	columns := clearColumnsFor(a.width, c.plan.Items)
	a.putClearHead(p, &columns)
	for i := c.top; i < min(c.top+room, total); i++ {
		if i < len(c.report.Problems) {
			l := a.line(p.width)
			l.space(1)
			l.glyph(RoleWarn, a.sign("▲", "!"), 1)
			l.space(1)
			l.put(RoleWarn, c.report.Problems[i])
			p.add(l)
		} else {
			a.putClearItem(p, &columns, &c.plan.Items[i-len(c.report.Problems)])
		}
	}
	return p.fill()
}

// putClearState says what goes on, in a line or a few.
func (a *App) putClearState(p *pane, c *clearing) {
	n := uint64(len(c.plan.Items))
	switch {
	case c.phase == clearLooking:
		p.text(RoleDim, "Asking the broker what it keeps; that takes a second or two.")
	case c.phase == clearAsking:
		which, what := "They are", "them"
		if n == 1 {
			which, what = "It is", "it"
		}
		p.text(RoleTitle, "Clear "+counted(n, "message")+"? "+which+" gone then until somebody publishes "+what+" again.")
	case c.phase == clearWorking:
		text := count(c.done.Load()) + " of " + count(n) + " cleared"
		switch {
		case c.stopped:
			text += "; stopping"
		case c.done.Load() == int64(n):
			text += "; looking whether they are gone"
		}
		p.text(RoleAccent, text)
	case len(c.report.Problems) > 0:
		p.text(RoleWarn, c.report.Text)
	default:
		p.text(RoleAccent, c.report.Text)
	}
	for _, other := range c.plan.Spared {
		p.text(RoleDim, "left alone: "+other+", which is another device below it")
	}
	p.add(a.line(p.width))
}

// clearColumns are the widths of the list.
type clearColumns struct{ topic, why, payload int }

const (
	clearSize, clearQoS, clearAge = 10, 3, 6
	clearWhy                      = 24
	clearGap                      = 2
)

// clearColumnsFor shares a width. Why a message is the device's is said where it has room.
func clearColumnsFor(width int, items []retained.Item) (c clearColumns) {
	room := width - 1 - clearSize - clearQoS - clearAge - 3*clearGap
	longest := len("TOPIC")
	for i := range items {
		longest = max(longest, min(cells(items[i].Topic), MaxWidth))
	}
	if items[0].Why != "" && room >= 80 {
		c.why = clearWhy
		room -= clearWhy + clearGap
	}
	c.topic = min(longest, room*2/3)
	c.payload = room - c.topic - clearGap
	return c
}

func (a *App) putClearHead(p *pane, c *clearColumns) {
	l := a.line(p.width)
	a.putClearCells(l, c, RoleDim, RoleDim, "SIZE", "QOS", "AGE", "TOPIC", "WHY", "PAYLOAD")
	p.add(l)
}

func (a *App) putClearItem(p *pane, c *clearColumns, m *retained.Item) {
	qos, written := "", ""
	if m.Exact {
		qos = strconv.Itoa(int(m.QoS))
	}
	if !m.Written.IsZero() {
		written = ageSince(a.live.Now, m.Written)
	}
	l := a.line(p.width)
	a.putClearCells(l, c, RoleText, RoleDim, size(int64(m.Size)), qos, written, m.Topic, m.Why, string(m.Payload))
	p.add(l)
}

func (a *App) putClearCells(l *line, c *clearColumns, name, rest Role, bytes, qos, written, topic, why, payload string) {
	l.space(1)
	l.cellRight(rest, bytes, clearSize)
	l.space(clearGap)
	l.cellRight(rest, qos, clearQoS)
	l.space(clearGap)
	l.cellRight(rest, written, clearAge)
	l.space(clearGap)
	l.cellEnd(name, topic, c.topic)
	if c.why > 0 {
		l.space(clearGap)
		l.cell(rest, why, c.why)
	}
	l.space(clearGap)
	l.cell(rest, payload, c.payload)
}

// clearKeys are the keys that act while something is cleared.
func (a *App) clearKeys() keyList {
	k, c := &a.keys, a.clearing
	var list keyList
	switch c.phase {
	case clearAsking:
		list.add(true, footerKey(k.Yes, "y", "clear "+counted(len(c.plan.Items), "message")))
		list.add(true, footerKey(k.Back, "esc", "no"))
		list.add(c.key.Topic != "", footerKey(k.Jump, "d", "all of the device"))
	case clearDone:
		list.add(true, footerKey(k.Back, "esc", "close"))
	case clearLooking, clearWorking:
		list.add(!c.stopped, footerKey(k.Back, "esc", "stop"))
	}
	list.add(c.more > 0, footerKey(k.Down, "↓", count(c.more)+" more"))
	list.add(c.top > 0, footerKey(k.Up, "↑", "up"))
	return list
}
