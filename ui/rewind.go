package ui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Going back while live. The rules are:
//
//   - A pause stops the screen only. From a paused screen the keys that go back lead to
//     what was received before: another session, with a player of its own.
//   - The live one goes on meanwhile, and returning to it shows it as it is then.

// Rewinder goes back to what a live session has received. Any goroutine may call it.
type Rewinder interface {
	// Reach is how far back one can go. It does not wait.
	Reach() Reach
	// Rewind makes a session that is paused at a moment. It may wait. leave ends it.
	Rewind(at time.Time) (s Session, leave func(), err error)
}

// Reach is how far back one can go.
type Reach struct {
	// Start and End are the first and the last moment.
	Start, End time.Time
	// Problem says in one line why one cannot; empty when one can.
	Problem string
}

// rewinding is what is left aside while the past is looked at.
type rewinding struct {
	live  Session
	leave func()
}

// rewoundMsg says that the past can be looked at.
type rewoundMsg struct {
	rewinding
	past Session
	err  error
}

// handleRewindKey acts on the keys that go back from a live session and return to it; ok
// is false when it is none of them.
func (a *App) handleRewindKey(msg tea.KeyPressMsg) (cmd tea.Cmd, ok bool) {
	k := &a.keys
	switch {
	case a.back != nil && key.Matches(msg, k.Live):
		return a.returnToLive(), true
	case a.opts.Rewind == nil || !a.paused:
		return nil, false
	case key.Matches(msg, k.Live):
		return a.togglePause(), true
	case key.Matches(msg, k.Rewind), key.Matches(msg, k.FarBack):
		p := Playback{Start: a.reach.Start, End: a.reach.End}
		step := p.step()
		if key.Matches(msg, k.FarBack) {
			step *= 10
		}
		return a.rewind(a.reach.End.Add(-step)), true
	}
	return nil, false
}

// seeReach says how far back one can go from a pause that begins now.
func (a *App) seeReach() {
	switch {
	case a.opts.Rewind == nil:
		return
	case !a.paused:
		a.notice = nil
		return
	}
	if a.reach = a.opts.Rewind.Reach(); a.reach.Problem != "" {
		a.say("paused; " + a.reach.Problem)
	} else {
		a.say("paused; ← goes back up to " + span(a.reach.End.Sub(a.reach.Start)) + ", . returns to live")
	}
}

// canRewind says whether the keys that go back do so from a pause.
func (a *App) canRewind() bool { return a.opts.Rewind != nil && a.reach.Problem == "" }

// rewind goes back to a moment.
func (a *App) rewind(at time.Time) tea.Cmd {
	if a.rewinding || !a.canRewind() {
		return nil
	}
	a.rewinding = true
	rewinder, live := a.opts.Rewind, a.session.Session
	return func() tea.Msg {
		past, leave, err := rewinder.Rewind(at)
		return rewoundMsg{rewinding{live, leave}, past, err}
	}
}

func (a *App) handleRewound(msg rewoundMsg) tea.Cmd {
	a.rewinding = false
	switch {
	case msg.err != nil:
		a.say("cannot go back: " + msg.err.Error())
		return nil
	case !a.paused: // it was thought better of
		return left(msg.leave)
	}
	a.back, a.notice = &msg.rewinding, nil
	return a.look(msg.past)
}

func (a *App) returnToLive() tea.Cmd {
	back := a.back
	a.back, a.notice = nil, nil
	return tea.Batch(a.look(back.live), left(back.leave))
}

// left ends a session in a command: it may have to wait.
func left(leave func()) tea.Cmd {
	return func() tea.Msg {
		leave()
		return nil
	}
}

// behind is how many messages the live session has more than what is shown, as a badge;
// empty when it is the live one.
func (a *App) behind() string {
	switch {
	case a.paused:
		return a.sign("║", "||") + " paused, " + count(a.live.Counters.Messages-a.pausedAt) + " behind"
	case a.back != nil && a.played.received > a.live.Counters.Messages:
		return a.sign("║", "||") + " " + count(a.played.received-a.live.Counters.Messages) + " behind"
	}
	return ""
}
