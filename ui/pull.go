package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/alerts"
	"labtop/model"
)

// How a viewer pulls. The rules are:
//
//   - At most one read is under way; it runs in a command's goroutine and
//     returns a copy of the visible lines as a pageMsg.
//   - After each page one wait begins: at least dataPause, then until the
//     store or an alert changes. It ends with a wakeMsg, which starts the next read.
//   - A key that changes what is shown starts a read at once, or marks the one
//     under way as out of date, so that another follows it.

// dataPause is the least time between two pictures that differ by messages only:
// nobody reads numbers faster, and each picture costs the processor and the line.
const dataPause = 100 * time.Millisecond

// pageMsg carries what was read for a screen.
type pageMsg struct {
	status model.Status
	alertsSeen
	// show gives the page to its screen.
	show func()
}

// wakeMsg says that the store has changed since the last page.
type wakeMsg struct{}

// statusMsg carries the header's figures while the rest of the screen is
// paused.
type statusMsg struct {
	status model.Status
	alertsSeen
}

// alertsSeen is what was seen of the alerts: their counts, and the revision from
// which on there is more to see.
type alertsSeen struct {
	counts   alerts.Counts
	revision uint64
	channels []Channel
}

func seeAlerts(source Alerts, channels func() []Channel) (seen alertsSeen) {
	if channels != nil {
		seen.channels = channels()
	}
	if source != nil {
		_, seen.revision = source.Changed()
		seen.counts = source.Counts()
	}
	return seen
}

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
	source, channels := a.opts.Alerts, a.opts.Channels
	return func() tea.Msg {
		seen := seeAlerts(source, channels)
		page := fetch()
		page.alertsSeen = seen
		return page
	}
}

func (a *App) handlePage(msg pageMsg) tea.Cmd {
	a.reading, a.live, a.alarm = false, msg.status, msg.alertsSeen
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
		store, source, channels := a.opts.Store, a.opts.Alerts, a.opts.Channels
		return tea.Batch(repaint, func() tea.Msg { return statusMsg{store.Status(), seeAlerts(source, channels)} })
	}
	return tea.Batch(repaint, a.read())
}

func (a *App) handleStatus(msg statusMsg) tea.Cmd {
	a.live, a.alarm = msg.status, msg.alertsSeen
	return a.wait()
}

// wait starts a wait for the next change of the store or the alerts unless one is
// under way.
func (a *App) wait() tea.Cmd {
	if a.waiting {
		return nil
	}
	a.waiting = true
	store, done, seen := a.opts.Store, a.opts.Done, a.live.Revision
	source, alarm := a.opts.Alerts, a.alarm.revision
	pause := max(time.Second/time.Duration(a.opts.FPS), dataPause)
	return func() tea.Msg {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-done:
			return nil
		}
		changed, revision := store.Changed()
		alarmed, alertRevision := changed, alarm
		if source != nil {
			alarmed, alertRevision = source.Changed()
		}
		if revision == seen && alertRevision == alarm {
			select {
			case <-changed:
			case <-alarmed:
			case <-done:
				return nil
			}
		}
		return wakeMsg{}
	}
}
