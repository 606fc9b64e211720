package ui

import (
	"strconv"
	"strings"

	"labtop/model"
)

// trouble says in one line what is wrong with the connection, empty when
// nothing is.
func (a *App) trouble() string {
	c := &a.live.Connection
	if a.played.Problem != "" {
		return a.played.Problem
	}
	switch silent := a.live.Source.Silent; {
	case c.State != model.Connected && c.Problem != "":
		return c.Problem
	case silent > 0:
		return "no answer for " + age(silent) + ": the broker or the network hangs"
	}
	var refused []string
	for _, s := range c.Subscriptions {
		if c.State == model.Connected && s.Refused() {
			refused = append(refused, s.Filter+": "+s.Error)
		}
	}
	if own := a.live.Source.Presence; own != "" {
		refused = append(refused, own)
	}
	return strings.Join(refused, "; ")
}

// bandRows are the rows below the header while there is trouble.
func (a *App) bandRows() []string {
	var rows []string
	if problem := a.trouble(); problem != "" {
		rows = a.bandRow(rows, problem, a.hint(), a.nextTry())
	}
	if r := &a.recorded; !r.On && r.Problem != "" {
		rows = a.bandRow(rows, "the recording has ended: "+r.Problem, "r begins another", "")
	}
	return rows
}

// hint says what to do about the trouble.
func (a *App) hint() string {
	switch c := &a.live.Connection; {
	case a.session.Player != nil:
		return "" // what was to be done was to be done then
	case a.live.Source.Silent > 0:
		return "labtop connects anew if it lasts; what is shown is the last that came"
	case c.State == model.Connected:
		return "" // the hint was about the connection, not about a filter
	default:
		return c.Hint
	}
}

// bandRow adds a row: what is wrong, what to do, and at the right what comes next. What
// to do has a row of its own where it does not fit beside.
func (a *App) bandRow(rows []string, problem, hint, next string) []string {
	l := a.line(a.width)
	l.space(1)
	l.glyph(RoleWarn, a.sign("▲", "!"), 1)
	l.space(1)
	room := a.width - l.used - cells(next) - 3
	l.column(RoleWarn, problem, min(cells(problem), room), false)
	beside := hint != "" && cells(problem)+cells(hint)+3 <= room
	if beside {
		l.put(RoleDim, " - "+hint)
	}
	l.space(a.width - l.used - cells(next) - 1)
	l.put(RoleDim, next)
	rows = append(rows, l.end())
	if hint != "" && !beside {
		l := a.line(a.width)
		l.space(3)
		l.column(RoleDim, hint, min(cells(hint), a.width-4), false)
		rows = append(rows, l.end())
	}
	return rows
}

// nextTry says when the next attempt to connect is.
func (a *App) nextTry() string {
	c := &a.live.Connection
	switch {
	case a.session.Player != nil:
		return ""
	case c.State == model.Waiting && a.opts.Retry != nil:
		return "next try in " + age(max(c.NextTry.Sub(a.live.Now), 0)) + ", R now"
	case c.State == model.Waiting:
		return "next try in " + age(max(c.NextTry.Sub(a.live.Now), 0))
	case c.State == model.Connecting && c.Attempts > 0:
		return "trying, attempt " + strconv.Itoa(c.Attempts+1)
	}
	return ""
}
