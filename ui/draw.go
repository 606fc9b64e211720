package ui

import "strings"

// draw makes the picture that View returns: exactly as many rows as the screen
// has, each exactly as wide.
func (a *App) draw() {
	if a.width <= 0 || a.height <= 0 {
		a.frame = ""
		return
	}
	if a.width < minWidth || a.height < minHeight {
		a.frame = a.tooSmall()
		return
	}
	rows := make([]string, 0, a.height)
	rows = append(rows, a.header())
	rows = append(rows, a.bandRows()...)
	switch room := a.height - len(rows) - a.barHeight() - 1; {
	case a.helping:
		rows = append(rows, a.helpRows(room)...)
	case a.clearing != nil:
		rows = append(rows, a.clearRows(room)...)
	default:
		rows = append(rows, a.screen.rows()...)
	}
	rows = append(rows, a.barRows()...)
	rows = append(rows, a.footer())
	a.frame = strings.Join(rows, "\n")
}

func (a *App) line(width int) *line { return newLine(a.theme, width, a.opts.ASCII) }

func (a *App) blank(width int) string { return blanks[:max(width, 0)] }

// fill adds blank rows, or cuts, so that there are height rows.
func (a *App) fill(rows []string, width, height int) []string {
	for len(rows) < height {
		rows = append(rows, a.blank(width))
	}
	return rows[:height]
}

func (a *App) tooSmall() string {
	rows := make([]string, a.height)
	for i := range rows {
		l := a.line(a.width)
		switch i {
		case 0:
			l.put(RoleWarn, "labtop needs 40x8")
		case 1:
			l.put(RoleDim, "enlarge the window")
		case 2:
			l.put(RoleDim, "q quits")
		}
		rows[i] = l.end()
	}
	return strings.Join(rows, "\n")
}

// sign is one of the program's own signs, or its plain twin.
func (a *App) sign(sign, plain string) string {
	if a.opts.ASCII {
		return plain
	}
	return sign
}

// hint is a row of text with its role.
type hint struct {
	role Role
	text string
}

// hintRows draws hints where a list is empty.
func (a *App) hintRows(hints []hint, width int) []string {
	rows := make([]string, 0, len(hints))
	for _, h := range hints {
		row := a.line(width)
		row.space(signWidth)
		row.put(h.role, h.text)
		rows = append(rows, row.end())
	}
	return rows
}

func quote(s string) string { return "“" + s + "”" }
