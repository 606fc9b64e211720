package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/charmbracelet/x/term"

	"labtop/model"
	"labtop/ui"
)

// runDashboard runs the live dashboard, as plain text where there is no screen
// to draw on.
func runDashboard(ctx context.Context, a *app, c *Config, _ []string) error {
	return a.dashboard(ctx, c, nil)
}

// dashboard shows the broker that dial connects to, or the config's when dial
// is nil.
func (a *app) dashboard(ctx context.Context, c *Config, dial func(context.Context) (net.Conn, error)) error {
	lab, err := newLive(c, dial)
	if err != nil {
		return err
	}
	if dial != nil {
		lab.name = "demo lab"
	}
	terminal, ok := a.env.Stdout.(term.File)
	if c.Plain || !ok || !a.env.StdoutTerminal || a.env.get("TERM") == "dumb" {
		return a.plain(ctx, c, lab)
	}
	return a.screen(ctx, c, lab, terminal)
}

// plainInterval is how often the plain text is written while messages come.
const plainInterval = time.Second

// plain writes the state as text, again whenever it has changed, until ctx is
// done or nobody reads.
func (a *app) plain(ctx context.Context, c *Config, lab *live) error {
	ended, stop := lab.watch(ctx)
	ticker := time.NewTicker(plainInterval)
	defer ticker.Stop()
	var shown plainMark
	for {
		select {
		case <-ended:
			return stop()
		case <-ticker.C:
		}
		status := lab.store.Status()
		mark := markOf(status)
		if mark == shown {
			continue
		}
		if shown != (plainMark{}) {
			_, _ = fmt.Fprintln(a.env.Stdout)
		}
		shown = mark
		if err := ui.WritePlain(a.env.Stdout, lab.store.Devices(lab.system), status, ui.PlainOptions{ASCII: a.ascii(c), Live: true, Decimals: declaredDecimals(c)}); err != nil {
			return errors.Join(fmt.Errorf("writing the text: %w", err), stop())
		}
	}
}

// plainMark is what makes a new text worth writing: not the time alone.
type plainMark struct {
	messages uint64
	state    model.ConnectionState
	problem  string
	tally    model.Tally
}

func markOf(s model.Status) plainMark {
	return plainMark{
		messages: s.Counters.Messages, state: s.Connection.State,
		problem: s.Connection.Problem, tally: s.Tally,
	}
}
