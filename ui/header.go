package ui

import (
	"strconv"
	"strings"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// header is the first row: the connection at the left, the figures at the
// right. What does not fit goes, the least important first.
func (a *App) header() string {
	l := a.line(a.width)
	l.gap(1)
	l.put(RoleBarStrong, "labtop")
	l.gap(2)
	sign, role := a.connectionSign()
	l.glyph(role, sign, 1)
	l.gap(1)

	source := a.source()
	figures := a.figures(a.width - l.used - min(cells(source), a.width/3) - 2)
	width := 0
	for _, f := range figures {
		width += cells(f.text) + 2
	}
	left := a.width - l.used - width - 1
	l.column(RoleBar, source, min(cells(source), left), false)
	left -= min(cells(source), left)
	if f := fitting(filterList(&a.live), left-3); f != "" {
		l.gap(2)
		l.put(RoleBarDim, f)
	}
	l.gap(a.width - l.used - width - 1)
	for _, f := range figures {
		l.gap(2)
		l.put(f.role, f.text)
	}
	l.gap(a.width - l.used)
	return l.end()
}

// source names the broker; of a recording its file, and when it was made.
func (a *App) source() string {
	if a.session.Player == nil {
		return a.session.Source
	}
	text := a.session.Source
	if start := a.played.Start; !start.IsZero() {
		text += ", recorded " + start.Local().Format("Jan 02 2006")
	}
	return text
}

func (a *App) connectionSign() (string, Role) {
	if a.session.Player != nil {
		return a.sign("◉", "@"), RoleBarGood
	}
	switch a.live.Connection.State {
	case model.Connected:
		return a.signs().online, RoleBarGood
	case model.Waiting:
		return a.signs().offline, RoleBarWarn
	}
	return a.sign("◌", "."), RoleBarWarn
}

// figures are the numbers of the header that fit in a width. Their widths
// change only when a number gets a digit more.
func (a *App) figures(width int) []hint {
	s := &a.live
	last := "--:--:--"
	if !s.LastMessage.IsZero() {
		last = clock(s.LastMessage, s.Now)
	}
	insecure := ""
	if s.Connection.Insecure {
		insecure = " INSECURE "
	}
	critical, warning := a.alertFigures()
	// In the order of importance.
	all := []hint{
		{RoleBadge, insecure},
		{RoleBarCritical, critical},
		{RoleBarWarn, warning},
		{RoleBarCritical, a.failing()},
		{RoleBarWarn, a.badges()},
		{RoleBar, count(s.Counters.Messages) + " messages"},
		{RoleBar, pad(perSec(s.PerSec), 4) + " msg/s"},
		{RoleBar, last},
		{RoleBarDim, a.deviceTally()},
	}
	// As they stand on the screen.
	places := []int{0, 8, 1, 2, 3, 4, 6, 5, 7}
	room := make([]bool, len(all))
	for i, f := range all {
		if f.text == "" {
			continue
		}
		if n := cells(f.text) + 2; n <= width {
			room[i] = true
			width -= n
		}
	}
	var shown []hint
	for _, i := range places {
		if room[i] {
			shown = append(shown, all[i])
		}
	}
	return shown
}

// pad right-aligns a text.
func pad(s string, width int) string {
	return strings.Repeat(" ", max(width-cells(s), 0)) + s
}

func (a *App) deviceTally() string {
	n := a.live.Tally.Devices
	switch n {
	case 0:
		return ""
	case 1:
		return "1 device"
	}
	return count(uint64(n)) + " devices"
}

// badges are what wants a look: a paused screen, devices that are away or
// silent, what was not kept.
func (a *App) badges() string {
	t, c := &a.live.Tally, &a.live.Counters
	var parts []string
	if a.paused {
		behind := c.Messages - a.pausedAt
		parts = append(parts, a.sign("‖", "||")+" paused, "+count(behind)+" behind")
	}
	if t.Offline > 0 {
		parts = append(parts, a.signs().offline+strconv.Itoa(t.Offline))
	}
	if t.Stale > 0 {
		parts = append(parts, a.signs().stale+strconv.Itoa(t.Stale))
	}
	for _, loss := range []struct {
		n    uint64
		text string
	}{
		{c.BrokerDropped, "dropped by the broker"},
		{c.Dropped + c.UntrackedMetrics, "not tracked"},
		{c.Truncated, "cut"},
		{c.Unread, "too large to read"},
		{c.Skipped, "left out"},
	} {
		if loss.n > 0 {
			parts = append(parts, count(loss.n)+" "+loss.text)
		}
	}
	return strings.Join(parts, " ")
}

// silentSubscription is how long a subscription may bring nothing before that
// is worth a word.
const silentSubscription = 10 * time.Second

// filterList lists the topic filters, the broker's own left out. Those that
// have brought nothing for a while, though others have, say so: a broker may
// grant a filter that its access rules forbid.
func filterList(status *model.Status) []string {
	c := &status.Connection
	tell := c.State == model.Connected && status.Counters.Messages > 0 && status.Now.Sub(c.Since) > silentSubscription
	var list []string
	for i, s := range c.Subscriptions {
		if brokersOwn(c, s) {
			continue
		}
		text := safetext.Clean(s.Filter)
		if tell && !s.Refused() && status.Received[i] == 0 {
			text += " (nothing received)"
		}
		list = append(list, text)
	}
	return list
}

// brokersOwn says whether a filter is for the broker's own topics, beside others.
func brokersOwn(c *model.Connection, s model.Subscription) bool {
	return strings.HasPrefix(s.Filter, "$SYS") && len(c.Subscriptions) > 1
}

// fitting joins as many of the texts as fit in a width, and says how many do
// not. It is empty when none does.
func fitting(list []string, width int) string {
	text := ""
	for i, item := range list {
		more := ""
		if rest := len(list) - i - 1; rest > 0 {
			more = " +" + strconv.Itoa(rest)
		}
		next := strings.TrimPrefix(text+" "+item, " ")
		if cells(next+more) > width {
			if text == "" {
				return ""
			}
			return text + " +" + strconv.Itoa(len(list)-i)
		}
		text = next
	}
	return text
}

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
	return strings.Join(refused, "; ")
}

// bandRows are the rows below the header while there is trouble: what is wrong,
// when the next attempt is, and what to do, in a row of its own where it does
// not fit beside.
func (a *App) bandRows() []string {
	problem := a.trouble()
	if problem == "" {
		return nil
	}
	c := &a.live.Connection
	hint := c.Hint
	switch {
	case a.session.Player != nil:
		hint = "" // what to do was to be done then
	case a.live.Source.Silent > 0:
		hint = "labtop connects anew if it lasts; what is shown is the last that came"
	case c.State == model.Connected:
		hint = "" // the hint was about the connection, not about a filter
	}
	next := a.nextTry()
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
	rows := []string{l.end()}
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
