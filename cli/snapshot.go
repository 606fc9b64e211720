package cli

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labtop/alerts"
	"labtop/health"
	"labtop/model"
	"labtop/ui"
)

func newSnapshot(a *app) *cobra.Command {
	duration := 3 * time.Second
	asJSON := false
	from := ""
	var log logFlags
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Watch for a while, print the state once",
		Long: "Subscribe for a while, or read a recording, print the state once, as text or\n" +
			"JSON, and end.\n" +
			"Exit code 3 says that an alert fires, 4 that the broker was never reached, or refused\n" +
			"every topic filter.",
		Example: "  labtop snapshot -b mqtt://lab-pi --for 10s\n  labtop snapshot --json | jq '.devices[].presence'",
		Args:    noCommand,
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, _ []string) error {
			if duration <= 0 {
				return usagef("--for: %s is no time to watch; give a duration such as 3s", duration)
			}
			return a.snapshot(ctx, c, duration, asJSON)
		}),
	}
	cmd.Flags().DurationVar(&duration, "for", duration, "watch for this `DURATION`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&from, "from", "", "print the state at the end of this recording (`FILE`), without a broker")
	log.addFlags(cmd.Flags(), "log-")
	a.addRecording(cmd)
	watch, read := cmd.RunE, a.configured(func(ctx context.Context, a *app, c *Config, _ []string) error {
		switch {
		case cmd.Flags().Changed("for"):
			return usagef("--for: a recording is read to its end; remove it")
		case c.origins["record"].layer == fromFlag:
			return usagef("--record: what comes from a recording is recorded already; remove it")
		}
		return a.snapshotFrom(ctx, c, from, &log, asJSON)
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("from") {
			return read(cmd, args)
		}
		return watch(cmd, args)
	}
	return cmd
}

// snapshot watches and prints. What was seen is printed even when the broker
// was lost meanwhile; the exit code tells whether it was ever reached.
func (a *app) snapshot(ctx context.Context, c *Config, duration time.Duration, asJSON bool) error {
	if asJSON { // the text says it
		a.warnInsecure(c)
	}
	c.asVisitor()
	lab, err := newLive(c, nil)
	if err != nil {
		return err
	}
	if err := lab.record(c, a.warn); err != nil {
		return err
	}
	ended, stop := lab.watch(ctx)
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ended:
	}
	var m *moment
	lab.monitor.End(func() {
		m = lab.moment()
		lab.tape.endAt(m.status.Now) // where the state does
	})
	if err := stop(); err != nil && lab.recordingErr == nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var r *report
	if asJSON {
		made := newReport(cmp.Or(m.status.Connection.Broker, lab.name), time.Now(), m)
		made.Recording = lab.recordingReport()
		r = &made
	}
	if err := a.writeSnapshot(c, m, r); err != nil {
		return err
	}
	if m.status.Connection.Connects == 0 {
		return unreached(&m.status.Connection)
	}
	if err := nothingGranted(&m.status.Connection); err != nil {
		return err
	}
	if m.fires() {
		return &exitError{code: ExitAlert}
	}
	return lab.recordingErr
}

// moment is the state of a lab at one time.
type moment struct {
	status   model.Status
	broker   health.Report
	devices  model.Listing
	alerts   alerts.Page
	standing func(model.Key) alerts.Standing
}

// moment copies the state, but for the devices, which are listed as they are used.
func (l *labState) moment() *moment {
	return &moment{
		status: l.store.Status(), broker: l.store.Broker(), devices: l.store.Listing(l.system),
		alerts: l.alerts.Read(0, math.MaxInt), standing: l.alerts.Standing,
	}
}

// fires says whether an alert does.
func (m *moment) fires() bool { return m.alerts.Counts.Critical+m.alerts.Counts.Warning > 0 }

// writeSnapshot prints a state: its report, or as text when that is nil.
func (a *app) writeSnapshot(c *Config, m *moment, r *report) error {
	if r == nil {
		return ui.WritePlain(a.env.Stdout, m.devices, m.status, a.plainOptions(c, m))
	}
	return writeReport(a.env.Stdout, r, m.devices, m.standing)
}

// nothingGranted says, with exit code 4, that the broker refused every topic filter, those
// for its own topics apart; it is nil when it did not.
func nothingGranted(c *model.Connection) error {
	var refused []string
	for _, s := range c.Subscriptions {
		switch {
		case s.Refused():
			refused = append(refused, s.Filter+": "+s.Error)
		case !strings.HasPrefix(s.Filter, "$SYS"):
			return nil
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return &exitError{code: ExitUnreachable, err: errors.New(strings.Join(refused, "; "))}
}

// unreached says why the broker was never reached, with exit code 4.
func unreached(c *model.Connection) error {
	text := withHint(c.Problem, c.Hint)
	if text == "" {
		text = "the broker did not answer in time; give it longer with --for"
	}
	return &exitError{code: ExitUnreachable, err: errors.New(text)}
}
