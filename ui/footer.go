package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
)

// footer is the last row: the filter while it is typed, the answer to the last
// key for a while, else the keys that can act now.
func (a *App) footer() string {
	l := a.line(a.width)
	l.space(1)
	switch {
	case a.filtering:
		l.put(RoleAccent, "filter ")
		text := []rune(a.input.Value())
		l.put(RoleTitle, string(text[:a.input.Position()]))
		l.glyph(RoleAccent, a.sign("▏", "_"), 1)
		l.put(RoleTitle, string(text[a.input.Position():]))
		l.put(RoleDim, "  enter keep  esc clear  wildcards + and # work")
		return l.end()
	case a.notice.text != "" && a.live.Now.Before(a.notice.until):
		l.put(RoleAccent, a.notice.text)
		return l.end()
	}
	if a.order.Filter != "" && !a.helping {
		l.put(RoleWarn, "filter "+quote(a.order.Filter))
		l.space(2)
	}
	last := []key.Binding{a.keys.Help, a.keys.Quit}
	room := a.width - l.used
	for _, b := range last {
		room -= a.keyWidth(b)
	}
	for _, b := range a.activeKeys() {
		if n := a.keyWidth(b); n <= room {
			a.putKey(l, b)
			room -= n
		}
	}
	if !a.helping {
		for _, b := range last {
			a.putKey(l, b)
		}
	}
	return l.end()
}

func (a *App) keyWidth(b key.Binding) int {
	return cells(a.keyName(b)) + 1 + cells(shortHelp(b)) + 2
}

func (a *App) putKey(l *line, b key.Binding) {
	l.put(RoleAccent, a.keyName(b))
	l.space(1)
	l.put(RoleDim, shortHelp(b))
	l.space(2)
}

// keyName is how a key is written; arrows have words on plain terminals.
func (a *App) keyName(b key.Binding) string {
	name := b.Help().Key
	if a.opts.ASCII {
		name = strings.NewReplacer("↑↓", "up/down", "←→", "left/right", "↑", "up", "↓", "down", "←", "left", "→", "right").Replace(name)
	}
	return name
}

// shortHelp is the first words of what a key does, for the footer.
func shortHelp(b key.Binding) string {
	text := b.Help().Desc
	for i, c := range text {
		if c == ':' || c == ';' || c == ',' {
			return text[:i]
		}
	}
	return text
}

// activeKeys are the keys that do something in the present state, the most
// useful first.
func (a *App) activeKeys() []key.Binding {
	k := &a.keys
	short := func(b key.Binding, shown, does string) key.Binding {
		b.SetHelp(shown, does)
		return b
	}
	if a.helping {
		return []key.Binding{short(k.Back, "esc", "close"), short(k.Down, "↑↓", "scroll")}
	}
	var list []key.Binding
	add := func(when bool, b ...key.Binding) {
		if when {
			list = append(list, b...)
		}
	}
	lines := a.page.Total > 0
	metric := a.chosenMetric() != nil
	if a.paused {
		add(true, short(k.Pause, "space", "go on"))
		add(metric, short(k.CopyValue, "y", "copy"))
		return list
	}
	add(a.canRetry(), k.Retry)
	onDetail := a.onDetail()
	add(onDetail, short(k.Back, "esc", "back"))
	add(lines, short(k.Down, "↑↓", "move"))
	if onDetail {
		chart := a.page.Detail != nil && len(drawn(a.page.Detail)) > 0
		add(chart, short(k.CursorLeft, "←→", "read the chart"), short(k.Shorter, "[ ]", "range"))
		add(lines, short(k.Raw, "x", "payload"))
	} else {
		add(lines, short(k.Fold, "←→", "fold"))
		add(lines, k.Detail)
		add(lines || a.order.Filter != "", k.Filter)
		add(a.order.Filter != "" || len(a.detail.overlay) > 0, short(k.Back, "esc", "clear"))
		add(a.page.Shown > 1, short(k.Order, "o", "order"))
		add(lines, short(k.Star, "s", "star"))
	}
	add(metric, short(k.Overlay, "m", "compare"))
	add(lines, short(k.Pause, "space", "pause"))
	add(metric, short(k.CopyValue, "y", "copy"))
	add(!onDetail && !a.zoomed && a.layout().paneHeight > 0 && lines, short(k.Pane, "tab", "pane"))
	return list
}
