package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"labtop/retained"
	"labtop/safetext"
	"labtop/subscriber"
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
	topics := make([]string, len(items))
	for i := range items {
		topics[i] = items[i].Topic
	}
	line := statusLine{w: a.env.Stderr, on: a.env.StderrTerminal}
	cleared, err := subscriber.ClearRetained(ctx, keptOptions(c, o.filter), topics, func(done int) {
		line.write(fmt.Sprintf("%d of %d cleared; Ctrl+C stops", done, len(topics)))
	})
	line.clear()
	return a.tellCleared(ctx, c, topics, &cleared, err)
}

// tellCleared says exactly what was done and what was not.
func (a *app) tellCleared(ctx context.Context, c *Config, topics []string, done *subscriber.Cleared, err error) error {
	if err != nil && done.Acknowledged+done.Unsure == 0 {
		if ctx.Err() != nil {
			say(a.env.Stderr, "interrupted: nothing was cleared")
		}
		return unreachable(err)
	}
	for _, l := range done.Left {
		why := "the broker acknowledged it and keeps the message: its access rules may forbid " + clientName(c) + " to publish there"
		if l.Again {
			why = "somebody has written it again meanwhile"
		}
		say(a.env.Stderr, "not cleared: "+l.Topic+": "+why)
	}
	untouched := done.Acknowledged + done.Unsure
	for _, t := range topics[done.Acknowledged:untouched] {
		say(a.env.Stderr, "not acknowledged, so perhaps cleared: "+t)
	}
	text := fmt.Sprintf("cleared %d of %s", done.Acknowledged-len(done.Left), count(len(topics), "retained message"))
	if n := len(topics) - untouched; n > 0 {
		text += fmt.Sprintf("; %d are untouched, from %s on", n, topics[untouched])
	}
	switch {
	case done.Checked:
		text += ", and checked with a new subscription"
	default:
		text += "; not checked"
	}
	if ctx.Err() != nil {
		say(a.env.Stderr, "interrupted: "+text)
		return err
	}
	say(a.env.Stderr, text)
	switch {
	case err != nil:
		return errors.New(explained(err))
	case len(done.Left) > 0:
		return &exitError{code: ExitFailure}
	}
	return nil
}

// clientName names whom the broker knows us as.
func clientName(c *Config) string {
	if user := subscriberOptions(c).Username; user != "" {
		return "user " + quote(safetext.Clean(user))
	}
	return "clients without a user name"
}
