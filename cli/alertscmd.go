package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"labtop/alerts"
	"labtop/model"
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
	cmd := &cobra.Command{
		Use:   "check INPUT",
		Short: "Tell what the rules would have done with recorded messages",
		Long: "Tell what the rules would have done with recorded messages, one line a step of an\n" +
			"alert. INPUT is a recording or what labtop log --json has printed; - is stdin.\n" +
			"The rules are the config's, those of --rules FILE, or the built-in ones. Exit code\n" +
			"3 says that an alert fired.",
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
			return a.checkAlerts(ctx, c, args[0], asJSON)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a step")
	return cmd
}

// checkAlerts runs the rules over recorded messages and prints each transition.
func (a *app) checkAlerts(ctx context.Context, c *Config, path string, asJSON bool) error {
	replay, end, err := a.openReplay(ctx, path)
	if err != nil {
		return err
	}
	defer end()
	store, err := newStore(c)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(a.env.Stdout, 64<<10)
	var failed error
	fired := false
	engine, err := newAlerts(c, func(t alerts.Transition) {
		fired = fired || t.To == alerts.Firing
		if failed == nil {
			failed = writeTransition(out, &t, asJSON)
		}
	})
	if err != nil {
		return err
	}
	store.Watch(engine)
	messages, err := replay(store, func() error {
		if failed == nil {
			failed = ctx.Err()
		}
		return failed
	})
	if flushErr := out.Flush(); failed == nil && flushErr != nil {
		failed = flushErr
	}
	switch {
	case err != nil && failed == nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		return fmt.Errorf("writing the result: %w", failed)
	}
	a.tellChecked(messages, engine)
	if fired {
		return &exitError{code: ExitAlert}
	}
	return nil
}

// openReplay opens recorded messages: a recording, or a log that is read as one, or
// lines of labtop log --json. The first function feeds them to a store, asks now and then
// whether to go on, and returns how many there were; the second closes them.
func (a *app) openReplay(ctx context.Context, path string) (func(*model.Store, func() error) (int, error), func(), error) {
	if path != "-" {
		f, err := recording.Open(path, "")
		if err == nil && f.Format != recording.LogFormat {
			return func(store *model.Store, goOn func() error) (int, error) {
				err := recording.Feed(ctx, f, store)
				a.warnOfHealth(path, f.Health())
				return int(store.Status().Counters.Messages), errors.Join(err, goOn())
			}, func() { _ = f.Close() }, nil
		}
		if err == nil {
			_ = f.Close()
		}
	}
	in, closer, err := a.openMessages(path)
	if err != nil {
		return nil, nil, err
	}
	return func(store *model.Store, goOn func() error) (int, error) { return replayed(store, in, goOn) },
		func() { _ = closer.Close() }, nil
}

// tellChecked says on stderr what the result does not show.
func (a *app) tellChecked(messages int, engine *alerts.Engine) {
	counts := engine.Counts()
	if messages == 0 {
		a.warn("there is no message in it")
	}
	if counts.Late > 0 {
		a.warn(count(int(counts.Late), "reading") + " older than the one before, which no rule looked at")
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
