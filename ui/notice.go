package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// noticeTime is how long the answer to a key is shown. The clock is the viewer's: that of
// what is shown can stand still.
const noticeTime = 4 * time.Second

// notice is a short answer to a key, shown for a while.
type notice struct {
	text   string
	fading bool // its end is on the way
}

// fadedMsg says that a notice was shown for long enough.
type fadedMsg struct{ notice *notice }

func (a *App) say(text string) { a.notice = &notice{text: text} }

// fade ends a notice that has just begun, after a while.
func (a *App) fade() tea.Cmd {
	n, done := a.notice, a.opts.Done
	if n == nil || n.fading {
		return nil
	}
	n.fading = true
	return func() tea.Msg {
		timer := time.NewTimer(noticeTime)
		defer timer.Stop()
		select {
		case <-timer.C:
			return fadedMsg{n}
		case <-done:
			return nil
		}
	}
}

func (a *App) handleFaded(msg fadedMsg) {
	if a.notice == msg.notice { // no other one was said since
		a.notice = nil
	}
}
