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

// pageMsg carries what was read, and how far the cursor was asked to move.
type pageMsg struct {
	page model.Page
	move int
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
	if a.paused && a.havePage {
		return nil
	}
	a.reading, a.stale = true, false
	view, query, decimals := a.view, a.query(), a.opts.Decimals
	return func() tea.Msg {
		page := view.Read(query)
		for _, line := range page.Lines {
			declareDecimals(line.Metric, decimals)
		}
		if page.Detail != nil {
			declareDecimals(&page.Detail.Metric, decimals)
		}
		return pageMsg{page, query.Move}
	}
}

// query says what fits on the screen as it is now.
func (a *App) query() model.Query {
	l := a.layout()
	cursor := a.page.Key
	if !a.chosen {
		cursor = model.Key{} // the first line, whatever appears there
	}
	return model.Query{
		Order: a.order, Version: a.version,
		Cursor: cursor, Move: a.move,
		Top: a.page.Top, Height: l.rows(),
		Trend: l.columns.trend,
		Chart: a.detail.query(l),
	}
}

func (a *App) handlePage(msg pageMsg) tea.Cmd {
	a.reading = false
	if a.paused && a.havePage {
		return a.wait() // it was under way when the screen was paused
	}
	a.page, a.havePage, a.live = msg.page, true, msg.page.Status
	a.move -= msg.move
	if a.stale || a.move != 0 {
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

// reorder hands the changed order to the next read. change gets a copy, since
// reads under way still use the old one.
func (a *App) reorder(change func(*model.Order)) tea.Cmd {
	order := a.order
	change(&order)
	a.order = order
	a.version++
	return a.read()
}

// with returns a copy of a set with key put in or taken out.
func with(set map[string]bool, key string, in bool) map[string]bool {
	changed := make(map[string]bool, len(set)+1)
	for k := range set {
		changed[k] = true
	}
	delete(changed, key)
	if in {
		changed[key] = true
	}
	return changed
}
