package ui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

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

// track is where in its rows the timeline proper stands.
type track struct{ left, width int }

func (a *App) track() track {
	left := cells(a.played.startText()) + 2
	return track{left, max(a.width-left-cells(a.played.endText())-2, 1)}
}

// startText and endText are written at the ends of the timeline.
func (p *Playback) startText() string { return clock(p.Start, p.End) }

func (p *Playback) endText() string { return clock(p.End, p.Start) }

// length is how long the session is.
func (p *Playback) length() time.Duration { return max(p.End.Sub(p.Start), 0) }

// share is how much of the session is before a moment, 0 to 1.
func (p *Playback) share(at time.Time) float64 {
	if p.length() == 0 {
		return 0
	}
	return min(max(float64(at.Sub(p.Start))/float64(p.length()), 0), 1)
}

// cell is where on a track a moment is.
func (t track) cell(p *Playback, at time.Time) int {
	return min(int(p.share(at)*float64(t.width)), t.width-1)
}

// moment is the one that a cell of the screen stands for; ok is false beside the track.
func (t track) moment(p *Playback, x int) (at time.Time, ok bool) {
	if x -= t.left; x < 0 || x >= t.width {
		return at, false
	}
	if t.width == 1 {
		return p.Start, true
	}
	return p.Start.Add(time.Duration(float64(x) / float64(t.width-1) * float64(p.length()))), true
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

// playRow says how it plays, where, and what happened last.
func (a *App) playRow() string {
	p := &a.played
	l := a.line(a.width)
	l.space(1)
	sign, word, role := a.playWord()
	l.glyph(role, sign, 1)
	l.space(1)
	l.put(role, word)
	l.space(2)
	layout := "15:04:05"
	if !sameDay(p.Start, p.End) {
		layout = "Jan 02 15:04:05"
	}
	if !p.Playing {
		layout += ".000"
	}
	l.put(RoleTitle, p.At.Local().Format(layout))
	if a.session.glance() {
		a.putGlance(l)
		return l.end()
	}
	last := a.lastMark()
	lastWidth := 0
	if last != nil {
		lastWidth = min(cells(last.Text), 24) + len("00:00:00") + 5
	}
	item := func(role Role, text string) {
		if text != "" && cells(text)+2 <= a.width-l.used-lastWidth {
			l.space(2)
			l.put(role, text)
		}
	}
	if p.Loop {
		item(RoleAccent, a.sign("↻ ", "")+"loop")
	}
	item(RoleDim, span(max(p.At.Sub(p.Start), 0))+" of "+span(p.length()))
	if p.timeline.Partial {
		item(RoleDim, "reading the rest")
	}
	if last != nil {
		a.putMark(l, last)
	}
	return l.end()
}

// putGlance says that what is shown is a part, what it lacks, and when it is whole, in as
// many words as there is room for.
func (a *App) putGlance(l *line) {
	p, lacks := &a.played, a.session.Lacks
	stretch := clock(lacks.From, p.At) + " to " + clock(lacks.To, p.At)
	whole := ""
	if p.Left > 0 {
		whole = ", whole in " + span(p.Left)
	}
	for _, text := range []string{"counts, charts and alerts lack " + stretch + whole, "without " + stretch + whole, "a part" + whole, "a part"} {
		if cells(text)+2 <= l.width-l.used {
			l.space(2)
			l.put(RoleWarn, text)
			return
		}
	}
}

// putMark writes a mark at the right end of a row.
func (a *App) putMark(l *line, m *Mark) {
	signs := a.signs()
	sign, role := signs.mark(m)
	at := clock(m.At, a.played.At)
	room := l.width - l.used - cells(at) - 6
	if room < 6 {
		return
	}
	n := min(cells(m.Text), room)
	l.space(room - n + 2)
	l.glyph(role, sign, 1)
	l.space(1)
	l.put(RoleDim, at)
	l.space(1)
	l.column(RoleText, m.Text, n, false)
}

// lastMark is the last mark up to the present moment, nil when there is none.
func (a *App) lastMark() *Mark {
	marks := a.played.timeline.Marks
	if i := lastBefore(marks, a.played.At); i >= 0 {
		return &marks[i]
	}
	return nil
}

// playWord says in a sign and a word whether it plays.
func (a *App) playWord() (sign, word string, role Role) {
	p := &a.played
	speed := speedName(p.Speed)
	switch {
	case p.Seeking:
		return a.sign("»", ">"), fmt.Sprintf("seeking %2d %%", int(100*min(max(p.Progress, 0), 1))), RoleWarn
	case p.Playing:
		return a.sign("▶", ">"), "playing " + speed, RoleAccent
	case p.Ended:
		return a.sign("■", "#"), "the end " + speed, RoleDim
	}
	return a.sign("║", "="), "paused " + speed, RoleWarn
}

// speedName writes how many times as fast it plays.
func speedName(speed float64) string {
	if speed == 0 {
		return "max"
	}
	return strconv.FormatFloat(speed, 'g', 4, 64) + "x"
}
