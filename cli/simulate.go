package cli

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/spf13/cobra"

	"labtop/simulator"
)

func newSimulate(a *app) *cobra.Command {
	o := simulator.Options{Labs: 3, Rooms: 2, Interval: simulator.DefaultInterval, Speed: 1}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Simulated devices against any broker",
		Long: "Connect simulated boards and rooms to a broker, until interrupted. They publish\n" +
			"below iotclass/ and home/ as the course's ESP32 boards do.",
		Example: "  labtop simulate -b mqtt://localhost --labs 30 --interval 5s",
		Args:    noCommand,
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, _ []string) error {
			return a.simulate(ctx, c, o)
		}),
	}
	cmd.Flags().IntVar(&o.Labs, "labs", o.Labs, "`N` boards with a DHT22")
	cmd.Flags().IntVar(&o.Rooms, "rooms", o.Rooms, "`N` rooms with a motion sensor and a light")
	cmd.Flags().DurationVar(&o.Interval, "interval", o.Interval, "`DURATION` between two readings of a board")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 0, "`N` that decides everything random; 0 takes another each time")
	return cmd
}

// simulate runs the devices until ctx is done.
func (a *app) simulate(ctx context.Context, c *Config, o simulator.Options) error {
	if c.ReadOnly {
		return usagef("%s: simulated devices publish; remove it to simulate", c.origins["read-only"].place)
	}
	if o.Seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails, as documented
		o.Seed = binary.NativeEndian.Uint64(b[:])
	}
	connection := subscriberOptions(c)
	o.Dial = connection.DialBroker
	o.Username, o.Password = connection.Username, string(c.Password)
	if o.Username == "" {
		o.Username = c.Broker.Username
	}
	counts := deviceLog{a: a, total: o.Labs + o.Rooms, up: map[string]bool{}, said: map[string]string{}}
	o.OnEvent = counts.tell
	lab, err := simulator.New(o)
	if err != nil {
		return usageError(err)
	}
	say(a.env.Stderr, fmt.Sprintf("simulating %d boards and %d rooms on %s; Ctrl+C ends them", o.Labs, o.Rooms, c.Broker))
	if err := lab.Run(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// deviceLog tells what happens to the devices' connections: problems when they
// begin, and when all are connected.
type deviceLog struct {
	a     *app
	total int
	up    map[string]bool
	said  map[string]string
}

func (l *deviceLog) tell(e simulator.Event) {
	if e.Kind == simulator.Connected {
		l.up[e.Device] = true
		delete(l.said, e.Device)
		if len(l.up) == l.total {
			say(l.a.env.Stderr, fmt.Sprintf("all %d devices are connected", l.total))
		}
		return
	}
	if e.Kind != simulator.Deaf {
		delete(l.up, e.Device)
	}
	if text := e.String(); l.said[e.Device] != text {
		l.said[e.Device] = text
		say(l.a.env.Stderr, text)
	}
}
