package cli

import (
	tea "charm.land/bubbletea/v2"

	"labtop/crash"
)

// guarded is the dashboard in the hands of Bubble Tea, which would print a panic and
// its stack over whatever the terminal shows.
type guarded struct {
	tea.Model
	fail func(error)
}

// Init implements tea.Model.
func (g guarded) Init() (cmd tea.Cmd) {
	defer crash.Catch(g.fail)
	return g.command(g.Model.Init())
}

// Update implements tea.Model.
func (g guarded) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	defer crash.Catch(g.fail)
	m = g // after a panic too
	_, cmd = g.Model.Update(msg)
	return m, g.command(cmd)
}

// command is cmd, which runs in a goroutine of Bubble Tea's, and so do those of a batch.
func (g guarded) command(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer crash.Catch(g.fail)
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i, c := range batch {
				batch[i] = g.command(c)
			}
		}
		return msg
	}
}
