package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"labtop/model"
	"labtop/safetext"
)

// handleKey sorts a key out: what always works, then the mode that is on, then
// what works on every screen, then what acts on what it shows.
func (a *App) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &a.keys
	a.notice = nil // it was the answer to the key before
	switch {
	case key.Matches(msg, k.Interrupt):
		a.stopped = true
		return tea.Quit
	case key.Matches(msg, k.Suspend):
		return tea.Suspend
	case len(a.held) > 0: // it is not before its turn
		a.held = append(a.held, msg)
		return nil
	case a.prompt != nil:
		return a.handlePromptKey(msg)
	case a.helping:
		return a.handleHelpKey(msg)
	case a.silencing != nil:
		return a.handleSilenceKey(msg)
	case a.clearing != nil:
		return a.handleClearKey(msg)
	case key.Matches(msg, k.Quit):
		return tea.Quit
	case key.Matches(msg, k.Help):
		a.helping, a.helpTop = true, 0
		return nil
	case key.Matches(msg, k.DevicesScreen):
		return a.show(a.devices)
	case key.Matches(msg, k.TopicsScreen):
		return a.show(a.topics)
	case key.Matches(msg, k.AlertsScreen):
		return a.show(a.alerts)
	case key.Matches(msg, k.BrokerScreen):
		return a.show(a.broker)
	case key.Matches(msg, k.LogScreen):
		return a.show(a.log)
	case key.Matches(msg, k.MarksScreen):
		return a.show(a.marks)
	}
	if cmd, ok := a.handleRewindKey(msg); ok {
		return cmd
	}
	if cmd, ok := a.handlePlayerKey(msg); ok {
		return cmd
	}
	switch {
	case a.waits(msg):
		a.held = append(a.held, msg)
		return nil
	case key.Matches(msg, k.Pause):
		return a.togglePause()
	case key.Matches(msg, k.CopyValue), key.Matches(msg, k.CopyTopic):
		return a.copy(key.Matches(msg, k.CopyTopic))
	case key.Matches(msg, k.Record):
		return a.toggleRecording()
	case key.Matches(msg, k.Note):
		return a.askNote()
	case key.Matches(msg, k.Export):
		return a.export()
	case key.Matches(msg, k.Clear):
		return a.startClear()
	case key.Matches(msg, k.Retry):
		return a.retry()
	case key.Matches(msg, k.Filter):
		return a.startFilter()
	}
	return a.screen.handleKey(msg)
}

func (a *App) togglePause() tea.Cmd {
	a.paused = !a.paused
	a.pausedAt = a.live.Counters.Messages
	a.seeReach()
	return a.read()
}

// handleStill takes a key on a screen whose page stands still while it is paused, and so
// does what is on it.
func (a *App) handleStill(msg tea.KeyPressMsg) tea.Cmd {
	if key.Matches(msg, a.keys.Back) {
		return a.togglePause()
	}
	return nil
}

// stillKeys are the keys that act on such a screen.
func (a *App) stillKeys(canCopy bool) keyList {
	var list keyList
	list.add(true, footerKey(a.keys.Pause, "space", "go on"))
	list.add(a.canRewind(), footerKey(a.keys.Rewind, "←", "back"))
	list.add(canCopy, footerKey(a.keys.CopyValue, "y", "copy"))
	return list
}

// copy puts the value or the topic under the cursor on the clipboard of the
// terminal (OSC 52). A value is made safe: it may be pasted into a shell. A topic is
// copied byte for byte, as it is needed to be used.
func (a *App) copy(topic bool) tea.Cmd {
	text, topicText, ok := a.screen.chosen()
	if !ok {
		return nil
	}
	what := "value"
	if topic {
		text, what = topicText, "topic"
	}
	a.say("copied the " + what + " " + quote(safetext.Name(text)))
	return tea.Raw(ansi.SetSystemClipboard(text))
}

// canRetry says whether connecting at once makes sense now.
func (a *App) canRetry() bool {
	return a.opts.Retry != nil && a.session.Player == nil && a.live.Connection.State == model.Waiting
}

func (a *App) retry() tea.Cmd {
	if !a.canRetry() {
		return nil
	}
	retry := a.opts.Retry
	return func() tea.Msg {
		retry()
		return nil
	}
}

func (a *App) handleHelpKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &a.keys
	switch {
	case key.Matches(msg, k.Help), key.Matches(msg, k.Back), key.Matches(msg, k.Quit):
		a.helping = false
		return nil
	}
	lines, _ := k.lines(msg, a.height-3)
	a.helpTop += lines
	return nil
}

// modal says whether something else is shown, or asked, than the screen.
func (a *App) modal() bool { return a.helping || a.silencing != nil || a.clearing != nil }

// wheelLines is how far one notch of the mouse wheel moves.
const wheelLines = 3

func (a *App) handleWheel(msg tea.MouseWheelMsg) tea.Cmd {
	if a.modal() {
		return nil
	}
	switch msg.Button {
	case tea.MouseWheelUp:
		return a.screen.moveBy(-wheelLines)
	case tea.MouseWheelDown:
		return a.screen.moveBy(wheelLines)
	}
	return nil
}

func (a *App) handleClick(msg tea.MouseClickMsg) tea.Cmd {
	if a.modal() {
		return nil
	}
	if cmd, ok := a.clickBar(msg.X, msg.Y); ok {
		return cmd
	}
	return a.screen.click(msg.X, msg.Y-1-len(a.bandRows()))
}

// handleMotion follows the mouse along the timeline while its button is down.
func (a *App) handleMotion(msg tea.MouseMotionMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft || a.modal() {
		return nil
	}
	cmd, _ := a.clickBar(msg.X, msg.Y)
	return cmd
}
