package ui

import (
	"strconv"
	"strings"
	"time"

	"labtop/health"
	"labtop/model"
	"labtop/ui/plot"
)

// health draws what the broker says of itself. What it does not say is never zero.
func (p *brokerPane) health() {
	r := p.report
	p.rule("the broker", brokerName(r))
	if r.Heard.IsZero() {
		p.text(RoleDim, p.unheard())
		return
	}
	if p.status.Connection.State != model.Connected {
		p.say("as of", RoleWarn, clock(r.Heard, p.status.Now)+", when it was last heard")
	}
	if r.Started.IsZero() {
		p.notOffered("up for")
	} else {
		l := p.fact("up for")
		l.put(RoleText, span(upFor(p.status, r)))
		l.put(RoleDim, ", since "+clock(r.Started, p.status.Now))
		p.add(l)
	}
	p.clients()
	p.lately()
	if r.Sessions.Value > r.Clients.Value {
		p.amount("sessions", r.Sessions, "with those that are stored")
	}
	p.amount("most clients", r.MostClients, "at a time")
	retained := ""
	if r.OwnRetained {
		retained = "its own topics among them"
	}
	p.amount("retained", r.Retained, retained)
	p.amount("subscriptions", r.Subscriptions, "")
	p.counter("messages in", &r.Messages.Received, count0)
	p.counter("messages out", &r.Messages.Sent, count0)
	p.counter("bytes in", &r.Bytes.Received, bytesText)
	p.counter("bytes out", &r.Bytes.Sent, bytesText)
	p.counter("dropped", &r.Dropped, count0)
	p.rates()
	p.heap()
	p.bridges()
}

// upFor is how long the broker has been up; without a connection nobody knows for how much
// longer it was than when it was last heard.
func upFor(status *model.Status, r *health.Report) time.Duration {
	now := status.Now
	if status.Connection.State != model.Connected {
		now = r.Heard
	}
	return max(now.Sub(r.Started), 0)
}

// rates says what the rates are.
func (p *brokerPane) rates() {
	r := p.report
	for _, c := range []*health.Counter{&r.Messages.Received, &r.Messages.Sent, &r.Bytes.Received, &r.Bytes.Sent, &r.Dropped} {
		switch {
		case !c.Rate.Offered():
		case c.Rate.Told:
			p.say("", RoleDim, "rates are its own averages over "+span(c.Rate.Over))
			return
		default:
			p.say("", RoleDim, "rates are made of its totals, over "+span(c.Rate.Over))
			return
		}
	}
}

// brokerName is what is known of what the broker is.
func brokerName(r *health.Report) string {
	name := string(r.Family)
	if r.Version != "" && !strings.Contains(strings.ToLower(r.Version), strings.ToLower(name)) {
		name += " " + r.Version
	} else if r.Version != "" {
		name = r.Version
	}
	if r.Nodes > 1 {
		name += ", " + strconv.Itoa(r.Nodes) + " nodes"
	}
	return strings.TrimSpace(name)
}

// unheard says why the broker has said nothing of itself.
func (p *brokerPane) unheard() string {
	c := &p.status.Connection
	asked := false
	for i, s := range c.Subscriptions {
		if !strings.HasPrefix(s.Filter, "$SYS") {
			continue
		}
		if asked = true; p.status.Filter(i) == model.FilterRefused {
			return "Not offered: the broker refuses " + quote(s.Filter) + "."
		}
	}
	switch {
	case p.replayed():
		return "Nothing was recorded of it up to this moment."
	case !asked:
		return "Not asked: no topic filter is for it. Add $SYS/# to see more."
	case c.State != model.Connected:
		return "Nothing was heard of it yet."
	}
	return "Not offered: it says nothing of itself below $SYS."
}

// notOffered draws that the broker does not tell a figure. One that forgets what has not
// changed may do so again.
func (p *brokerPane) notOffered(name string) {
	p.say(name, RoleDim, p.untold("not offered", "not told lately"))
}

// untold is what is said in place of a figure.
func (p *brokerPane) untold(never, lately string) string {
	if p.report.Forgets() {
		return lately
	}
	return never
}

func count0(n float64) string { return count(uint64(n)) }

// amount draws a figure, and a remark on it.
func (p *brokerPane) amount(name string, f health.Figure, remark string) {
	if !f.Offered() {
		p.notOffered(name)
		return
	}
	l := p.fact(name)
	l.cellRight(RoleText, count0(f.Value), amountWidth)
	l.put(RoleDim, orBlank("   ", remark))
	p.add(l)
}

// clients draws how many clients there are, and how many there may be.
func (p *brokerPane) clients() {
	r := p.report
	if !r.Clients.Offered() {
		p.notOffered("clients")
	} else {
		l := p.fact("clients")
		role, word := p.loadWord()
		l.cellRight(role, count0(r.Clients.Value), amountWidth)
		l.put(role, orBlank("   ", word))
		p.add(l)
	}
	if r.Limit <= 0 {
		p.say("limit", RoleDim, "not known; --broker-limit tells it")
		return
	}
	l := p.fact("limit")
	l.cellRight(RoleText, count(r.Limit), amountWidth)
	if load := r.Load(); load.Offered() {
		l.space(3)
		p.meter(l, load.Value)
	}
	p.add(l)
}

// lately draws how many clients there were, as far as the history goes back.
func (p *brokerPane) lately() {
	if p.history == nil {
		return
	}
	columns := p.history.Series[0].Columns
	low, high, some := extent(columns)
	if !some || p.history.Metric.Plotted < 2 {
		return
	}
	l := p.fact("")
	l.space(amountWidth + 3)
	l.glyph(RoleAccent, string(plot.Sparkline(nil, plotColumns(columns), min(low, 0), high, p.app.opts.ASCII)), len(columns))
	l.put(RoleDim, "  in "+age(p.history.To.Sub(p.history.From)))
	p.add(l)
}

// loadWord says how near to their limit the clients are.
func (p *brokerPane) loadWord() (role Role, word string) {
	switch load := p.report.Load().Value; {
	case load >= 100:
		return RoleCritical, p.app.signs().critical + " no room for more"
	case load >= health.CriticalPercent:
		return RoleCritical, p.app.signs().critical + " almost no room for more"
	case load >= health.WarningPercent:
		return RoleWarn, p.app.signs().warning + " above " + strconv.Itoa(health.WarningPercent) + " % of the limit"
	}
	return RoleText, ""
}

// meterWidth is the width of a meter in cells, a twentieth each.
const meterWidth = 20

// meter draws how much of a limit is used, with a line at the share that is worth a
// warning.
func (p *brokerPane) meter(l *line, percent float64) {
	role, word := p.loadWord()
	if word == "" {
		role = RoleAccent
	}
	full, empty, mark := p.app.sign("■", "#"), p.app.sign("·", "-"), p.app.sign("│", "|")
	used := min(int(percent/100*meterWidth+0.5), meterWidth)
	warnAt := health.WarningPercent * meterWidth / 100
	for i := range meterWidth {
		if i == warnAt {
			l.glyph(RoleDim, mark, 1)
		}
		if i < used {
			l.glyph(role, full, 1)
		} else {
			l.glyph(RoleGrid, empty, 1)
		}
	}
	l.put(role, pad(strconv.Itoa(int(percent+0.5)), 4)+" %")
}

// counter draws a total and how fast it grows, each only when it is offered. A rate that
// the broker does not tell is not known before the total has been said again.
func (p *brokerPane) counter(name string, c *health.Counter, text func(float64) string) {
	if !c.Total.Offered() && !c.Rate.Offered() {
		p.notOffered(name)
		return
	}
	l := p.fact(name)
	role := RoleText
	if name == "dropped" && c.Rate.Value > 0 {
		role = RoleWarn
	}
	cell := func(f health.Figure, text, none string, width int) {
		if !f.Offered() {
			l.cellRight(RoleDim, none, width)
		} else {
			l.cellRight(role, text, width)
		}
	}
	cell(c.Total, text(c.Total.Value), p.untold("not offered", "not told"), amountWidth)
	rate := perSec(c.Rate.Value) + " /s"
	if strings.HasPrefix(name, "bytes") {
		rate = bytesText(c.Rate.Value) + "/s"
	}
	cell(c.Rate.Figure, rate, p.app.sign("–", "-"), amountWidth+3)
	p.add(l)
}

func (p *brokerPane) heap() {
	r := p.report
	if !r.Heap.Offered() {
		p.notOffered("memory")
		return
	}
	l := p.fact("memory")
	l.cellRight(RoleText, bytesText(r.Heap.Value), amountWidth)
	if r.MostHeap.Offered() {
		l.put(RoleDim, "   at most "+bytesText(r.MostHeap.Value))
	}
	p.add(l)
}

// mostBridges is how many bridges are drawn.
const mostBridges = 10

func (p *brokerPane) bridges() {
	bridges := p.report.Bridges
	if len(bridges) == 0 {
		p.say("bridges", RoleDim, "none told of")
		return
	}
	name := "bridges"
	for _, b := range bridges[:min(len(bridges), mostBridges)] {
		l := p.fact(name)
		if b.Up {
			l.glyph(RoleAccent, p.app.signs().online, 1)
			l.put(RoleText, " "+b.Name)
			l.put(RoleDim, ", up")
		} else {
			l.glyph(RoleWarn, p.app.signs().offline, 1)
			l.put(RoleText, " "+b.Name)
			l.put(RoleWarn, ", down")
		}
		p.add(l)
		name = ""
	}
	if more := len(bridges) - mostBridges; more > 0 {
		p.say("", RoleDim, "and "+strconv.Itoa(more)+" more")
	}
}
