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
//   - After each page one wait begins: at least dataPause, unless the player is on its
//     way to a moment and there is no glance of it yet, then until the store, an alert or
//     the player changes. It ends with a wakeMsg, which starts the next read.
//   - A key that changes what is shown starts a read at once, or marks the one
//     under way as out of date, so that another follows it.
//   - Keys that act on what is shown wait until that page has come, so that they act on
//     what it shows, and none is lost. Those that move the cursor on add up instead.

// dataPause is the least time between two pictures that differ by messages only:
// nobody reads numbers faster, and each picture costs the processor and the line.
const dataPause = 100 * time.Millisecond

// pageMsg carries what was read for a screen.
type pageMsg struct {
	session *looking // whose page it is
	status  model.Status
	seen
	// show gives the page to its screen.
	show func()
}

// wakeMsg says that a session has changed since its last page.
type wakeMsg struct{ session *looking }

// statusMsg carries the header's figures while the rest of the screen is
// paused.
type statusMsg struct {
	session *looking
	status  model.Status
	seen
}

// seen is what was seen beside the store.
type seen struct {
	alarm    alertsSeen
	played   playerSeen // zero when the session is live itself
	recorded recorderSeen
}

// see reads it, for a timeline of so many cells.
func (s *Session) see(o *Options, width int) seen {
	played := seePlayer(s.Player, width)
	if s.Live != nil {
		live := s.Live.Status()
		played.received, played.now = live.Counters.Messages, live.Now
	}
	return seen{seeAlerts(s.Alerts, o.Channels), played, seeRecorder(o.Recorder)}
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

// read starts a read of what has changed for the viewer.
func (a *App) read() tea.Cmd {
	cmd := a.pull()
	a.asked = a.reading
	return cmd
}

// pull starts a read unless one is under way.
func (a *App) pull() tea.Cmd {
	if a.reading {
		a.stale = true
		return nil
	}
	fetch := a.screen.fetch()
	if fetch == nil {
		return a.wait()
	}
	a.reading, a.stale = true, false
	session, options, width := a.session, &a.opts, a.track().width
	return func() tea.Msg {
		if now, ok := session.replaced(); ok {
			return replacedMsg{session, now}
		}
		seen := session.see(options, width)
		page := fetch()
		page.session, page.seen = session, seen
		return page
	}
}

func (a *App) handlePage(msg pageMsg) tea.Cmd {
	a.reading = false
	if msg.session != a.session {
		return a.goOn(a.read())
	}
	a.live, a.seen = msg.status, msg.seen
	msg.show()
	if a.stale {
		return a.goOn(a.pull())
	}
	return a.goOn(a.wait())
}

// goOn releases the keys that have waited, unless next reads on.
func (a *App) goOn(next tea.Cmd) tea.Cmd {
	if a.reading {
		return next
	}
	a.asked = false
	held := a.held
	a.held = nil
	cmds := []tea.Cmd{next}
	for _, msg := range held {
		cmds = append(cmds, a.handleKey(msg))
	}
	return tea.Batch(cmds...)
}

// waits says whether a key that acts on what is shown waits for a page. Moves one way add up
// to the same as one by one; back again that is not so at the ends of a list.
func (a *App) waits(msg tea.KeyPressMsg) bool {
	lines, moves := a.keys.lines(msg, 1)
	return a.asked && (!moves || lines*a.screen.moving() < 0)
}

func (a *App) handleWake(msg wakeMsg) tea.Cmd {
	if msg.session != a.session {
		return nil
	}
	a.waiting = false
	if a.paused {
		session, options, width := a.session, &a.opts, a.track().width
		return func() tea.Msg {
			return statusMsg{session, session.Store.Status(), session.see(options, width)}
		}
	}
	return a.pull()
}

func (a *App) handleStatus(msg statusMsg) tea.Cmd {
	if msg.session == a.session {
		a.live, a.seen = msg.status, msg.seen
	}
	return a.wait()
}

// revisions say up to which change a session was seen.
type revisions struct{ store, alerts, player, recorder uint64 }

// changed are the channels that tell of the next change of each part of a session;
// those of what it has not are nil.
func (s *Session) changed() (store, alarms, player <-chan struct{}, now revisions) {
	store, now.store = s.Store.Changed()
	if s.Alerts != nil {
		alarms, now.alerts = s.Alerts.Changed()
	}
	if s.Player != nil {
		player, now.player = s.Player.Changed()
	}
	return store, alarms, player, now
}

// wait starts a wait for the next change of the session unless one is under way.
func (a *App) wait() tea.Cmd {
	if a.waiting {
		return nil
	}
	a.waiting = true
	session, recorder, done := a.session, a.opts.Recorder, a.opts.Done
	seen := revisions{a.live.Revision, a.alarm.revision, a.played.revision, a.recorded.revision}
	pause := time.Second / time.Duration(a.opts.FPS)
	if !a.played.Seeking || session.glance() { // else somebody waits for the state that was asked for
		pause = max(pause, dataPause)
	}
	return func() tea.Msg {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-session.left:
			return nil
		case <-done:
			return nil
		}
		changed, alarmed, moved, now := session.changed()
		var recorded <-chan struct{}
		if recorder != nil {
			recorded, now.recorder = recorder.Changed()
		}
		if now == seen {
			select {
			case <-changed:
			case <-alarmed:
			case <-moved:
			case <-recorded:
			case <-session.left:
				return nil
			case <-done:
				return nil
			}
		}
		return wakeMsg{session}
	}
}
