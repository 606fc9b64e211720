package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"labtop/alerts"
	"labtop/recording"
)

func newAlertsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "Try the alert rules and the notifications",
		Args:  noCommand,
		RunE: func(*cobra.Command, []string) error {
			return usagef("alerts needs a command: check or test-notify")
		},
	}
	cmd.AddCommand(newAlertsCheck(a), newTestNotify(a))
	return cmd
}

func newAlertsCheck(a *app) *cobra.Command {
	asJSON := false
	var log logFlags
	cmd := &cobra.Command{
		Use:   "check INPUT",
		Short: "Tell what the rules would have done with recorded messages",
		Long: "Tell what the rules would have done with recorded messages, one line a step of an\n" +
			"alert, at the recorded time. INPUT is a recording, or a log or network capture as\n" +
			"labtop import reads it, which may also come from stdin (-). The rules are the\n" +
			"config's, those of --rules FILE, or the built-in ones. Exit code 3 says that an\n" +
			"alert fired.",
		Example: "  labtop log --json > lesson.ndjson\n  labtop alerts check --rules rules.yaml lesson.ndjson",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usagef("alerts check needs a file; labtop log --json > FILE writes one, - is stdin")
			case len(args) > 1:
				return usagef("alerts check takes one INPUT, got %s too; remove it", quote(args[1]))
			}
			return nil
		},
		RunE: a.configured(func(ctx context.Context, a *app, c *Config, args []string) error {
			return a.checkAlerts(ctx, c, args[0], &log, asJSON)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a step")
	log.addFlags(cmd.Flags(), "log-")
	return cmd
}

// checkAlerts runs the rules over recorded messages and prints each transition.
func (a *app) checkAlerts(ctx context.Context, c *Config, path string, log *logFlags, asJSON bool) error {
	f, err := a.openRecorded(ctx, path, log)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := bufio.NewWriterSize(a.env.Stdout, 64<<10)
	var failed error
	fired := false
	lab, err := newLabState(c, path, func(t alerts.Transition) {
		fired = fired || t.To == alerts.Firing
		if failed == nil {
			if failed = writeTransition(out, &t, asJSON); failed != nil {
				cancel(failed)
			}
		}
	})
	if err != nil {
		return err
	}
	err = recording.Feed(ctx, f, lab.store)
	if flushErr := out.Flush(); failed == nil {
		failed = flushErr
	}
	switch {
	case failed != nil:
		return fmt.Errorf("writing the result: %w", failed)
	case err != nil:
		return err
	}
	a.tellOf(inputName(path), f)
	a.tellChecked(lab.store.Status().Counters.Messages, lab.alerts, fired)
	if fired {
		return &exitError{code: ExitAlert}
	}
	return nil
}

// tellChecked says on stderr what the result does not show.
func (a *app) tellChecked(messages uint64, engine *alerts.Engine, fired bool) {
	counts := engine.Counts()
	if messages == 0 {
		a.warn("there is no message in it")
	}
	if !fired {
		say(a.env.Stderr, fmt.Sprintf("no alert fires: %s, %s", count(len(engine.Rules()), "rule"), count(messages, "message")))
	}
	if counts.Late > 0 {
		a.warn(count(counts.Late, "reading") + " older than the one before, which no rule looked at")
	}
	if counts.Unwatched > 0 {
		a.warn(fmt.Sprintf("%d pairs of a rule and a series beyond the limit, which nobody watched", counts.Unwatched))
	}
}

func writeTransition(w *bufio.Writer, t *alerts.Transition, asJSON bool) error {
	if !asJSON {
		_, err := w.WriteString(transitionLine(t, "2006-01-02 15:04:05") + "\n")
		return err
	}
	encoded, err := json.Marshal(newReportTransition(t))
	if err != nil {
		return err
	}
	_, err = w.Write(append(escapeUnsafe(encoded), '\n'))
	return err
}
