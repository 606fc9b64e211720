package ui

import (
	"strconv"
	"strings"
	"time"

	"labtop/model"
)

// encryption draws TLS and the certificates.
func (p *brokerPane) encryption() {
	c := &p.status.Connection
	var facts *model.TLS
	if c.Link != nil {
		facts = c.Link.TLS
	}
	if p.messagesOnly() {
		return
	}
	p.rule("encryption", "")
	switch {
	case facts != nil:
	case c.Link != nil && c.Link.Address == "":
		p.text(RoleDim, "None is needed: nothing leaves this program.")
		return
	case c.Link != nil:
		p.text(RoleText, "None: what is sent can be read on the way.")
		return
	default:
		p.unknown("TLS", "not known before there is a connection")
		return
	}
	if c.Insecure {
		l := p.app.line(p.width)
		l.space(1)
		l.put(RoleBadge, " INSECURE ")
		l.put(RoleWarn, " certificate not verified (--insecure)")
		p.add(l)
	}
	l := p.fact("TLS")
	l.put(RoleText, strings.TrimPrefix(facts.Version, "TLS "))
	l.put(RoleDim, ", "+facts.Cipher+orBlank(", ALPN ", facts.ALPN))
	p.add(l)
	p.certificate("broker", &facts.Broker)
	if facts.Authority != nil {
		p.certificate("authority", facts.Authority)
	}
	if facts.Client != nil {
		p.certificate("ours", facts.Client)
	} else {
		p.say("ours", RoleDim, "no client certificate")
	}
}

// mostNames is how many names of a certificate are looked at.
const mostNames = 20

// certificate draws whose one is, who signed it, for which hosts and until when it is
// valid.
func (p *brokerPane) certificate(name string, c *model.Certificate) {
	l := p.fact(name)
	l.put(RoleText, c.Subject)
	if c.Issuer == c.Subject {
		l.put(RoleDim, ", signed by itself")
	} else {
		l.put(RoleDim, orBlank(", signed by ", c.Issuer))
	}
	p.add(l)
	if len(c.Names) > 0 {
		names := strings.Join(c.Names[:min(len(c.Names), mostNames)], ", ")
		p.say("", RoleDim, "for "+names)
	}
	text, role := validity(c, p.status.Now)
	sign := ""
	switch role {
	case RoleWarn:
		sign = p.app.signs().warning + " "
	case RoleCritical:
		sign = p.app.signs().critical + " "
	}
	l = p.fact("")
	l.glyph(role, sign, cells(sign))
	l.put(role, text)
	p.add(l)
}

// From when on a certificate that expires is worth a warning, and more.
const (
	expiresSoon     = 30 * 24 * time.Hour
	expiresVerySoon = 7 * 24 * time.Hour
)

// validity says until when a certificate is valid.
func validity(c *model.Certificate, now time.Time) (text string, role Role) {
	left := c.Left(now)
	days := func(d time.Duration) string { return counted(d/(24*time.Hour), "day") }
	switch {
	case now.Before(c.NotBefore):
		return "not valid before " + date(c.NotBefore), RoleCritical
	case left < 0:
		return "expired on " + date(c.NotAfter) + ", " + days(-left) + " ago", RoleCritical
	case left < expiresVerySoon:
		role = RoleCritical
	case left < expiresSoon:
		role = RoleWarn
	}
	return "valid until " + date(c.NotAfter) + ", " + days(left) + " left", role
}

func date(t time.Time) string { return t.Local().Format("Jan 02 2006") }

// losses draws when the connection was lost, the newest first.
func (p *brokerPane) losses() {
	losses := p.status.Losses
	if p.messagesOnly() {
		return
	}
	remark := ""
	if made := p.status.Connection.Connects - 1; made > len(losses) {
		remark = "the last " + strconv.Itoa(len(losses)) + " of " + strconv.Itoa(made)
	}
	p.rule("lost connections", remark)
	if len(losses) == 0 {
		p.text(RoleDim, "None since the start.")
		return
	}
	l := p.app.line(p.width)
	l.space(1)
	l.cell(RoleDim, "LOST AT", 8)
	l.space(1)
	l.cellRight(RoleDim, "AWAY FOR", awayWidth)
	l.space(2)
	l.put(RoleDim, "WHY")
	p.add(l)
	for i := range min(len(losses), mostShown) {
		p.loss(&losses[len(losses)-1-i])
	}
}

const (
	// awayWidth is the width of the time without a connection.
	awayWidth = len("59 m 59 s")
	// mostShown is how many lost connections are drawn.
	mostShown = 20
)

func (p *brokerPane) loss(loss *model.Loss) {
	now := p.status.Now
	l := p.app.line(p.width)
	l.space(1)
	l.cell(RoleText, clock(loss.Since, now), 8)
	l.space(1)
	if loss.Until.IsZero() {
		l.cellRight(RoleWarn, span(max(now.Sub(loss.Since), 0)), awayWidth)
	} else {
		l.cellRight(RoleText, span(max(loss.Until.Sub(loss.Since), 0)), awayWidth)
	}
	why := 8 + awayWidth + 4
	for i, text := range wrap(orElse(loss.Problem, "no reason is known"), p.width-why, 2) {
		if i > 0 {
			l = p.app.line(p.width)
		}
		l.space(why - l.used)
		l.put(RoleText, text)
		p.add(l)
	}
	if loss.Until.IsZero() {
		return // what can be done stands below the header
	}
	for _, text := range wrap(loss.Hint, p.width-why, 2) {
		l := p.app.line(p.width)
		l.space(why)
		l.put(RoleDim, text)
		p.add(l)
	}
}
