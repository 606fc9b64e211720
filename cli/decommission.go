package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"labtop/retained"
)

func newDecommission(a *app) *cobra.Command {
	var o clearing
	cmd := &cobra.Command{
		Use:   "decommission DEVICE",
		Short: "Clear everything that a device left retained",
		Long: "Clear everything that a device left retained: its status, configuration and last\n" +
			"will, and what announces it to Home Assistant, Tasmota's and ESPHome's tools. DEVICE\n" +
			"is its name or id as labtop shows it, or the topic that all of its own begin with;\n" +
			"with a slash at the end it is only that. What is of other devices stays: lab1 is not\n" +
			"lab10. All that the broker keeps is looked at; what would be cleared is shown first.\n" +
			"Exit code 1 says that some are left, 2 that nothing is retained of such a device.",
		Example: "  labtop decommission --dry-run lab7\n  labtop decommission iotclass/lab7",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || strings.Trim(args[0], "/#") == "":
				return usagef("decommission needs a device: its name, its id, or the topic that all of its own begin with")
			case len(args) > 1:
				return usagef("decommission takes one device, got %s too; put a name with blanks in quotes", quote(args[1]))
			case strings.HasPrefix(args[0], "$"):
				return usagef(brokersOwn + ", and are not cleared")
			}
			return nil
		},
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, args []string) error {
			if err := o.allowed(a, c); err != nil {
				return err
			}
			a.warnInsecure(c)
			return a.decommission(ctx, c, args[0], &o)
		}),
	}
	o.addFlags(cmd)
	return cmd
}

func (a *app) decommission(ctx context.Context, c *Config, device string, o *clearing) error {
	kept, err := a.findKept(ctx, c, "#")
	switch {
	case err != nil:
		return err
	case kept.More > 0:
		return errMore
	}
	conventions, err := newConventions(c)
	if err != nil {
		return err
	}
	plan, err := retained.Left(kept.Messages(), device, conventions.Decoder)
	if err != nil {
		if _, ok := errors.AsType[*retained.AmbiguousError](err); ok {
			return usagef("%w; name one of them, with a slash at its end", err)
		}
		return err
	}
	if len(plan.Items) == 0 {
		known := retained.Devices(kept.Messages(), conventions.Decoder)
		return usagef("nothing is retained of a device %s%s", quote(device), didYouMean(device, known))
	}
	for _, other := range plan.Spared {
		say(a.env.Stderr, "left alone: "+other+", which is another device below it")
	}
	o.filter, o.subject = "#", " of "+plan.Device
	return o.clear(ctx, a, c, plan.Items)
}
