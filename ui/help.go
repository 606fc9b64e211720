package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"labtop/alerts"
)

// helpRows draws the help screen: the table of keys and what the signs mean.
func (a *App) helpRows(height int) []string {
	lines := a.helpText()
	a.helpTop = max(min(a.helpTop, len(lines)-height), 0)
	a.helpMore = max(len(lines)-height-a.helpTop, 0)
	rows := make([]string, 0, height)
	for i := range height {
		l := a.line(a.width)
		if j := a.helpTop + i; j < len(lines) {
			l.space(2)
			for _, part := range lines[j] {
				if part.width > 0 {
					l.cell(part.role, part.text, part.width)
				} else {
					l.put(part.role, part.text)
				}
			}
		}
		rows = append(rows, l.end())
	}
	return rows
}

type helpPart struct {
	role  Role
	text  string
	width int
}

// helpWidth is how wide a column of the help screen is at least.
const helpWidth = 53

// helpText lists the groups of keys, the signs and the bounds, in as many columns as
// there is room for, all of about the same height.
func (a *App) helpText() [][]helpPart {
	columns := max((a.width-4)/helpWidth, 1)
	width := (a.width - 4) / columns
	blocks := a.helpBlocks(width)
	rows := 0
	for _, b := range blocks {
		rows += len(b) + 1
	}
	stacks, column := make([][][]helpPart, columns), 0
	for _, b := range blocks {
		// A block goes where most of it is above the common height.
		if column < columns-1 && len(stacks[column])+len(b)/2 >= (rows+columns-1)/columns {
			column++
		}
		stacks[column] = append(append(stacks[column], b...), []helpPart{{RoleText, "", width}})
	}
	var lines [][]helpPart
	for i := 0; ; i++ {
		var parts []helpPart
		more := false
		for _, s := range stacks {
			if i < len(s) {
				parts, more = append(parts, s[i]...), true
			} else {
				parts = append(parts, helpPart{width: width})
			}
		}
		if !more {
			return lines[:max(len(lines)-1, 0)] // the last is blank
		}
		lines = append(lines, parts)
	}
}

// helpBlocks are what the help screen tells: each with a heading.
func (a *App) helpBlocks(width int) (blocks [][][]helpPart) {
	for _, g := range a.helpGroups() {
		block := [][]helpPart{{{RoleTitle, g.name, width}}}
		for _, b := range g.keys {
			if a.session.Player != nil && b.Help().Key == besideArrows {
				b = footerKey(b, "h l", b.Help().Desc)
			}
			block = append(block, []helpPart{{RoleAccent, "  " + a.keyName(b), 12}, {RoleText, b.Help().Desc, width - 12}})
		}
		blocks = append(blocks, block)
	}
	signs := [][]helpPart{{{RoleTitle, "Signs", width}}}
	for _, s := range a.legend() {
		signs = append(signs, []helpPart{{s.role, "  " + s.sign, 12}, {RoleText, s.text, width - 12}})
	}
	blocks = append(blocks, signs)
	bounds := [][]helpPart{{{RoleTitle, "Bounds, and what each has cost", width}}}
	for _, b := range a.bounds() {
		bounds = append(bounds, []helpPart{{RoleAccent, "  " + b.name, 12}, {RoleText, b.most, 24}, {b.role(), b.text(), width - 36}})
	}
	blocks = append(blocks, bounds)
	if rows := a.channelRows(width); rows != nil {
		blocks = append(blocks, rows)
	}
	return blocks
}

// helpGroups are the groups of keys. A recorded session's own come first, and what does
// nothing there is left out.
func (a *App) helpGroups() []keyGroup {
	k := &a.keys
	groups := k.groups()
	if a.session.Player == nil {
		return groups
	}
	none := keyList{k.Pause, k.Clear, k.Retry}
	none.add(a.back == nil, k.Live)
	none.add(a.opts.Recorder == nil, k.Record)
	for i := range groups {
		groups[i].keys = slices.DeleteFunc(groups[i].keys, func(b key.Binding) bool {
			return slices.ContainsFunc(none, func(n key.Binding) bool { return n.Help() == b.Help() })
		})
	}
	own := slices.IndexFunc(groups, func(g keyGroup) bool { return g.name == replayGroup })
	return slices.Concat(groups[own:own+1], groups[:own], groups[own+1:])
}

type legendEntry struct {
	role Role
	sign string
	text string
}

// legend explains the signs as they are drawn on this terminal.
func (a *App) legend() []legendEntry {
	s := a.signs()
	return []legendEntry{
		{RoleCritical, s.critical, "a critical alert fires"},
		{RoleWarn, s.warning, "a warning fires"},
		{RoleDim, s.quietCritical + " " + s.quietWarning, "one that is pending, acknowledged or silenced"},
		{RoleAccent, s.online, "online"},
		{RoleWarn, s.offline, "offline: by its own word or its last will"},
		{RoleWarn, s.stale, "silent for three of its intervals"},
		{RoleDim, s.asleep, "asleep"},
		{RoleDim, s.unknown, "not known whether it is online"},
		{RoleWarn, s.noReading, "no reading (nan, garbled): the last is shown"},
		{RoleDim, "0 1 2", "QoS of the last message"},
		{RoleDim, "R", "retained: stored, aged as its payload tells"},
		{RoleDim, "D", "a message of the topic came twice (DUP)"},
		{RoleText, s.star, "starred"},
		{RoleDim, s.up + " " + s.down + " " + s.both, "the list goes on above, below, both"},
	}
}

// bound is a limit, and how often it was reached.
type bound struct {
	name, most string
	cost       uint64
	costs      string
}

func (b bound) text() string { return count(b.cost) + " " + b.costs }

func (b bound) role() Role {
	if b.cost > 0 {
		return RoleWarn
	}
	return RoleDim
}

// bounds are the limits of memory with their exact costs so far.
func (a *App) bounds() []bound {
	limits, c, s := a.session.Store.Limits(), &a.live.Counters, &a.live
	of := func(used int, most int) string { return count(used) + " of " + count(most) }
	list := []bound{
		{"topics", of(s.Tally.Topics, limits.Topics), c.Dropped, "messages not tracked"},
		{"metrics", of(s.Tally.Metrics, limits.Metrics), c.UntrackedMetrics, "readings not tracked"},
		{"history", size(limits.HistoryBytes), c.Evicted, "readings forgotten"},
		{"log", of(int(s.LogKept), limits.Recent), s.LogGone, "older messages gone"},
	}
	if c := &a.alarm.counts; a.session.Alerts != nil {
		list = append(list, bound{"alerts", of(int(c.Transitions-c.Gone), alerts.DefaultLog), c.Gone, "older steps gone"})
		if c.Unwatched > 0 {
			list = append(list, bound{"rules", "", c.Unwatched, "series not watched"})
		}
	}
	if a.opts.MaxPayload > 0 {
		list = append(list, bound{"payload", size(a.opts.MaxPayload), c.Truncated, "cut"})
	}
	if c.Shortened > 0 {
		list = append(list, bound{"texts", size(int64(limits.TextBytes)), c.Shortened, "shortened"})
	}
	if a.opts.MaxRead > 0 {
		list = append(list, bound{"JSON", size(int64(a.opts.MaxRead)), c.Unread, "too large to read"})
	}
	if a.opts.MaxValues > 0 {
		list = append(list, bound{"values", count(a.opts.MaxValues) + " of a payload", c.Skipped, "left out"})
	}
	if a.opts.Queue > 0 {
		list = append(list, bound{"queue", counted(a.opts.Queue, "message"), s.Source.Stalls, "waits; nothing lost"})
	}
	return list
}

// KeyTable is the table of keys in Markdown, for the README.
func KeyTable() string {
	keys := newKeyMap()
	var b strings.Builder
	b.WriteString("| key | does |\n| --- | --- |\n")
	for _, g := range keys.groups() {
		for _, k := range g.keys {
			b.WriteString("| `" + strings.ReplaceAll(k.Help().Key, "|", "\\|") + "` | " + k.Help().Desc + " |\n")
		}
	}
	return b.String()
}
