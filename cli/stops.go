package cli

import (
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/ui/painter"
	"labtop/ui/termwriter"
)

// continuedMsg says that the process goes on after it was stopped.
type continuedMsg struct{}

// stops handles the stops of the process and what follows them. It takes the place of
// Bubble Tea's own suspending, which does not wait until the terminal has what gives it
// back, waits for ever where the system stops nobody, and knows nothing of stops from
// outside, after which a shell has set the terminal for itself. It belongs to Bubble
// Tea's loop.
type stops struct {
	writer   *termwriter.Writer
	shown    *painter.Model
	keyboard *keyboard
	// own is how many stops of our own are over without their continuedMsg.
	own int
}

// drainTime is how long a stop waits for the terminal.
const drainTime = 500 * time.Millisecond

// filter is what Bubble Tea handles in place of msg.
func (s *stops) filter(msg tea.Msg, program *tea.Program) tea.Msg {
	stop := func() (continued bool) { return false }
	switch msg.(type) {
	case tea.SuspendMsg:
		stop = stopProcess
	case continuedMsg:
		if s.own > 0 {
			s.own--
			return nil
		}
	default:
		return msg
	}
	if err := program.ReleaseTerminal(); err != nil {
		return tea.QuitMsg{}
	}
	s.shown.Leave()
	s.writer.Drain(drainTime)
	s.keyboard.restore()
	if stop() {
		s.own++
	}
	if err := errors.Join(s.keyboard.raw(), program.RestoreTerminal()); err != nil {
		return tea.QuitMsg{}
	}
	return tea.ResumeMsg{}
}
