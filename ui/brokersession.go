package ui

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"labtop/health"
	"labtop/model"
	"labtop/ui/plot"
)

// brokerPane draws a part of the broker's screen.
type brokerPane struct {
	pane
	status *model.Status
	report *health.Report
	// history is that of the clients connected; nil when there is none.
	history *model.Detail
}

// tellWidth is the width of the names of what is told.
const tellWidth = 13

// fact begins a row: the name of what it tells.
func (p *brokerPane) fact(name string) *line {
	l := p.app.line(p.width)
	l.space(1)
	l.cell(RoleDim, name, tellWidth)
	l.space(1)
	return l
}

// say is a row with one fact.
func (p *brokerPane) say(name string, role Role, text string) {
	l := p.fact(name)
	l.put(role, text)
	p.add(l)
}

// messagesOnly says that what is shown is of a log that tells of no connection.
func (p *brokerPane) messagesOnly() bool {
	return p.replayed() && p.status.Connection.Since.IsZero()
}

// mostAbout is how many rows at most tell what a log is.
const mostAbout = 5

// about tells what a log is and does not tell.
func (p *brokerPane) about() {
	about := p.app.session.About
	if about == "" {
		return
	}
	for _, row := range wrap("It is "+about+".", p.width-2, mostAbout) {
		p.text(RoleDim, row)
	}
}

// replayed says whether what is shown is of a recording, which tells less.
func (p *brokerPane) replayed() bool { return p.app.session.Player != nil }

// unknown is a fact that nobody knows, or that a recording does not tell.
func (p *brokerPane) unknown(name, live string) {
	switch {
	case p.app.back != nil:
		live = "not kept of the past"
	case p.replayed():
		live = "not in this recording"
	}
	p.say(name, RoleDim, live)
}

// session draws how the connection stands and what has come through it.
func (p *brokerPane) session() {
	c := &p.status.Connection
	p.rule("our session", counted(max(c.Connects-1, 0), "reconnect"))
	if p.messagesOnly() {
		p.text(RoleDim, "This file has messages only: it tells of no connection.")
		p.about()
	} else {
		p.state(c)
		p.link(c)
	}
	p.pings()
	p.received()
	p.copies()
	p.leftOut()
}

func (p *brokerPane) state(c *model.Connection) {
	now := p.status.Now
	l := p.fact("connection")
	switch c.State {
	case model.Connected:
		l.glyph(RoleAccent, p.app.signs().online, 1)
		l.put(RoleText, " connected for "+span(now.Sub(c.Since)))
		l.put(RoleDim, ", since "+clock(c.Since, now))
	case model.Waiting:
		l.glyph(RoleWarn, p.app.signs().offline, 1)
		l.put(RoleWarn, " no connection")
		l.put(RoleDim, orBlank(", ", p.app.nextTry()))
	case model.Connecting:
		l.glyph(RoleWarn, p.app.sign("◌", "."), 1)
		l.put(RoleWarn, " connecting")
		if c.Attempts > 0 {
			l.put(RoleDim, ", attempt "+strconv.Itoa(c.Attempts+1))
		}
	default:
		l.put(RoleDim, "closed")
	}
	p.add(l)
}

// orBlank is a text with what stands before it; empty when there is none.
func orBlank(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// link draws how the present connection was made, or the last one.
func (p *brokerPane) link(c *model.Connection) {
	link := c.Link
	if link == nil {
		p.unknown("address", "not known yet")
		p.say("client id", RoleText, c.ClientID)
		return
	}
	address := link.Address
	if a, err := netip.ParseAddrPort(address); err == nil && a.Addr().Unmap().Is4() {
		address += ", IPv4"
	} else if err == nil {
		address += ", IPv6"
	} else if address == "" {
		address = "in this program, without a network"
	}
	p.say("address", RoleText, address)
	p.say("client id", RoleText, c.ClientID)
	l := p.fact("MQTT session")
	switch {
	case !link.Persistent:
		l.put(RoleText, "clean")
		l.put(RoleDim, ": the broker forgets it at the end")
	case link.Present:
		l.put(RoleText, "persistent")
		l.put(RoleDim, ": the broker had kept it")
	case c.Forgotten():
		l.put(RoleWarn, "persistent")
		l.put(RoleWarn, ", but not kept: what was sent meanwhile is lost")
	default:
		l.put(RoleText, "persistent")
		l.put(RoleDim, ": new, the broker had none")
	}
	p.add(l)
	alive := ", no keep-alive"
	if link.KeepAlive > 0 {
		alive = ", keep-alive " + span(link.KeepAlive)
	}
	p.say("protocol", RoleText, link.Protocol+alive)
}

// pings draws how long the broker takes to answer.
func (p *brokerPane) pings() {
	t := p.status.Source.PingTimes()
	if t.Count == 0 {
		p.unknown("ping", "not asked yet")
		return
	}
	l := p.fact("ping")
	l.cellRight(RoleText, millis(t.Last), amountWidth)
	if t.Count > 1 {
		l.space(3)
		p.sparkline(l, p.status.Source.Pings, pingWidth)
		text := millis(t.Min) + " to " + millis(t.Max) + ", median " + millis(t.Median)
		if l.used+3+cells(text) > p.width {
			p.add(l)
			l = p.fact("")
		} else {
			l.space(3)
		}
		l.put(RoleDim, text)
	}
	p.add(l)
}

// pingWidth is how many of the last pings are drawn.
const pingWidth = 16

// sparkline draws the last of some times.
func (p *brokerPane) sparkline(l *line, times []time.Duration, width int) {
	times = times[max(0, len(times)-width):]
	columns, most := make([]plot.Column, len(times)), 0.0
	for i, d := range times {
		v := d.Seconds()
		columns[i] = plot.Column{Min: v, Max: v, Last: v, N: 1}
		most = max(most, v)
	}
	l.glyph(RoleAccent, string(plot.Sparkline(nil, columns, 0, most, p.app.opts.ASCII)), len(times))
}

// amountWidth is the width of an amount and its unit.
const amountWidth = 11

// received draws how much has come.
func (p *brokerPane) received() {
	s := p.status
	l := p.fact("messages")
	l.cellRight(RoleText, count(s.Counters.Messages), amountWidth)
	l.cellRight(RoleText, perSec(s.PerSec)+" /s", amountWidth+2)
	if n := s.Counters.System; n > 0 {
		l.put(RoleDim, "   $SYS "+count(n))
	}
	p.add(l)
	if p.replayed() {
		p.unknown("bytes", "")
		return
	}
	l = p.fact("bytes")
	l.cellRight(RoleText, bytesText(float64(s.Source.Bytes)), amountWidth)
	l.cellRight(RoleText, bytesText(s.BytesPerSec)+"/s", amountWidth+2)
	if last := s.Source.LastByte; !last.IsZero() {
		l.put(RoleDim, "   the last "+age(max(s.Now.Sub(last), 0))+" ago")
	}
	p.add(l)
}

// copies draws what of the messages was no news.
func (p *brokerPane) copies() {
	c := &p.status.Counters
	l := p.fact("among them")
	item := func(n uint64, text string) {
		role := RoleText
		if n == 0 {
			role = RoleDim
		}
		l.put(role, count(n))
		l.put(RoleDim, " "+text+"   ")
	}
	item(c.Retained, "retained")
	item(c.Dup, "DUP")
	if !p.replayed() { // what was left out is in no recording
		item(p.status.Source.Repeats, "repeats left out")
	}
	p.add(l)
}

// leftOut draws what was lost or left out, and what had to wait.
func (p *brokerPane) leftOut() {
	lost := p.app.losses(p.status)
	if len(lost) == 0 {
		p.say("lost", RoleDim, "nothing")
	}
	l, name := (*line)(nil), "lost"
	for _, text := range lost {
		if l != nil && l.used+2+cells(text) > p.width {
			p.add(l)
			l = nil
		}
		if l == nil {
			l, name = p.fact(name), ""
		} else {
			l.put(RoleWarn, ", ")
		}
		l.put(RoleWarn, text)
	}
	if l != nil {
		p.add(l)
	}
	if n := p.status.Source.Stalls; n > 0 {
		p.say("held back", RoleText, counted(n, "time")+", by labtop; nothing is lost")
	}
}

// millis writes a short time in milliseconds, a longer one in seconds.
func millis(d time.Duration) string {
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case ms < 100:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 10_000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// bytesText writes a number of bytes whose digits do not come and go: 812 B, 3.4 KiB.
func bytesText(n float64) string {
	if n < 1024 {
		return strconv.FormatFloat(n, 'f', 0, 64) + " B"
	}
	for _, unit := range []string{"KiB", "MiB", "GiB"} {
		if n /= 1024; n < 1023.95 {
			return strconv.FormatFloat(n, 'f', 1, 64) + " " + unit
		}
	}
	return strings.TrimSpace(strconv.FormatFloat(n/1024, 'f', 1, 64) + " TiB")
}
