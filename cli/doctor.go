package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"labtop/subscriber"
)

func newDoctor(a *app) *cobra.Command {
	asJSON := false
	probe := ""
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine the connection step by step, in words",
		Long: "Walk the way to the broker step by step: the name's addresses, TCP, TLS with the\n" +
			"broker's certificates, the login, each topic filter, the broker's own topics, stored\n" +
			"messages, a ping. Each step says what was found and, where something is wrong, what\n" +
			"to do. Nothing is published unless --probe names a topic for it.\n" +
			"Exit code 4 says that a step failed. Of a broker with several addresses each is examined.",
		Example: "  labtop doctor -b mqtts://lab-pi --ca-file ca.crt\n  labtop doctor --probe iotclass/doctor\n" +
			"  labtop doctor --json | jq '.steps[] | select(.state == \"failed\")'",
		Args: noCommand,
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, _ []string) error {
			if probe != "" {
				if err := subscriber.ValidateTopic(probe); err != nil {
					return usageError(fmt.Errorf("--probe: %w", err))
				}
				if c.ReadOnly {
					return usagef("%s: nothing is published in read-only mode; remove it to use --probe", c.origins["read-only"].place)
				}
			}
			return a.doctor(ctx, c, probe, asJSON)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().StringVar(&probe, "probe", "", "publish to this `TOPIC` at QoS 0, 1 and 2, and wait for it to come back")
	return cmd
}

// doctor examines the connection and prints what it finds: text step by step, JSON in
// the end.
func (a *app) doctor(ctx context.Context, c *Config, probe string, asJSON bool) error {
	c.asVisitor()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	text := a.newStepWriter(c)
	errand := subscriber.Errand{Probe: probe}
	if !asJSON {
		errand.Tell = func(s subscriber.Step) {
			if text.step(s); text.err != nil {
				cancel() // nobody reads any more
			}
		}
	}
	var all []*subscriber.Examination
	options := subscriberOptions(c)
	for i, b := range c.addresses() {
		options.Broker = b
		if !asJSON {
			text.head(b, i)
		}
		found, err := subscriber.Examine(ctx, options, errand)
		if err == nil && !asJSON {
			text.end(found)
		}
		if text.err != nil {
			return fmt.Errorf("printing the report: %w", text.err)
		}
		if err != nil {
			return err
		}
		all = append(all, found)
	}
	if asJSON {
		r := newExamined(all[0])
		for _, x := range all[1:] {
			r.Others = append(r.Others, newExamined(x))
		}
		if err := a.printJSON(r); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(all, func(x *subscriber.Examination) bool { return x.State() == subscriber.StepFailed }) {
		return &exitError{code: ExitUnreachable}
	}
	return nil
}
