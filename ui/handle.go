package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/safetext"
)

// handleKey sorts a key out: what always works, then the mode that is on, then
// the pane that has the focus, then the rest.
func (a *App) handleKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &a.keys
	switch {
	case key.Matches(msg, k.Interrupt):
		a.stopped = true
		return tea.Quit
	case key.Matches(msg, k.Suspend):
		return tea.Suspend
	case a.filtering:
		return a.handleFilterKey(msg)
	case a.helping:
		return a.handleHelpKey(msg)
	case key.Matches(msg, k.Quit):
		return tea.Quit
	case key.Matches(msg, k.Help):
		a.helping, a.helpTop = true, 0
		return nil
	case key.Matches(msg, k.Pause):
		return a.togglePause()
	case key.Matches(msg, k.CopyValue), key.Matches(msg, k.CopyTopic):
		return a.copy(key.Matches(msg, k.CopyTopic))
	case key.Matches(msg, k.Retry):
		return a.retry()
	case a.paused:
		if key.Matches(msg, k.Back) {
			return a.togglePause()
		}
		return nil
	}
	if a.onDetail() {
		if cmd, ok := a.handleDetailKey(msg); ok {
			return cmd
		}
	}
	return a.handleListKey(msg)
}

// onDetail says whether keys go to the detail.
func (a *App) onDetail() bool { return a.zoomed || a.inPane && a.layout().paneHeight > 0 }

func (a *App) handleListKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &a.keys
	page := max(a.layout().rows()-1, 1)
	switch {
	case key.Matches(msg, k.Up):
		return a.moveBy(-1)
	case key.Matches(msg, k.Down):
		return a.moveBy(1)
	case key.Matches(msg, k.PageUp):
		return a.moveBy(-page)
	case key.Matches(msg, k.PageDown):
		return a.moveBy(page)
	case key.Matches(msg, k.First):
		return a.moveBy(-a.page.Total)
	case key.Matches(msg, k.Last):
		return a.moveBy(a.page.Total)
	case key.Matches(msg, k.Fold):
		return a.fold(true)
	case key.Matches(msg, k.Unfold):
		return a.fold(false)
	case key.Matches(msg, k.FoldAll), key.Matches(msg, k.UnfoldAll):
		all := key.Matches(msg, k.FoldAll)
		return a.reorder(func(o *model.Order) { o.FoldAll, o.Folded = all, nil })
	case key.Matches(msg, k.Filter):
		a.filtering = true
		a.input.SetValue(a.order.Filter)
		a.input.CursorEnd()
		_ = a.input.Focus()
		return nil
	case key.Matches(msg, k.Order):
		return a.reorder(func(o *model.Order) { o.Sort = o.Sort.Next() })
	case key.Matches(msg, k.Star):
		return a.star()
	case key.Matches(msg, k.Detail):
		a.zoomed = a.page.Key.Device != ""
		a.chosen = true
		return a.read()
	case key.Matches(msg, k.Pane):
		a.inPane = !a.inPane && a.layout().paneHeight > 0
		return nil
	case key.Matches(msg, k.Overlay):
		return a.overlay()
	case key.Matches(msg, k.Back):
		return a.back()
	}
	return nil
}

func (a *App) moveBy(lines int) tea.Cmd {
	a.move += lines
	a.chosen = true
	a.detail.cursor = -1
	return a.read()
}

// back goes one step back: out of the detail, then out of the comparison, then
// out of the filter. It never quits and never drops the connection.
func (a *App) back() tea.Cmd {
	switch {
	case a.zoomed:
		a.zoomed = false
	case a.inPane:
		a.inPane = false
	case len(a.detail.overlay) > 0:
		a.detail.overlay = nil
	case a.order.Filter != "":
		return a.reorder(func(o *model.Order) { o.Filter = "" })
	}
	return a.read()
}

func (a *App) fold(folded bool) tea.Cmd {
	id := a.page.Key.Device
	if id == "" {
		return nil
	}
	a.chosen = true
	return a.reorder(func(o *model.Order) { o.Folded = with(o.Folded, id, folded != o.FoldAll) })
}

func (a *App) star() tea.Cmd {
	id := a.page.Key.Device
	if id == "" {
		return nil
	}
	a.chosen = true
	return a.reorder(func(o *model.Order) { o.Starred = with(o.Starred, id, !o.Starred[id]) })
}

func (a *App) togglePause() tea.Cmd {
	a.paused = !a.paused
	if a.paused {
		return a.wait()
	}
	return a.read()
}

// copy puts the value or the topic under the cursor on the clipboard of the
// terminal (OSC 52), made safe: it may be pasted into a shell.
func (a *App) copy(topic bool) tea.Cmd {
	m := a.chosenMetric()
	if m == nil {
		return nil
	}
	text, what := m.Text, "value"
	if m.Value.Kind == model.Number {
		text = reading(m)
	}
	if topic {
		text, what = safetext.Clean(m.Topic), "topic"
	}
	a.say("copied the " + what + " " + quote(text))
	return tea.SetClipboard(text)
}

// chosenMetric is the metric on the cursor's line, nil when there is none.
func (a *App) chosenMetric() *model.Metric {
	if i := a.page.Cursor - a.page.Top; i >= 0 && i < len(a.page.Lines) {
		return a.page.Lines[i].Metric
	}
	return nil
}

// canRetry says whether connecting at once makes sense now.
func (a *App) canRetry() bool {
	return a.opts.Retry != nil && a.live.Connection.State == model.Waiting
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

func (a *App) handleFilterKey(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		a.filtering = false
		a.input.Blur()
		return nil
	case "esc":
		a.filtering = false
		a.input.Blur()
		a.input.SetValue("")
		return a.applyFilter()
	}
	return a.updateInput(msg)
}

func (a *App) handlePaste(msg tea.PasteMsg) tea.Cmd {
	if !a.filtering {
		return nil
	}
	return a.updateInput(msg)
}

func (a *App) updateInput(msg tea.Msg) tea.Cmd {
	a.input, _ = a.input.Update(msg) // its commands only blink a cursor that is not drawn
	return a.applyFilter()
}

func (a *App) applyFilter() tea.Cmd {
	filter := strings.TrimSpace(a.input.Value())
	if filter == a.order.Filter {
		return nil
	}
	return a.reorder(func(o *model.Order) { o.Filter = filter })
}

func (a *App) handleHelpKey(msg tea.KeyPressMsg) tea.Cmd {
	k := &a.keys
	switch {
	case key.Matches(msg, k.Help), key.Matches(msg, k.Back), key.Matches(msg, k.Quit):
		a.helping = false
	case key.Matches(msg, k.Up):
		a.helpTop--
	case key.Matches(msg, k.Down):
		a.helpTop++
	case key.Matches(msg, k.PageUp):
		a.helpTop -= a.height - 3
	case key.Matches(msg, k.PageDown):
		a.helpTop += a.height - 3
	}
	return nil
}

// wheelLines is how far one notch of the mouse wheel moves.
const wheelLines = 3

func (a *App) handleWheel(msg tea.MouseWheelMsg) tea.Cmd {
	if a.paused || a.helping {
		return nil
	}
	switch msg.Button {
	case tea.MouseWheelUp:
		return a.moveBy(-wheelLines)
	case tea.MouseWheelDown:
		return a.moveBy(wheelLines)
	}
	return nil
}

// handleClick puts the cursor on the line that was clicked.
func (a *App) handleClick(msg tea.MouseClickMsg) tea.Cmd {
	l := a.layout()
	row := msg.Y - 2 - l.band // below the header and the columns' names
	if a.paused || a.helping || msg.X >= l.tableWidth || row < 0 || row >= len(a.page.Lines) {
		return nil
	}
	return a.moveBy(a.page.Top + row - a.page.Cursor)
}
