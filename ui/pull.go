package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/model"
)

// How a viewer pulls. The rules are:
//
//   - At most one read is under way; it runs in a command's goroutine and
//     returns a copy of the visible lines as a pageMsg.
//   - After each page one wait begins: at least a frame's time, then until the
//     store changes. It ends with a wakeMsg, which starts the next read.
//   - A key that changes what is shown starts a read at once, or marks the one
//     under way as out of date, so that another follows it.

// pageMsg carries what was read for a screen.
type pageMsg struct {
	status model.Status
	// show gives the page to its screen.
	show func()
}

// wakeMsg says that the store has changed since the last page.
type wakeMsg struct{}

// statusMsg carries the header's figures while the rest of the screen is
// paused.
type statusMsg model.Status

// read starts a read unless one is under way.
func (a *App) read() tea.Cmd {
	if a.reading {
		a.stale = true
		return nil
	}
	fetch := a.screen.fetch()
	if fetch == nil {
		return a.wait()
	}
	a.reading, a.stale = true, false
	return func() tea.Msg { return fetch() }
}

func (a *App) handlePage(msg pageMsg) tea.Cmd {
	a.reading, a.live = false, msg.status
	msg.show()
	if a.stale {
		return a.read()
	}
	return a.wait()
}

func (a *App) handleWake() tea.Cmd {
	a.waiting = false
	var repaint tea.Cmd
	if a.opts.Repaint != nil && a.opts.Repaint() {
		repaint = tea.ClearScreen
	}
	if a.opts.Busy != nil && a.opts.Busy() {
		return tea.Batch(repaint, a.wait())
	}
	if a.paused {
		store := a.opts.Store
		return tea.Batch(repaint, func() tea.Msg { return statusMsg(store.Status()) })
	}
	return tea.Batch(repaint, a.read())
}

func (a *App) handleStatus(msg statusMsg) tea.Cmd {
	a.live = model.Status(msg)
	return a.wait()
}

// wait starts a wait for the store's next change unless one is under way.
func (a *App) wait() tea.Cmd {
	if a.waiting {
		return nil
	}
	a.waiting = true
	store, done, seen := a.opts.Store, a.opts.Done, a.live.Revision
	pause := time.Second / time.Duration(a.opts.FPS)
	return func() tea.Msg {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-done:
			return nil
		}
		changed, revision := store.Changed()
		if revision == seen {
			select {
			case <-changed:
			case <-done:
				return nil
			}
		}
		return wakeMsg{}
	}
}
