package ui

import (
	"math"
	"slices"

	"labtop/alerts"
	"labtop/ui/plot"
)

// The timeline of a recorded session, above the footer of every screen. The rules are:
//
//   - On a high screen it has three rows: how it plays, the marks, and how many
//     messages came when. On a low one the marks stand among the messages, and on a
//     very low one there is only the first row.
//   - A cell that several marks share shows the one that matters most.
//   - What lasts, a gap and a lost connection, is drawn as long as it lasted.

// lowScreen is the height below which there is no room for the messages.
const lowScreen = 14

// barHeight is how many rows the timeline has: none when the session is live.
func (a *App) barHeight() int {
	switch {
	case a.session.Player == nil:
		return 0
	case a.height < lowScreen:
		return 1
	case a.height < belowHeight:
		return 2
	}
	return 3
}

// barRows draws the timeline.
func (a *App) barRows() []string {
	height := a.barHeight()
	if height == 0 {
		return nil
	}
	rows := []string{a.playRow()}
	t := a.track()
	density, marks := a.densityCells(t.width), a.markCells(t)
	switch height {
	case 2:
		for i, c := range marks {
			if c.sign != "" {
				density[i] = c
			}
		}
		rows = append(rows, a.trackRow(t, density, true))
	case 3:
		rows = append(rows, a.trackRow(t, a.labelled(marks), false), a.trackRow(t, density, true))
	}
	return rows
}

// trackCell is one cell of the timeline: a sign of the program's own, or a character of
// a text that was made safe; "" for nothing.
type trackCell struct {
	role Role
	sign string
}

// trackRow draws cells between the times of the session's ends.
func (a *App) trackRow(t track, drawn []trackCell, ends bool) string {
	l := a.line(a.width)
	l.space(1)
	if ends {
		l.put(RoleDim, a.played.startText())
	}
	l.space(t.left - l.used)
	at := t.cell(&a.played.Playback, a.played.At)
	for i, c := range drawn {
		switch {
		case i == at && ends:
			l.glyph(RoleTitle, a.sign("┃", "|"), 1)
		case c.sign == "":
			l.space(1)
		default:
			l.glyph(c.role, c.sign, 1)
		}
	}
	if ends {
		l.space(1)
		l.put(RoleDim, a.played.endText())
	}
	return l.end()
}

// densityCells are how many messages came: what was played in the accent's colour.
func (a *App) densityCells(width int) []trackCell {
	drawn := make([]trackCell, width)
	p := &a.played
	at, known := track{width: width}.cell(&p.Playback, p.At), len(p.timeline.Density)
	if known == 0 {
		return drawn
	}
	columns, most := make([]plot.Column, width), 0.0
	for i := range columns {
		from := i * known / width
		to := max((i+1)*known/width, from+1)
		// The root, so that a burst does not flatten the rest.
		v := math.Sqrt(float64(slices.Max(p.timeline.Density[from:to])))
		columns[i] = plot.Column{Min: v, Max: v, Last: v, N: 1}
		most = max(most, v)
	}
	for i, sign := range []rune(string(plot.Sparkline(nil, columns, 0, most, a.opts.ASCII))) {
		role := RoleDim
		if i < at {
			role = RoleAccent
		}
		if columns[i].Last > 0 {
			drawn[i] = trackCell{role, string(sign)}
		}
	}
	return drawn
}

// markCells are the marks at their places.
func (a *App) markCells(t track) []trackCell {
	drawn, ranks := make([]trackCell, t.width), make([]int, t.width)
	put := func(i, rank int, c trackCell) {
		if rank > ranks[i] {
			drawn[i], ranks[i] = c, rank
		}
	}
	p, signs := &a.played, a.signs()
	for i := range p.timeline.Marks {
		m := &p.timeline.Marks[i]
		sign, role := signs.mark(m)
		from := t.cell(&p.Playback, m.At)
		put(from, 2*m.rank(), trackCell{role, sign})
		if m.Until.IsZero() {
			continue
		}
		rest := sign
		if m.Kind == MarkLost {
			rest = a.sign("─", "-")
		}
		for i := from + 1; i <= t.cell(&p.Playback, m.Until); i++ {
			put(i, 2*m.rank()-1, trackCell{role, rest})
		}
	}
	return drawn
}

// rank orders marks by how much they matter; none is 0.
func (m *Mark) rank() int {
	switch {
	case m.Kind == MarkAlert && m.Severity == alerts.Critical:
		return 5
	case m.Kind == MarkNote:
		return 4
	case m.Kind == MarkAlert:
		return 3
	case m.Kind == MarkGap:
		return 2
	}
	return 1
}

// mark is the sign of a mark.
func (s *signs) mark(m *Mark) (string, Role) {
	switch {
	case m.Kind == MarkAlert && m.Severity == alerts.Critical:
		return s.critical, RoleCritical
	case m.Kind == MarkAlert:
		return s.warning, RoleWarn
	case m.Kind == MarkNote:
		return s.note, RoleTitle
	case m.Kind == MarkGap:
		return s.gap, RoleWarn
	}
	return s.offline, RoleWarn
}

// maxLabel is how many characters of a note stand beside its mark.
const maxLabel = 32

// labelled writes notes behind their marks where there is room.
func (a *App) labelled(drawn []trackCell) []trackCell {
	p, signs := &a.played, a.signs()
	t := track{width: len(drawn)}
	l := a.line(maxLabel)
	for i := range p.timeline.Marks {
		m := &p.timeline.Marks[i]
		at := t.cell(&p.Playback, m.At)
		if sign, _ := signs.mark(m); m.Kind != MarkNote || drawn[at].sign != sign {
			continue
		}
		room := 0
		for at+1+room < len(drawn) && drawn[at+1+room].sign == "" {
			room++
		}
		text := l.safe(m.Text)
		if room = min(room-2, maxLabel); room < 4 || !oneCellEach(text) {
			continue
		}
		for i, r := range []rune(truncate(text, room, l.ellipsis())) {
			drawn[at+2+i] = trackCell{RoleDim, string(r)}
		}
		drawn[at+1] = trackCell{RoleDim, " "}
	}
	return drawn
}

// oneCellEach says whether each character of a text fits a cell of its own: none is
// wide, and none is a mark on the one before.
func oneCellEach(text string) bool {
	for _, r := range text {
		if runeCells(r) != 1 {
			return false
		}
	}
	return true
}
