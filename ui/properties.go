package ui

import (
	"strconv"
	"strings"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// propertyFacts are what a message of MQTT 5 says besides its payload, the most telling
// first; none for other messages.
func propertyFacts(m *model.Message, now time.Time) []fact {
	p := m.Properties
	if p == nil {
		return nil
	}
	var facts []fact
	add := func(role Role, name, value string) { facts = append(facts, fact{name, value, role}) }
	if left, ok := m.Left(now); ok && left > 0 {
		add(RoleText, "expires", "in "+span(left))
	} else if ok {
		add(RoleWarn, "expired", span(-left)+" ago")
	}
	if p.ContentType != "" {
		add(RoleText, "content type", safetext.Clean(p.ContentType))
	}
	if p.Text {
		add(RoleText, "payload", "declared to be UTF-8 text")
	}
	for _, u := range p.User {
		add(RoleText, "property", safetext.Clean(u.Name)+" = "+safetext.Clean(u.Value))
	}
	if p.ResponseTopic != "" {
		add(RoleText, "answer to", safetext.Name(p.ResponseTopic))
	}
	if len(p.CorrelationData) > 0 {
		add(RoleText, "correlation", correlation(p.CorrelationData))
	}
	if len(p.Filters) > 0 {
		add(RoleDim, "came by", safetext.Clean(strings.Join(p.Filters, ", ")))
	}
	if p.LeftOut > 0 {
		add(RoleWarn, "left out", count(p.LeftOut)+" bytes of properties, which are too many")
	}
	return facts
}

// correlation is data as text where it is one of ASCII, else in hex.
func correlation(b []byte) string {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return strings.TrimSuffix(hexRow(b[:min(len(b), MaxWidth)]), " ")
		}
	}
	return string(b)
}

// propertyName is the width of the names.
const propertyName = len("content type")

// properties writes facts a row each, and no more than most rows; the last says how many
// more there are.
func (p *pane) properties(facts []fact, indent, most int) {
	for i, f := range facts {
		if i == most-1 && len(facts) > most {
			f = fact{"", "and " + strconv.Itoa(len(facts)-i) + " more", RoleDim}
		}
		if i >= most {
			return
		}
		l := p.app.line(p.width)
		l.space(indent)
		l.cell(RoleDim, f.name, propertyName)
		l.space(2)
		l.put(f.role, f.text)
		p.add(l)
	}
}

// inOneRow are the facts beside each other, for where there is room for a row only.
func (p *pane) inOneRow(facts []fact, indent int) {
	l := p.app.line(p.width)
	l.space(indent)
	for i, f := range facts {
		if i > 0 {
			l.put(RoleDim, " "+p.app.sign("·", "-")+" ")
		}
		l.put(RoleDim, f.name+" ")
		l.put(f.role, f.text)
	}
	p.add(l)
}
