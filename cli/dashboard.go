package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/charmbracelet/x/term"

	"labtop/alerts"
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
	if err := lab.notifies(a, c, dial); err != nil { //nolint:contextcheck // it ends with the watching
		return err
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
	if err := lab.record(c, a.warn); err != nil {
		return err
	}
	ended, stop := lab.watch(ctx)
	ticker := time.NewTicker(plainInterval)
	defer ticker.Stop()
	var shown plainMark
	told := uint64(0)
	for {
		select {
		case <-ended:
			return stop()
		case <-ticker.C:
		}
		told = a.tellSteps(lab, told)
		mark := markOf(lab.store.Status())
		_, mark.alerts = lab.alerts.Changed()
		if mark == shown {
			continue
		}
		if shown != (plainMark{}) {
			_, _ = fmt.Fprintln(a.env.Stdout)
		}
		shown = mark
		m := lab.moment()
		options := a.plainOptions(c, m)
		options.Live = true
		if err := ui.WritePlain(a.env.Stdout, m.devices, m.status, options); err != nil {
			return errors.Join(fmt.Errorf("writing the text: %w", err), stop())
		}
	}
}

// tellSteps writes one line for each transition of an alert after the one that was
// told last, but for those that only begin or end to wait. It returns the last.
func (a *app) tellSteps(lab *live, last uint64) uint64 {
	for _, t := range lab.alerts.Since(last + 1) {
		last = t.Seq
		if t.From == alerts.Firing || t.To == alerts.Firing {
			_, _ = fmt.Fprintln(a.env.Stdout, "Alert: "+transitionLine(&t, time.TimeOnly))
		}
	}
	return last
}

// plainOptions is what the plain text is made of besides the state.
func (a *app) plainOptions(c *Config, m *moment) ui.PlainOptions {
	return ui.PlainOptions{
		ASCII: a.ascii(c), Decimals: declaredDecimals(c),
		Alerts: m.alerts.Alerts, Standing: m.standing,
	}
}

// plainMark is what makes a new text worth writing: not the time alone.
type plainMark struct {
	messages uint64
	state    model.ConnectionState
	problem  string
	tally    model.Tally
	alerts   uint64
}

func markOf(s model.Status) plainMark {
	return plainMark{
		messages: s.Counters.Messages, state: s.Connection.State,
		problem: s.Connection.Problem, tally: s.Tally,
	}
}
