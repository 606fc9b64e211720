package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"labtop/crash"
	"labtop/simulator"
	"labtop/subscriber"
	"labtop/testdata/sessions"
)

// demoName is how the demo's broker, which has no address, is called.
const demoName = "demo lab"

func newDemo(a *app) *cobra.Command {
	var listen, session string
	speed := 1.0
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a simulated lab; nothing to install",
		Long: "Show a simulated lab: an embedded broker, boards that drift, crash, fall silent\n" +
			"and send nan, and the dashboard. They talk in this process, over no network.\n" +
			"With --session a recorded one is shown, as labtop replay shows a file; notes that are\n" +
			"made in it are not kept.",
		Example: "  labtop demo\n  labtop demo --speed 10\n  labtop demo --listen 127.0.0.1:1883\n  labtop demo --chaos garbage,flap\n  labtop demo --session bad-day",
		Args:    noCommand,
		RunE: a.configured(func(ctx context.Context, a *app, c *Config, _ []string) error {
			if session != "" {
				return a.playSession(ctx, c, session, speed, listen)
			}
			return a.demo(ctx, c, listen, speed)
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", "", "let other MQTT 3.1.1 clients in at this loopback `ADDR`")
	cmd.Flags().StringVar(&session, "session", "", "show the recorded session `NAME`: "+strings.Join(sessions.Names(), ", "))
	addSpeed(cmd, &speed)
	a.addRecording(cmd)
	a.addSimulation(cmd)
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("session", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return sessions.Names(), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func addSpeed(cmd *cobra.Command, speed *float64) {
	cmd.Flags().Float64Var(speed, "speed", *speed, "`N` times as fast, up to 1000")
}

func checkSpeed(speed float64) error {
	if !(speed > 0 && speed <= simulator.MaxSpeed) { // NaN is neither
		return usagef("--speed: %v is out of range; write a number above 0 and up to %d", speed, simulator.MaxSpeed)
	}
	return nil
}

// demo runs the embedded broker, the simulated lab and the dashboard, and ends
// all three when the dashboard ends.
func (a *app) demo(ctx context.Context, c *Config, listen string, speed float64) (err error) {
	if err := checkSpeed(speed); err != nil {
		return err
	}
	broker, err := simulator.NewBroker()
	if err != nil {
		return fmt.Errorf("starting the demo: %w", err)
	}
	defer func() { err = errors.Join(err, broker.Close()) }()
	if listen != "" {
		if _, err := broker.Listen(listen); err != nil { //nolint:contextcheck // it lives as long as the broker, which Close ends
			return usageError(fmt.Errorf("--listen: %w", err))
		}
	}
	broker.Fail = a.fail
	options := simulator.Demo(broker.Dial)
	options.Speed = speed
	options.Specials = specialDevices(c)
	left := make(chan struct{})
	options.OnEvent = func(e simulator.Event) {
		if e.Kind == simulator.Left { // there is one ghost at most
			close(left)
		}
	}
	lab, err := simulator.New(options)
	if err != nil {
		return usageError(fmt.Errorf("--speed: %w", err))
	}
	if slices.Contains(c.Chaos, simulator.Duplicates) {
		broker.Redeliver(simulator.Duplicates.Topic() + "/humidity")
	}
	ended, stop := a.runLab(ctx, lab)
	defer func() { err = errors.Join(err, stop()) }()
	if slices.Contains(c.Chaos, simulator.Ghost) {
		select { // who has heard a ghost live does not see what it is
		case <-left:
		case <-ended:
		}
	}
	return a.dashboard(ctx, demoConfig(c), broker.Dial)
}

// runLab runs the simulated lab. ended is closed when it has ended; stop ends it and
// returns why it ended early, if it did.
func (a *app) runLab(ctx context.Context, lab *simulator.Lab) (ended <-chan struct{}, stop func() error) {
	running, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var labErr error
	go func() {
		defer close(done)
		if labErr = crash.Guard(func() error { return lab.Run(running) }); crash.In(labErr) != nil {
			a.fail(labErr)
		}
	}()
	return done, func() error {
		cancel()
		if <-done; labErr != nil && ctx.Err() == nil {
			return fmt.Errorf("the simulated lab: %w", labErr)
		}
		return nil
	}
}

// demoConfig is the config without what concerns the user's own broker. Nothing
// stands in the way of QoS 2 inside a process, so the devices' own QoS is seen.
func demoConfig(c *Config) *Config {
	demo := *c
	if c.origins["topic"].layer == fromDefault {
		demo.Filters = []subscriber.Filter{{Topic: "#", QoS: 2}, {Topic: "$SYS/#"}}
	}
	demo.GuessUnits = true
	demo.Broker, demo.Others = subscriber.Broker{}, nil
	demo.Username, demo.Password, demo.ClientID = "", "", ""
	demo.CleanSession = true
	return &demo
}
