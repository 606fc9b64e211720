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
	if a.session.Player != nil {
		word := "replay"
		if a.back != nil {
			word = "rewound"
		}
		l.put(RoleBarGood, word)
	} else {
		sign, role := a.connectionSign()
		l.glyph(role, sign, 1)
	}
	l.gap(1)

	figures := a.figures(a.width - l.used - min(cells(a.source(a.width)), a.width/3) - 2)
	width := 0
	for _, f := range figures {
		width += cells(f.text) + 2
	}
	left := a.width - l.used - width - 1
	source := a.source(left)
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

// source names the broker; of a recording its file and, where there is room, when it was
// made.
func (a *App) source(room int) string {
	if a.session.Player == nil || a.back != nil {
		if b := a.live.Connection.Broker; b != "" { // one of several, perhaps
			return safetext.Clean(b)
		}
		return a.session.Source
	}
	text, start := a.session.Source, a.played.Start
	if start.IsZero() {
		return text
	}
	made := start.Local().Format("Jan 02 2006")
	for _, whole := range []string{text + ", recorded " + made, text + ", " + made} {
		if cells(whole) <= room {
			return whole
		}
	}
	return text
}

func (a *App) connectionSign() (string, Role) {
	switch a.live.Connection.State {
	case model.Connected:
		return a.signs().online, RoleBarGood
	case model.Waiting:
		return a.signs().offline, RoleBarWarn
	}
	return a.sign("◌", "."), RoleBarWarn
}

// figures are the numbers of the header that fit in a width. Their widths
// change only when a number gets a digit more, or is one no longer.
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
		{RoleBarStrong, a.recordingFigure()},
		{RoleBarCritical, a.failing()},
		{RoleBarWarn, a.badges()},
		{RoleBarWarn, silentFilters(s)},
		{RoleBarDim, a.recordingFile()},
		{RoleBar, counted(s.Counters.Messages, "message")},
		{RoleBar, pad(perSec(s.PerSec), 4) + " msg/s"},
		{RoleBar, last},
		{RoleBarDim, a.deviceTally()},
	}
	// As they stand on the screen.
	places := []int{0, 11, 3, 7, 6, 1, 2, 4, 5, 9, 8, 10}
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
	if n := a.live.Tally.Devices; n > 0 {
		return counted(n, "device")
	}
	return ""
}

// badges are what wants a look: a paused screen, devices that are away or
// silent, what was not kept.
func (a *App) badges() string {
	t := &a.live.Tally
	var parts []string
	if behind := a.behind(); behind != "" {
		parts = append(parts, behind)
	}
	if t.Offline > 0 {
		parts = append(parts, a.signs().offline+strconv.Itoa(t.Offline))
	}
	if t.Stale > 0 {
		parts = append(parts, a.signs().stale+strconv.Itoa(t.Stale))
	}
	return strings.Join(append(parts, a.losses(&a.live)...), " ")
}

// losses are what was lost or left out, and how much of it.
func (a *App) losses(status *model.Status) (parts []string) {
	c := &status.Counters
	for _, loss := range []struct {
		n    uint64
		text string
	}{
		{c.BrokerDropped, "dropped by the broker"},
		{a.recorded.Lost, "lost by the recording"},
		{c.Dropped + c.UntrackedMetrics, "not tracked"},
		{c.Truncated, "cut"},
		{c.Unread, "too large to read"},
		{c.Skipped, "left out"},
	} {
		if loss.n > 0 {
			parts = append(parts, count(loss.n)+" "+loss.text)
		}
	}
	return parts
}

// silentSubscription is how long a subscription may bring nothing before that
// is worth a word.
const silentSubscription = 10 * time.Second

// filterList lists the topic filters, the broker's own left out.
func filterList(status *model.Status) []string {
	var list []string
	for _, s := range status.Connection.Subscriptions {
		if !brokersOwn(&status.Connection, s) {
			list = append(list, safetext.Clean(s.Filter))
		}
	}
	return list
}

// silentFilters tells of filters that have brought nothing for a while, though others
// have: a broker may grant a filter that its access rules forbid.
func silentFilters(status *model.Status) string {
	const most = 20 // cells of a filter
	var silent []string
	receiving := false
	for i, s := range status.Connection.Subscriptions {
		if brokersOwn(&status.Connection, s) {
			continue
		}
		switch status.Filter(i) {
		case model.FilterSilent:
			silent = append(silent, safetext.Clean(s.Filter))
		case model.FilterReceiving:
			receiving = true
		}
	}
	switch {
	case !receiving || len(silent) == 0 || status.Now.Sub(status.Connection.Since) <= silentSubscription:
		return ""
	case len(silent) == 1:
		return truncate(silent[0], most, "…") + ": nothing received"
	}
	return strconv.Itoa(len(silent)) + " filters: nothing received"
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

// recordingFigure says how long it is recorded and how much that is, recordingFile to
// which file; both are empty when nothing is recorded.
func (a *App) recordingFigure() string {
	r, now := &a.recorded, a.live.Now
	if !r.On {
		return ""
	}
	if a.back != nil {
		now = a.played.now // what is recorded is not the past
	}
	return a.sign("●", "@") + " rec " + span(max(now.Sub(r.Since), 0).Truncate(time.Second)) + " " + size(r.Bytes)
}

func (a *App) recordingFile() string {
	if !a.recorded.On {
		return ""
	}
	return a.recorded.File
}
