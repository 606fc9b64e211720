package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"labtop/model"
	"labtop/ui"
)

func newSnapshot(a *app) *cobra.Command {
	duration := 3 * time.Second
	asJSON := false
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Watch for a while, print the state once",
		Long: "Subscribe for a while, print the state once, as text or JSON, and end.\n" +
			"Exit code 4 says that the broker was never reached.",
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
	return cmd
}

// snapshot watches and prints. What was seen is printed even when the broker
// was lost meanwhile; the exit code tells whether it was ever reached.
func (a *app) snapshot(ctx context.Context, c *Config, duration time.Duration, asJSON bool) error {
	c.asVisitor()
	lab, err := newLive(c, nil)
	if err != nil {
		return err
	}
	ended, stop := lab.watch(ctx)
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ended:
	}
	var status model.Status
	var devices []model.DeviceMetrics
	lab.monitor.AtRest(func() { status, devices = lab.store.Status(), lab.store.Devices(lab.system) })
	if err := stop(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.writeSnapshot(c, lab, status, devices, asJSON); err != nil {
		return err
	}
	if status.Connection.Connects == 0 {
		return unreached(&status.Connection)
	}
	return nil
}

func (a *app) writeSnapshot(c *Config, lab *live, status model.Status, devices []model.DeviceMetrics, asJSON bool) error {
	if !asJSON {
		return ui.WritePlain(a.env.Stdout, devices, status, ui.PlainOptions{ASCII: a.ascii(c), Decimals: declaredDecimals(c)})
	}
	encoder := json.NewEncoder(a.env.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(newReport(lab.name, time.Now(), status, devices)); err != nil {
		return fmt.Errorf("printing the state: %w", err)
	}
	return nil
}

// unreached says why the broker was never reached, with exit code 4.
func unreached(c *model.Connection) error {
	text := withHint(c.Problem, c.Hint)
	if text == "" {
		text = "the broker did not answer in time; give it longer with --for"
	}
	return &exitError{code: ExitUnreachable, err: errors.New(text)}
}
