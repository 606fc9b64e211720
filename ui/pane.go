package ui

import "strings"

// pane collects the rows of what stands beside or below a list.
type pane struct {
	app           *App
	width, height int
	focus         bool // keys go to it
	rows          []string
}

func (p *pane) add(l *line) { p.rows = append(p.rows, l.end()) }

func (p *pane) text(role Role, text string) {
	l := p.app.line(p.width)
	l.space(1)
	l.put(role, text)
	p.add(l)
}

func (p *pane) fill() []string { return p.app.fill(p.rows, p.width, p.height) }

// rule is a heading set into a line, with a remark at its right end.
func (p *pane) rule(heading, remark string) {
	a := p.app
	l := a.line(p.width)
	dash := a.sign("─", "-")
	role := RoleTitle
	if p.focus {
		role = RoleAccent
	}
	l.glyph(RoleGrid, dash, 1)
	l.space(1)
	l.column(role, heading, min(cells(heading), p.width-4), false)
	l.space(1)
	if room := p.width - l.used - 3; remark != "" && room > 8 {
		n := min(cells(remark), room-2)
		l.glyph(RoleGrid, strings.Repeat(dash, room-n), room-n)
		l.space(1)
		l.cellEnd(RoleDim, remark, n)
		l.space(1)
	}
	l.glyph(RoleGrid, strings.Repeat(dash, max(p.width-l.used, 0)), max(p.width-l.used, 0))
	p.add(l)
}
