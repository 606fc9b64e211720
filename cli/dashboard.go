package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

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
		lab.name = demoName
	}
	if err := lab.notifies(a, c, dial); err != nil { //nolint:contextcheck // it ends with the watching
		return err
	}
	terminal, ok := a.terminal(c)
	if !ok {
		return a.plain(ctx, c, lab)
	}
	keyboard, err := a.keyboard()
	if err != nil {
		return err
	}
	if err := lab.record(c, nil); err != nil {
		return err
	}
	lab.rewinds(a, c)
	lab.clears(a, c, dial)
	return a.screen(ctx, c, lab, terminal, keyboard)
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
	text := plainText{a: a, c: c, live: true}
	for {
		select {
		case <-ended:
			return stop()
		case <-ticker.C:
		}
		if err := text.write(&lab.labState); err != nil {
			return errors.Join(err, stop())
		}
	}
}

// plainText writes the state of a lab as text, over and over.
type plainText struct {
	a *app
	c *Config
	// live says how to end the program.
	live  bool
	of    *labState // the lab that was written last
	shown plainMark
	told  uint64 // its last transition that was told
}

// write writes the state, if it has changed.
func (p *plainText) write(lab *labState) error {
	out := p.a.env.Stdout
	if lab != p.of { // a recording that began anew
		p.of, p.told = lab, 0
	}
	p.tellSteps(lab)
	mark := markOf(lab.store.Status())
	_, mark.alerts = lab.alerts.Changed()
	if mark == p.shown {
		return nil
	}
	if p.shown != (plainMark{}) {
		_, _ = fmt.Fprintln(out)
	}
	p.shown = mark
	m := lab.moment()
	options := p.a.plainOptions(p.c, m)
	options.Live = p.live
	if err := ui.WritePlain(out, m.devices, m.status, options); err != nil {
		return fmt.Errorf("writing the text: %w", err)
	}
	return nil
}

// tellSteps writes one line for each transition of an alert after the one that was
// told last, but for those that only begin or end to wait.
func (p *plainText) tellSteps(lab *labState) {
	for _, t := range lab.alerts.Since(p.told + 1) {
		p.told = t.Seq
		if t.From == alerts.Firing || t.To == alerts.Firing {
			_, _ = fmt.Fprintln(p.a.env.Stdout, "Alert: "+transitionLine(&t, time.TimeOnly))
		}
	}
}

// plainOptions is what the plain text is made of besides the state.
func (a *app) plainOptions(c *Config, m *moment) ui.PlainOptions {
	return ui.PlainOptions{
		ASCII: a.ascii(c), Decimals: declaredDecimals(c),
		Broker: m.broker, Alerts: m.alerts.Alerts, Standing: m.standing,
	}
}

// plainMark is what makes a new text worth writing: not the time alone.
type plainMark struct {
	messages uint64
	dropped  uint64 // by the broker
	silent   int    // filters on which nothing comes
	hangs    bool   // the broker does not answer
	state    model.ConnectionState
	problem  string
	tally    model.Tally
	alerts   uint64
}

func markOf(s model.Status) plainMark {
	return plainMark{
		messages: s.Counters.Messages, dropped: s.Counters.BrokerDropped, silent: ui.SilentFilters(&s), hangs: s.Source.Silent > 0, state: s.Connection.State,
		problem: s.Connection.Problem, tally: s.Tally,
	}
}
