package ui

import (
	"strconv"
	"strings"

	"labtop/model"
)

// filterColumns are the widths of the columns about filters in cells; 0 means that the
// column is not shown. The filter itself has what it needs of the rest.
type filterColumns struct{ filter, state, asked, granted, came, messages, retained, dup, perSec, last int }

// filterColumnsFor are the columns for filters of which the longest has so many cells.
func filterColumnsFor(width, longest int) filterColumns {
	c := filterColumns{state: len("nothing received"), asked: 5, granted: 7, came: 5, messages: 8, perSec: 7}
	if width >= 100 {
		c.messages, c.retained, c.dup, c.last = 11, 8, 6, 5
	}
	if width < 70 {
		c.asked, c.granted, c.messages = 0, 0, 0
	}
	c.filter = width - signWidth - 1
	for _, w := range []int{c.state, c.asked, c.granted, c.came, c.messages, c.retained, c.dup, c.perSec, c.last} {
		if w > 0 {
			c.filter -= w + 1
		}
	}
	c.filter = max(min(c.filter, longest+2), 8)
	return c
}

// filters draws what became of each topic filter.
func (p *brokerPane) filters() {
	subscriptions := p.status.Connection.Subscriptions
	if p.messagesOnly() {
		return
	}
	p.rule("topic filters and QoS", p.filterTally())
	longest := len("FILTER")
	for i := range subscriptions {
		longest = max(longest, min(cells(beginning(subscriptions[i].Filter, p.width)), p.width))
	}
	c := filterColumnsFor(p.width, longest)
	p.filterHeads(c)
	for i := range subscriptions {
		p.filterRow(c, i)
		if why := p.filterWhy(i); why != "" {
			l := p.app.line(p.width)
			l.space(signWidth + 2)
			l.put(RoleDim, why)
			p.add(l)
		}
	}
}

// filterTally says how many of the filters are not as they were asked for.
func (p *brokerPane) filterTally() string {
	refused, lowered, silent := 0, 0, 0
	for i := range p.status.Connection.Subscriptions {
		switch p.status.Filter(i) {
		case model.FilterRefused:
			refused++
		case model.FilterSilent:
			silent++
		}
		if p.status.Connection.Subscriptions[i].Downgraded() {
			lowered++
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{refused, "refused"}, {lowered, "downgraded"}, {silent, "silent"}} {
		if part.n > 0 {
			parts = append(parts, strconv.Itoa(part.n)+" "+part.what)
		}
	}
	return strings.Join(parts, ", ")
}

func (p *brokerPane) filterHeads(c filterColumns) {
	l := p.app.line(p.width)
	l.space(signWidth)
	l.cell(RoleDim, "FILTER", c.filter)
	head := func(text string, width int, right bool) {
		if width > 0 {
			l.space(1)
			l.column(RoleDim, text, width, right)
		}
	}
	head("", c.state, false)
	head("ASKED", c.asked, true)
	head("GRANTED", c.granted, true)
	head("CAME", c.came, true)
	head("MESSAGES", c.messages, true)
	head("RETAINED", c.retained, true)
	head("DUP", c.dup, true)
	head("MSG/S", c.perSec, true)
	head("LAST", c.last, true)
	p.add(l)
}

// filterRow draws one filter: QoS as it was asked for, as it was granted, and those that
// its messages came with.
func (p *brokerPane) filterRow(c filterColumns, i int) {
	sub, got := &p.status.Connection.Subscriptions[i], &p.status.Received[i]
	sign, word, role := p.filterState(i)
	l := p.app.line(p.width)
	l.space(1)
	l.glyph(role, sign, 1)
	l.space(1)
	l.cell(RoleText, sub.Filter, c.filter)
	cell := func(role Role, text string, width int, right bool) {
		if width > 0 {
			l.space(1)
			l.column(role, text, width, right)
		}
	}
	none := p.app.sign("–", "-")
	granted, grantedRole, last := none, RoleDim, none
	switch {
	case sub.Downgraded():
		granted, grantedRole = strconv.Itoa(int(sub.Granted)), RoleWarn
	case sub.Answered && !sub.Refused():
		granted, grantedRole = strconv.Itoa(int(sub.Granted)), RoleText
	}
	if !got.Last.IsZero() {
		last = age(max(p.status.Now.Sub(got.Last), 0))
	}
	cell(role, word, c.state, false)
	cell(RoleText, strconv.Itoa(int(sub.Requested)), c.asked, true)
	cell(grantedRole, granted, c.granted, true)
	cell(RoleText, cameWith(got, none), c.came, true)
	cell(RoleText, countIn(got.Messages, c.messages), c.messages, true)
	cell(RoleDim, countIn(got.Retained, c.retained), c.retained, true)
	cell(RoleDim, countIn(got.Dup, c.dup), c.dup, true)
	cell(RoleText, perSec(got.PerSec), c.perSec, true)
	cell(RoleDim, last, c.last, true)
	p.add(l)
}

// filterState is the sign, the word and the role of how a filter does.
func (p *brokerPane) filterState(i int) (sign, word string, role Role) {
	signs := p.app.signs()
	switch p.status.Filter(i) {
	case model.FilterRefused:
		return signs.noReading, "refused", RoleCritical
	case model.FilterSilent:
		if p.status.Now.Sub(p.status.Connection.Since) > silentSubscription {
			return signs.stale, "nothing received", RoleWarn
		}
		return signs.unknown, "nothing received", RoleDim
	case model.FilterReceiving:
		if p.status.Connection.Subscriptions[i].Downgraded() {
			return signs.warning, "downgraded", RoleWarn
		}
		return signs.online, "receiving", RoleAccent
	}
	if p.status.Connection.State == model.Connected {
		return signs.unknown, "no answer yet", RoleWarn
	}
	return signs.unknown, "not subscribed", RoleDim
}

// filterWhy explains a filter that is not as it was asked for; empty for the others.
func (p *brokerPane) filterWhy(i int) string {
	sub := &p.status.Connection.Subscriptions[i]
	var parts []string
	if sub.Downgraded() {
		parts = append(parts, "the broker grants no more than QoS "+strconv.Itoa(int(sub.Granted))+" here")
	}
	switch p.status.Filter(i) {
	case model.FilterRefused:
		parts = append(parts, sub.Error)
	case model.FilterSilent:
		if !brokersOwn(&p.status.Connection, *sub) && p.status.Now.Sub(p.status.Connection.Since) > silentSubscription {
			parts = append(parts, "subscribed, nothing received: access rules may hide it without a word")
		}
	}
	return strings.Join(parts, "; ")
}

// cameWith lists the QoS that messages came with.
func cameWith(got *model.Receipt, none string) string {
	var parts []string
	for qos, n := range got.QoS {
		if n > 0 {
			parts = append(parts, strconv.Itoa(qos))
		}
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, " ")
}
