package ui

import "charm.land/bubbles/v2/key"

// keyMap is the one table of keys: the footer, the help screen and the README
// come from it. The order is the order of the help screen.
type keyMap struct {
	Up, Down, PageUp, PageDown, First, Last key.Binding
	Fold, Unfold, FoldAll, UnfoldAll        key.Binding
	Filter, Order, Star                     key.Binding
	Detail, Pane                            key.Binding
	CursorLeft, CursorRight                 key.Binding
	Shorter, Longer, Overlay, Raw           key.Binding
	Pause, CopyValue, CopyTopic, Retry      key.Binding
	Back, Help, Suspend, Quit, Interrupt    key.Binding
}

func newKeyMap() keyMap {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return keyMap{
		Up:          bind("↑ k", "line up", "up", "k"),
		Down:        bind("↓ j", "line down", "down", "j"),
		PageUp:      bind("PgUp", "page up", "pgup", "ctrl+b", "ctrl+u"),
		PageDown:    bind("PgDn", "page down", "pgdown", "ctrl+f", "ctrl+d"),
		First:       bind("g", "first line", "g", "home"),
		Last:        bind("G", "last line", "G", "end"),
		Fold:        bind("← h", "fold the device", "left", "h"),
		Unfold:      bind("→ l", "unfold the device", "right", "l"),
		FoldAll:     bind("H", "fold all", "H"),
		UnfoldAll:   bind("L", "unfold all", "L"),
		Filter:      bind("/", "filter", "/"),
		Order:       bind("o", "order: name, state, age, rate", "o"),
		Star:        bind("s", "star: the device comes first", "s"),
		Detail:      bind("enter", "detail", "enter"),
		Pane:        bind("tab", "into the detail pane and back", "tab"),
		CursorLeft:  bind("←", "read the chart further left", "left", "h"),
		CursorRight: bind("→", "read the chart further right", "right", "l"),
		Shorter:     bind("[", "shorter time range", "[", "+"),
		Longer:      bind("]", "longer time range", "]", "-"),
		Overlay:     bind("m", "keep this metric in the chart, to compare", "m"),
		Raw:         bind("x", "payload as text, JSON tree, hex", "x"),
		Pause:       bind("space", "pause the screen; nothing is lost", "space"),
		CopyValue:   bind("y", "copy the value", "y"),
		CopyTopic:   bind("Y", "copy the topic", "Y"),
		Retry:       bind("R", "connect now", "R"),
		Back:        bind("esc", "one step back", "esc"),
		Help:        bind("?", "help", "?"),
		Suspend:     bind("ctrl+z", "suspend", "ctrl+z"),
		Quit:        bind("q", "quit", "q"),
		Interrupt:   bind("ctrl+c", "quit, always", "ctrl+c"),
	}
}

// keyGroup is a heading of the help screen with its keys.
type keyGroup struct {
	name string
	keys []key.Binding
}

func (k *keyMap) groups() []keyGroup {
	return []keyGroup{
		{"Move", []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.First, k.Last}},
		{"Devices", []key.Binding{k.Fold, k.Unfold, k.FoldAll, k.UnfoldAll, k.Filter, k.Order, k.Star}},
		{"Detail", []key.Binding{k.Detail, k.Pane, k.CursorLeft, k.CursorRight, k.Shorter, k.Longer, k.Overlay, k.Raw}},
		{"Everywhere", []key.Binding{k.Pause, k.CopyValue, k.CopyTopic, k.Retry, k.Back, k.Help, k.Suspend, k.Quit, k.Interrupt}},
	}
}
