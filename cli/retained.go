package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"labtop/model"
	"labtop/retained"
	"labtop/subscriber"
)

func newRetained(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retained",
		Short: "List what the broker keeps, clear it",
		Args:  noCommand,
		RunE: func(*cobra.Command, []string) error {
			return usagef("retained needs a command: list or clear")
		},
	}
	cmd.AddCommand(newRetainedList(a), newRetainedClear(a))
	return cmd
}

func newRetainedList(a *app) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "list FILTER",
		Short: "List the retained messages on a topic filter",
		Long: "List the retained messages on a topic filter: size, QoS, age where the payload tells\n" +
			"it, topic and the beginning of the payload. MQTT 3.1.1 has no mark at their end; they\n" +
			"are taken to have come when none does for half a second and four round trips.",
		Example: "  labtop retained list 'iotclass/#'\n  labtop retained list --json '#' | jq -r '.retained[].topic'",
		Args:    oneFilter("list"),
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, args []string) error {
			a.warnInsecure(c)
			kept, err := a.findKept(ctx, c, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return a.printKeptJSON(c, args[0], kept)
			}
			if err := a.printKept(retained.Loose(kept.Messages())); err != nil {
				return err
			}
			say(a.env.Stderr, foundText(kept, args[0]))
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func newRetainedClear(a *app) *cobra.Command {
	var o clearing
	cmd := &cobra.Command{
		Use:   "clear FILTER",
		Short: "Clear the retained messages on a topic filter",
		Long: "Clear the retained messages on a topic filter: show them, ask, publish an empty\n" +
			"retained message to each topic at QoS 1, wait for each acknowledgement, and look\n" +
			"with a new subscription whether they are gone. Topics that begin with $ are the\n" +
			"broker's own and are never cleared. Exit code 1 says that some are left.",
		Example: "  labtop retained clear iotclass/lab7/status\n  labtop retained clear --dry-run 'iotclass/#'",
		Args:    oneFilter("clear"),
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, args []string) error {
			if strings.HasPrefix(args[0], "$") {
				return usagef(brokersOwn + ", and are not cleared")
			}
			if err := o.allowed(a, c); err != nil {
				return err
			}
			a.warnInsecure(c)
			kept, err := a.findKept(ctx, c, args[0])
			if err != nil {
				return err
			}
			o.filter, o.subject = args[0], " on "+args[0]
			if args[0] == "#" {
				o.subject += ", all that the broker keeps"
			}
			if len(kept.Messages()) == 0 {
				say(a.env.Stderr, foundText(kept, args[0]))
				return nil
			}
			err = o.clear(ctx, a, c, retained.Loose(kept.Messages()))
			if err == nil && kept.More > 0 {
				say(a.env.Stderr, moreText(kept))
				return &exitError{code: ExitFailure}
			}
			return err
		}),
	}
	o.addFlags(cmd)
	return cmd
}

// oneFilter accepts one topic filter that can bring retained messages.
func oneFilter(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usagef("retained %s needs a topic filter; in quotes, as in labtop retained %s 'iotclass/#'", command, command)
		case len(args) > 1:
			return usagef("retained %s takes one topic filter, got %s too; put a filter with # in quotes", command, quote(args[1]))
		case strings.HasPrefix(args[0], "$share/"):
			return usagef("a shared subscription gets no retained messages; give the filter without $share")
		}
		if err := subscriber.ValidateFilter(args[0]); err != nil {
			return usageError(err)
		}
		return nil
	}
}

// findKept asks the broker what it keeps on a filter.
func (a *app) findKept(ctx context.Context, c *Config, filter string) (*retained.Kept, error) {
	line := statusLine{w: a.env.Stderr, on: a.env.StderrTerminal}
	line.write("asking " + c.Broker.String() + " what it keeps")
	defer line.clear()
	kept := new(retained.Kept)
	answers, err := subscriber.FindRetained(ctx, keptOptions(c, filter), kept.Add)
	if err != nil {
		return nil, unreachable(err)
	}
	return kept, nothingGranted(&model.Connection{Subscriptions: answers})
}

// keptOptions are those of a connection that asks for a filter.
func keptOptions(c *Config, filter string) subscriber.Options {
	o := subscriberOptions(c)
	o.Filters = []subscriber.Filter{{Topic: filter}}
	return o
}

// foundText says how much was found on a filter.
func foundText(kept *retained.Kept, filter string) string {
	n := len(kept.Messages())
	if n == 0 {
		return "no retained messages on " + filter + ", or none that the broker shows to this client"
	}
	text := count(n, "retained message") + " on " + filter
	if kept.More > 0 {
		text += "; " + moreText(kept)
	}
	return text
}

// moreText says that not all was looked at.
func moreText(kept *retained.Kept) string {
	return count(kept.More, "further message") + " found no room; take a narrower filter for them"
}

// errMore says that a device cannot be told from others.
var errMore = errors.New("the broker keeps more than labtop looks at, so it cannot tell what is of one device; clear by topic filter instead")
