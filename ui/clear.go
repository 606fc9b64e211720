package ui

import (
	"context"
	"sync/atomic"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/retained"
)

// Clearing retained messages. The rules are:
//
//   - The broker is asked what it keeps, what would be cleared is listed, and only y clears
//     it. On a metric that is its topic, on a folded device all that the device has left; d
//     goes from the one to the other.
//   - Esc stops at any time. What was done by then is shown, and stays until it is closed.
//   - All that waits is done in a command; the screen goes on.

// Retained clears what the broker of a live session keeps. Any goroutine may call it.
type Retained interface {
	// Find asks the broker what it keeps on the topic of a metric or, when the key names
	// none, of all that the device has left. It waits, until ctx is done at the latest.
	Find(ctx context.Context, k model.Key) (retained.Plan, error)
	// Clear clears what was found, and checks that it is gone. It waits; when ctx is done
	// it stops within a second. tell is told how many topics are done.
	Clear(ctx context.Context, p retained.Plan, tell func(done int)) ClearReport
}

// ClearReport says what became of messages that were to be cleared.
type ClearReport struct {
	// Text says in one line how many are cleared, and which are not.
	Text string
	// Problems are the topics that are not, each with the reason, or why it ended early.
	Problems []string
}

// clearPhase is how far a clearing is.
type clearPhase uint8

const (
	clearLooking clearPhase = iota // the broker is being asked
	clearAsking                    // the user is
	clearWorking
	clearDone
)

// clearing is what the screen is about while something is cleared.
type clearing struct {
	key   model.Key
	phase clearPhase
	// ctx ends with stop, which Esc calls in the phases that wait.
	ctx     context.Context //nolint:containedctx // a key begins it, another one ends it
	stop    context.CancelFunc
	stopped bool
	plan    retained.Plan
	done    atomic.Int64 // how many topics are
	report  ClearReport
	top     int // first line shown
	more    int // lines below those that are shown
}

// foundMsg is the broker's answer.
type foundMsg struct {
	clearing *clearing
	plan     retained.Plan
	err      error
}

// clearedMsg says that a clearing has ended.
type clearedMsg struct {
	clearing *clearing
	report   ClearReport
}

// clearingMsg says that it is time to look how far a clearing is.
type clearingMsg struct{ clearing *clearing }

// clearPause is the time between two looks.
const clearPause = 100 * time.Millisecond

// canClear says whether there is something that may be kept, and a broker to ask.
func (a *App) canClear() bool {
	k := a.screen.subject()
	return a.opts.Retained != nil && a.session.Player == nil && a.live.Connection.State == model.Connected &&
		k.Device != "" && k.Device[0] != '$'
}

// startClear asks what is kept of what is under the cursor.
func (a *App) startClear() tea.Cmd {
	switch {
	case a.canClear():
		return a.lookAt(a.screen.subject())
	case a.session.Player != nil:
		a.say("what is past cannot be cleared")
	case a.opts.Retained == nil:
		a.say("nothing is cleared in read-only mode")
	case a.live.Connection.State != model.Connected:
		a.say("there is no connection to clear anything over")
	case a.screen.subject().Device == "":
		a.say("choose a device, a metric or a topic first")
	default:
		a.say("what the broker says of itself is never cleared")
	}
	return nil
}

// lookAt begins a clearing.
func (a *App) lookAt(k model.Key) tea.Cmd {
	ctx, stop := context.WithCancel(context.Background())
	c := &clearing{key: k, ctx: ctx, stop: stop}
	a.clearing = c
	source := a.opts.Retained
	return func() tea.Msg {
		plan, err := source.Find(ctx, k)
		return foundMsg{c, plan, err}
	}
}

func (a *App) handleFound(msg foundMsg) {
	c := msg.clearing
	switch {
	case a.clearing != c: // it was closed meanwhile
	case msg.err != nil:
		c.stop()
		a.clearing = nil
		a.say(msg.err.Error())
	case len(msg.plan.Items) == 0:
		c.stop()
		a.clearing = nil
		a.say("the broker keeps nothing of " + quote(a.clearName(c)))
	default:
		c.plan, c.phase = msg.plan, clearAsking
	}
}

// handleClearKey acts on a key while something is cleared.
func (a *App) handleClearKey(msg tea.KeyPressMsg) tea.Cmd {
	k, c := &a.keys, a.clearing
	switch {
	case c.phase == clearAsking && key.Matches(msg, k.Yes):
		return a.clear()
	case c.phase == clearAsking && c.key.Topic != "" && key.Matches(msg, k.Jump):
		c.stop()
		return a.lookAt(model.Key{Device: c.key.Device})
	case key.Matches(msg, k.Back), key.Matches(msg, k.Quit):
		c.stop()
		if c.phase == clearWorking {
			c.stopped = true // what was done comes with the report
			return nil
		}
		a.clearing = nil
		return nil
	}
	lines, _ := k.lines(msg, max(a.height-6, 1))
	c.top += lines
	return nil
}

// clear clears what was found.
func (a *App) clear() tea.Cmd {
	c, source := a.clearing, a.opts.Retained
	c.phase, c.top = clearWorking, 0
	return tea.Batch(a.followClearing(c), func() tea.Msg {
		defer c.stop()
		return clearedMsg{c, source.Clear(c.ctx, c.plan, func(done int) { c.done.Store(int64(done)) })}
	})
}

// followClearing looks again in a moment.
func (a *App) followClearing(c *clearing) tea.Cmd {
	done := a.opts.Done
	return func() tea.Msg {
		timer := time.NewTimer(clearPause)
		defer timer.Stop()
		select {
		case <-timer.C:
			return clearingMsg{c}
		case <-done:
			return nil
		}
	}
}

func (a *App) handleClearing(msg clearingMsg) tea.Cmd {
	if a.clearing != msg.clearing || msg.clearing.phase != clearWorking {
		return nil
	}
	return a.followClearing(msg.clearing)
}

func (a *App) handleCleared(msg clearedMsg) tea.Cmd {
	msg.clearing.phase, msg.clearing.report = clearDone, msg.report
	return a.read()
}
