package ui

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
)

// footer is the last row: the filter while it is typed, the answer to the last
// key for a while, else the keys that can act now. What is asked comes before an answer.
func (a *App) footer() string {
	l := a.line(a.width)
	l.space(1)
	switch {
	case a.prompt != nil:
		a.putPrompt(l)
		return l.end()
	case a.silencing != nil:
		a.putSilencing(l)
		return l.end()
	case a.notice != nil && a.clearing == nil:
		l.put(RoleAccent, truncateMiddle(l.safe(a.notice.text), a.width-2, l.ellipsis()))
		return l.end()
	}
	if a.screen.filter() != "" && !a.modal() {
		l.put(RoleWarn, "filter "+quote(a.screen.filter()))
		l.space(2)
	}
	var last []key.Binding
	if !a.modal() {
		last = []key.Binding{a.keys.Help, a.keys.Quit}
	}
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
	for _, b := range last {
		a.putKey(l, b)
	}
	return l.end()
}

// putSilencing asks for how long.
func (a *App) putSilencing(l *line) {
	answers := a.keys.silences()
	no := footerKey(a.keys.Back, "esc", "no")
	room := l.width - l.used - a.keyWidth(no)
	for _, s := range answers {
		room -= a.keyWidth(s.key)
	}
	if room >= cells("silence ") {
		l.put(RoleAccent, "silence ")
		room -= cells("silence ")
	}
	if name := a.silencing.name; room > 6 {
		l.column(RoleTitle, name, min(cells(name), room-2), false)
		l.space(2)
	}
	for _, s := range answers {
		a.putKey(l, s.key)
	}
	a.putKey(l, no)
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

// firstKeys is how many keys of a screen come before the rest of a player's.
const firstKeys = 4

// activeKeys are the keys that do something in the present state, the most
// useful first.
func (a *App) activeKeys() keyList {
	k := &a.keys
	if a.helping {
		list := keyList{footerKey(k.Back, "esc", "close")}
		list.add(a.helpMore > 0, footerKey(k.Down, "↓", strconv.Itoa(a.helpMore)+" more lines"))
		list.add(a.helpTop > 0, footerKey(k.Up, "↑", "up"))
		return list
	}
	if a.clearing != nil {
		return a.clearKeys()
	}
	var list keyList
	most, others := a.playerKeys()
	list.add(a.canRetry(), k.Retry)
	list.add(true, most...)
	own := a.screen.activeKeys()
	first := min(len(own), firstKeys)
	list.add(true, own[:first]...)
	list.add(true, others...)
	list.add(a.session.Player != nil && a.canNote(), k.Note)
	list.add(true, own[first:]...)
	list.add(a.opts.Recorder != nil && !a.recorded.On, footerKey(k.Record, "r", "record"))
	list.add(a.opts.Recorder != nil && a.recorded.On, footerKey(k.Record, "r", "end the recording"))
	list.add(a.session.Player == nil && a.canNote(), k.Note)
	list.add(a.hasMarks() && a.screen != screen(a.marks), footerKey(k.MarksScreen, "6", "notes"))
	list.add(a.opts.Export != nil && a.screen.subject().Device != "", footerKey(k.Export, "e", "export"))
	list.add(a.canClear() && (a.screen != screen(a.devices) || !a.devices.keeps()), footerKey(k.Clear, "c", "clear retained"))
	return list
}

// arrowKey is a pair of keys of a list that has h and l beside the arrows, which a
// recorded session has for itself.
func (a *App) arrowKey(b key.Binding, does string) key.Binding {
	if a.session.Player != nil {
		return footerKey(b, "h l", does)
	}
	return footerKey(b, "←→", does)
}
