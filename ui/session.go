package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/model"
)

// Session is what a viewer looks at: a lab as it is now, or as it was at some moment
// of a recording.
type Session struct {
	// Source names where the messages come from, without secrets: a broker, or a
	// file.
	Source string
	// About says what a log is and does not tell; empty of what tells all. It comes from
	// outside in part.
	About string
	Store *model.Store
	// Alerts are the lab's alerts; nil when there are none.
	Alerts Alerts
	// Player moves through a recorded session; nil when the session is live.
	Player Player
	// Lacks is the stretch of a recorded session that was not read yet: what happened in
	// it is missing in Store. It is zero but for a moment after going far.
	Lacks Stretch
	// Live is the live lab whose past this is; nil for any other session.
	Live *model.Store
}

// looking is a session while it is looked at.
type looking struct {
	Session
	left chan struct{} // closed when another one is looked at
}

// look changes to another session, or to another state of the same one. What the user
// has chosen stays: the screen, the cursor, the order, the filter.
func (a *App) look(s Session) tea.Cmd {
	close(a.session.left)
	a.enter(s)
	return a.read()
}

// enter begins to look at a session.
func (a *App) enter(s Session) {
	a.session = &looking{Session: s, left: make(chan struct{})}
	a.paused, a.waiting, a.alarm, a.played = false, false, alertsSeen{}, playerSeen{}
	if s.Player != nil { // a key may come before the first page
		a.played.Playback = s.Player.Playback()
	}
	for _, screen := range []screen{a.devices, a.topics, a.alerts, a.broker, a.log, a.marks} {
		screen.look()
	}
}

// playerSeen is what was seen of a player, and the revision from which on there is
// more to see.
type playerSeen struct {
	Playback
	timeline Timeline
	revision uint64
	// received is how many messages the live session has, and now its time, when this is
	// its past.
	received uint64
	now      time.Time
}

// seePlayer reads how a player stands, for a timeline of so many cells. The zero value
// is that of a live session.
func seePlayer(p Player, buckets int) (seen playerSeen) {
	if p == nil {
		return seen
	}
	_, seen.revision = p.Changed()
	seen.Playback, seen.timeline = p.Playback(), p.Timeline(buckets)
	return seen
}

// glance says that only a part of what was before this moment was read.
func (s *Session) glance() bool { return !s.Lacks.To.IsZero() }

// replaced is the session with the state that its player has now; ok is false when it
// is the one that is looked at.
func (s Session) replaced() (now Session, ok bool) {
	if s.Player == nil {
		return s, false
	}
	now = s
	now.Store, now.Alerts, now.Lacks = s.Player.State()
	return now, now.Store != s.Store
}

// replacedMsg says that the player has put another state in the place of a session's.
type replacedMsg struct {
	session *looking
	now     Session
}

func (a *App) handleReplaced(msg replacedMsg) tea.Cmd {
	a.reading = false
	if msg.session != a.session {
		return a.goOn(a.read())
	}
	played := a.played // the player is the same
	cmd := a.look(msg.now)
	a.played = played
	return cmd
}
