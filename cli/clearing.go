package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"labtop/retained"
	"labtop/subscriber"
	"labtop/ui"
)

// clearing is how retained messages are cleared.
type clearing struct {
	dryRun, yes bool
	// filter is that by which they were found, subject says in the question what they
	// are: " on iotclass/#".
	filter, subject string
}

func (o *clearing) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "only show what would be cleared")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
}

// allowed refuses to clear where nothing may be published, or nobody can be asked.
func (o *clearing) allowed(a *app, c *Config) error {
	switch {
	case o.dryRun:
		return nil
	case c.ReadOnly:
		return usagef("%s: nothing is cleared in read-only mode; remove it to clear, or look with --dry-run", c.origins["read-only"].place)
	case !o.yes && !a.env.StdinTerminal:
		return usagef("there is no terminal to ask on; look with --dry-run, then give --yes to clear without being asked")
	}
	return nil
}

// clear shows the messages, asks, clears them and tells what became of them. The error
// only carries an exit code once that is told.
func (o *clearing) clear(ctx context.Context, a *app, c *Config, items []retained.Item) error {
	if err := a.printKept(items); err != nil {
		return err
	}
	what := count(len(items), "retained message") + o.subject
	if o.dryRun {
		say(a.env.Stderr, "dry run: would clear "+what)
		return nil
	}
	if !o.yes {
		agreed, err := a.askYes(ctx, "Clear "+what+"?")
		if err != nil {
			return err
		}
		if !agreed {
			say(a.env.Stderr, "nothing was cleared")
			return &exitError{code: ExitFailure}
		}
	}
	topics := retained.Topics(items)
	line := statusLine{w: a.env.Stderr, on: a.env.StderrTerminal}
	cleared, err := subscriber.ClearRetained(ctx, keptOptions(c, o.filter), topics, func(done int) {
		line.write(fmt.Sprintf("%d of %d cleared; Ctrl+C stops", done, len(topics)))
	})
	line.clear()
	return a.tellCleared(ctx, topics, &cleared, err)
}

// tellCleared says exactly what was done and what was not.
func (a *app) tellCleared(ctx context.Context, topics []string, done *subscriber.Cleared, err error) error {
	report := clearedReport(ctx, topics, done, err)
	if done.Acknowledged+done.Unsure == 0 && err != nil && ctx.Err() == nil {
		return unreachable(err)
	}
	for _, problem := range report.Problems {
		say(a.env.Stderr, problem)
	}
	say(a.env.Stderr, report.Text)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case len(report.Problems) > 0:
		return &exitError{code: ExitFailure}
	}
	return nil
}

// clearedReport says exactly what was done and what was not, and why.
func clearedReport(ctx context.Context, topics []string, done *subscriber.Cleared, err error) (r ui.ClearReport) {
	untouched := done.Acknowledged + done.Unsure
	for _, l := range done.Left {
		why := "kept by the broker (do the access rules allow it?): "
		if l.Again {
			why = "written again meanwhile: "
		}
		r.Problems = append(r.Problems, why+l.Topic)
	}
	for _, t := range topics[done.Acknowledged:untouched] {
		r.Problems = append(r.Problems, "not acknowledged, perhaps cleared: "+t)
	}
	if untouched < len(topics) {
		r.Problems = append(r.Problems, fmt.Sprintf("not touched: %d, from %s on", len(topics)-untouched, topics[untouched]))
	}
	if err != nil && ctx.Err() == nil {
		r.Problems = append(r.Problems, explained(err))
	}
	r.Text = fmt.Sprintf("cleared %d of %s", done.Acknowledged-len(done.Left), count(len(topics), "retained message"))
	if ctx.Err() != nil {
		r.Text = "interrupted: " + r.Text
	}
	if done.Checked {
		r.Text += ", and checked with a new subscription"
	} else {
		r.Text += "; not checked"
	}
	return r
}
