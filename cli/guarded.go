package cli

import (
	tea "charm.land/bubbletea/v2"

	"labtop/crash"
	"labtop/ui"
	"labtop/ui/termwriter"
)

// guarded is the dashboard in the hands of Bubble Tea, which would print a panic and
// its stack over whatever the terminal shows.
type guarded struct {
	*ui.App
	fail func(error)
}

// Init implements tea.Model.
func (g guarded) Init() (cmd tea.Cmd) {
	defer crash.Catch(g.fail)
	return g.command(g.App.Init())
}

// Update implements tea.Model.
func (g guarded) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	defer crash.Catch(g.fail)
	m = g // after a panic too
	_, cmd = g.App.Update(msg)
	return m, g.command(cmd)
}

// View implements tea.Model.
func (g guarded) View() (v tea.View) {
	defer crash.Catch(g.fail)
	return g.App.View()
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

// output is the terminal in the hands of Bubble Tea, whose renderer writes from a
// goroutine of its own. It is no file, so that Bubble Tea does not ask it for sizes.
type output struct {
	terminal *termwriter.Writer
	fail     func(error)
}

func (o output) Write(p []byte) (n int, err error) {
	defer crash.Catch(o.fail)
	return o.terminal.Write(p)
}
