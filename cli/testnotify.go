package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labtop/alerts/notify"
	"labtop/safetext"
)

func newTestNotify(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test-notify NAME",
		Short: "Send a sample to one channel of the config and say what happened",
		Long: "Send a sample to one channel of the config, or to bell or desktop, and say what\n" +
			"happened. Exit code 1 says that it failed.",
		Example: "  labtop alerts test-notify desktop\n  labtop alerts test-notify phone",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("test-notify needs the name of one channel; labtop config show lists them")
			}
			return nil
		},
		RunE: a.configured(testNotify),
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		c, err := a.loader().load()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.channelNames(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// testPatience is how long a test may take in all.
const testPatience = 20 * time.Second

func testNotify(ctx context.Context, a *app, c *Config, args []string) error {
	if err := c.checkChannel(args[0]); err != nil {
		return usageError(err)
	}
	channels := c.allChannels()
	ch := channels[slices.IndexFunc(channels, func(p placedChannel) bool { return p.name == args[0] })]
	if ch.kind == "mqtt" {
		if err := a.findSecrets(ctx, c); err != nil {
			return err
		}
	}
	alone := *c // the secrets of the others are nobody's business now
	alone.Channels = slices.DeleteFunc(slices.Clone(c.Channels), func(p placedChannel) bool { return p.name != ch.name })
	screen := &notify.Screen{}
	if a.env.StdoutTerminal {
		screen.Show(stream{a.env.Stdout})
	}
	d, err := a.newNotifier(&alone, notifierNeeds{screen: screen}) //nolint:contextcheck // it ends with Close
	if err != nil {
		return err
	}
	defer d.Close(time.Second)
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, testPatience, fmt.Errorf("it took longer than %s", testPatience))
	defer cancel()
	if err := d.Test(ctx, ch.name); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("%s: %w", ch.String(), err)
	}
	text := ch.String() + ": sent"
	if took := time.Since(began); took > time.Millisecond {
		text += " in " + took.Round(time.Millisecond).String()
	}
	return a.print(strings.TrimSpace(safetext.Clean(text)) + "\n")
}

// stream is a terminal that nothing else is written to.
type stream struct{ io.Writer }

// WriteAside implements [notify.Terminal].
func (s stream) WriteAside(sequence []byte) bool {
	_, err := s.Write(sequence)
	return err == nil
}
