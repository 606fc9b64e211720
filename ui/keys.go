package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keyMap is the one table of keys: the footer, the help screen and the README
// come from it. The order is the order of the help screen.
type keyMap struct {
	DevicesScreen, TopicsScreen             key.Binding
	AlertsScreen, Topic                     key.Binding
	BrokerScreen, LogScreen, MarksScreen    key.Binding
	Up, Down, PageUp, PageDown, First, Last key.Binding
	Fold, Unfold, FoldAll, UnfoldAll        key.Binding
	Filter, Order, Star                     key.Binding
	Detail, Pane                            key.Binding
	CursorLeft, CursorRight                 key.Binding
	Shorter, Longer, Overlay, Raw           key.Binding
	Acknowledge, Silence, Unsilence, Jump   key.Binding
	TenMinutes, OneHour, UntilResolved      key.Binding // the answers to Silence
	Pause, CopyValue, CopyTopic, Retry      key.Binding
	Live                                    key.Binding
	Record, Note, Export                    key.Binding
	Clear, Yes                              key.Binding
	Rewind, Forward, FarBack, FarOn         key.Binding
	Slower, Faster, StepMessage, StepDevice key.Binding
	AlertBefore, AlertNext                  key.Binding
	MarkBefore, MarkNext, GoTo, Loop        key.Binding
	Back, Help, Suspend, Quit, Interrupt    key.Binding
}

func newKeyMap() keyMap {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return keyMap{
		DevicesScreen: bind("1", "devices", "1"),
		TopicsScreen:  bind("2", "topics: the tree of them, with what came last", "2"),
		AlertsScreen:  bind("3", "alerts: what is wrong, and what was", "3"),
		BrokerScreen:  bind("4", "broker: our session, and its own health", "4"),
		LogScreen:     bind("5", "log: the stream of messages", "5"),
		MarksScreen:   bind("6", "notes; in a replay the alerts and gaps too", "6"),
		Up:            bind("↑ k", "line up", "up", "k"),
		Down:          bind("↓ j", "line down", "down", "j"),
		PageUp:        bind("PgUp", "page up", "pgup", "ctrl+b", "ctrl+u"),
		PageDown:      bind("PgDn", "page down", "pgdown", "ctrl+f", "ctrl+d"),
		First:         bind("g", "first line", "g", "home"),
		Last:          bind("G", "last line", "G", "end"),
		Fold:          bind("← h", "fold the device", "left", "h"),
		Unfold:        bind("→ l", "unfold the device", "right", "l"),
		FoldAll:       bind("H", "fold all", "H"),
		UnfoldAll:     bind("L", "unfold all", "L"),
		Filter:        bind("/", "filter: text, or topics with + and #", "/"),
		Order:         bind("o", "order: name, state, age, rate", "o"),
		Star:          bind("s", "star: the device comes first", "s"),
		Detail:        bind("enter", "detail", "enter"),
		Pane:          bind("tab", "into the detail pane and back", "tab"),
		CursorLeft:    bind("←", "read the chart further left", "left", "h"),
		CursorRight:   bind("→", "read the chart further right", "right", "l"),
		Shorter:       bind("[", "shorter time range", "[", "+"),
		Longer:        bind("]", "longer time range", "]", "-"),
		Overlay:       bind("m", "keep this metric in the chart, to compare", "m"),
		Raw:           bind("x", "payload as text, JSON tree, hex", "x"),
		Acknowledge:   bind("a", "acknowledge: seen, it wants nobody any more", "a"),
		Silence:       bind("z", "silence: 10 minutes, 1 hour, until resolved", "z"),
		Unsilence:     bind("Z", "unsilence: it may tell again", "Z"),
		Jump:          bind("d", "device: go to it", "d"),
		Topic:         bind("T", "topic: go to it in the tree", "T"),
		TenMinutes:    bind("m", "10 min", "1", "m"),
		OneHour:       bind("h", "1 hour", "2", "h"),
		UntilResolved: bind("r", "until resolved", "3", "r"),
		Rewind:        bind("←", "back", "left"),
		Forward:       bind("→", "on", "right"),
		FarBack:       bind("shift ←", "far back", "shift+left", "ctrl+left"),
		FarOn:         bind("shift →", "far on", "shift+right", "ctrl+right"),
		Slower:        bind("<", "slower", "<"),
		Faster:        bind(">", "faster", ">"),
		StepMessage:   bind("f", "step to the next message", "f"),
		StepDevice:    bind("F", "step to the next change of the device", "F"),
		AlertBefore:   bind("(", "to the alert before", "("),
		AlertNext:     bind(")", "to the next alert", ")"),
		MarkBefore:    bind("{", "to the note or gap before", "{"),
		MarkNext:      bind("}", "to the next note or gap", "}"),
		GoTo:          bind("t", "go to a time: 14:32, +90s, -5m, 50%", "t"),
		Loop:          bind("O", "loop: begin anew at the end", "O"),
		Live:          bind(".", "return to live, from a pause or from before", "."),
		Pause:         bind("space", "pause the screen; nothing is lost", "space"),
		Record:        bind("r", "record: begin a file, end it", "r"),
		Note:          bind("n", "note: keep a remark at this moment", "n"),
		Export:        bind("e", "export the metric or device as CSV", "e"),
		Clear:         bind("c", "clear retained: topic, or all of a device", "c"),
		Yes:           bind("y", "yes", "y"),
		CopyValue:     bind("y", "copy the value", "y"),
		CopyTopic:     bind("Y", "copy the topic", "Y"),
		Retry:         bind("R", "connect now", "R"),
		Back:          bind("esc", "one step back", "esc"),
		Help:          bind("?", "help", "?"),
		Suspend:       bind("ctrl+z", "suspend", "ctrl+z"),
		Quit:          bind("q", "quit", "q"),
		Interrupt:     bind("ctrl+c", "quit, always", "ctrl+c"),
	}
}

// keyGroup is a heading of the help screen with its keys.
type keyGroup struct {
	name string
	keys []key.Binding
}

// replayGroup names the keys of a recorded session.
const replayGroup = "Replay, and back from a pause"

// groups are the keys as the help screen lists them; pairs have one line.
func (k *keyMap) groups() []keyGroup {
	return []keyGroup{
		{"Screens", []key.Binding{k.DevicesScreen, k.TopicsScreen, k.AlertsScreen, k.BrokerScreen, k.LogScreen, k.MarksScreen}},
		{"Move", []key.Binding{
			k.Up, k.Down,
			footerKey(k.PageUp, "PgUp PgDn", "page up, page down"), footerKey(k.First, "g G", "first line, last line"),
		}},
		{"Devices", []key.Binding{
			footerKey(k.Fold, besideArrows, "fold the device, unfold it"), footerKey(k.FoldAll, "H L", "fold all, unfold all"),
			k.Filter, k.Order, k.Star, k.Topic,
		}},
		{"Topics", []key.Binding{
			footerKey(k.Fold, besideArrows, "fold, or go up; open"), footerKey(k.FoldAll, "H L", "fold all, open all"),
			footerKey(k.Detail, "enter", "open and fold; the whole payload"), footerKey(k.Jump, "d", "device: go to the topic's metric"),
		}},
		{"Alerts", []key.Binding{k.Acknowledge, k.Silence, k.Unsilence, k.Jump}},
		{"Detail", []key.Binding{
			k.Detail, k.Pane,
			footerKey(k.CursorLeft, besideArrows, "read the chart further left, right"), footerKey(k.Shorter, "[ ]", "shorter, longer time range"),
			k.Overlay, k.Raw,
		}},
		{replayGroup, []key.Binding{
			footerKey(k.Pause, "space", "pause, play on"),
			footerKey(k.Rewind, "← →", "back, on by about a hundredth"), footerKey(k.FarBack, "shift ← →", "back, on by about a tenth"),
			footerKey(k.Slower, "< >", "slower, faster: 0.1x to as fast as possible"),
			footerKey(k.StepMessage, "f F", "one message on, to the device's next change"),
			footerKey(k.AlertBefore, "( )", "to the alert before, to the next"), footerKey(k.MarkBefore, "{ }", "to the note or gap before, to the next"),
			k.GoTo, k.Loop, k.Live,
		}},
		{"Everywhere", []key.Binding{
			k.Pause, k.Record, k.Note, k.Export, k.Clear, footerKey(k.CopyValue, "y Y", "copy the value, the topic"),
			k.Retry, k.Back, k.Help, k.Suspend, k.Quit, k.Interrupt,
		}},
	}
}

// besideArrows are keys that have h and l beside the arrows, which a recorded session has
// for itself.
const besideArrows = "← → h l"

// farthest is a move that reaches either end of any list: how long the list is now need
// not have been read yet. Some of them added up do not overflow.
const farthest = 1 << 24

// lines is how many lines a moving key moves, on a screen of page lines; ok is false when
// the key moves nothing. It may be more than there are.
func (k *keyMap) lines(msg tea.KeyPressMsg, page int) (lines int, ok bool) {
	switch {
	case key.Matches(msg, k.Up):
		return -1, true
	case key.Matches(msg, k.Down):
		return 1, true
	case key.Matches(msg, k.PageUp):
		return -page, true
	case key.Matches(msg, k.PageDown):
		return page, true
	case key.Matches(msg, k.First):
		return -farthest, true
	case key.Matches(msg, k.Last):
		return farthest, true
	}
	return 0, false
}

// keyList is a list of keys for the footer.
type keyList []key.Binding

// add adds keys if they can act now.
func (l *keyList) add(when bool, b ...key.Binding) {
	if when {
		*l = append(*l, b...)
	}
}

// footerKey is a key as the footer writes it.
func footerKey(b key.Binding, shown, does string) key.Binding {
	b.SetHelp(shown, does)
	return b
}
