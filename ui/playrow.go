package ui

import (
	"fmt"
	"strconv"
)

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
