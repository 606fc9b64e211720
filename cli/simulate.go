package cli

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"labtop/crash"
	"labtop/simulator"
	"labtop/subscriber"
)

func newSimulate(a *app) *cobra.Command {
	o := simulator.Options{Labs: 3, Rooms: 2, Interval: simulator.DefaultInterval, Speed: 1}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Simulated devices against any broker",
		Long: "Connect simulated boards and rooms to a broker, until interrupted. They publish\n" +
			"below iotclass/, home/ and devices/ as the course's ESP32 boards do, and speak\n" +
			"MQTT 3.1.1 whatever --protocol says.",
		Example: "  labtop simulate -b mqtt://localhost --labs 30 --interval 5s\n" +
			"  labtop simulate --labs 0 --rooms 0 --chaos flap,garbage",
		Args: noCommand,
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, _ []string) error {
			return a.simulate(ctx, c, o)
		}),
	}
	cmd.Flags().IntVar(&o.Labs, "labs", o.Labs, "`N` boards with a DHT22")
	cmd.Flags().IntVar(&o.Rooms, "rooms", o.Rooms, "`N` rooms with a motion sensor and a light")
	cmd.Flags().DurationVar(&o.Interval, "interval", o.Interval, "`DURATION` between two readings of a board")
	addSpeed(cmd, &o.Speed)
	cmd.Flags().Uint64Var(&o.Seed, "seed", 0, "`N` that decides everything random; 0 takes another each time")
	a.addSimulation(cmd)
	return cmd
}

// checkLab looks at what the flags say of the devices.
func checkLab(o simulator.Options) error {
	const outOfRange = "--%s: %v is out of range; write a %s"
	number := fmt.Sprintf("number from 0 to %d", simulator.MaxDevices)
	switch {
	case o.Labs < 0 || o.Labs > simulator.MaxDevices:
		return usagef(outOfRange, "labs", o.Labs, number)
	case o.Rooms < 0 || o.Rooms > simulator.MaxDevices:
		return usagef(outOfRange, "rooms", o.Rooms, number)
	case o.Labs+o.Rooms+len(o.Specials) == 0:
		return usagef("--labs and --rooms are both 0; simulate one device at least")
	case o.Interval < time.Millisecond:
		return usagef(outOfRange, "interval", o.Interval, "duration of 1ms or more")
	}
	return checkSpeed(o.Speed)
}

// simulate runs the devices until ctx is done.
func (a *app) simulate(ctx context.Context, c *Config, o simulator.Options) error {
	o.Specials = specialDevices(c)
	if err := checkLab(o); err != nil {
		return err
	}
	if c.ReadOnly {
		return usagef("%s: simulated devices publish; remove it to simulate", c.origins["read-only"].place)
	}
	if o.Seed == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails, as documented
		o.Seed = binary.NativeEndian.Uint64(b[:])
	}
	a.warnInsecure(c)
	connection := subscriberOptions(c)
	o.Dial = connection.DialBroker
	o.Username, o.Password = connection.Username, string(c.Password)
	counts := deviceLog{a: a, total: o.Labs + o.Rooms + len(c.Challenges), up: map[string]bool{}, said: map[string]string{}}
	o.OnEvent = counts.tell
	lab, err := simulator.New(o)
	if err != nil {
		return usageError(err)
	}
	also := ""
	if len(o.Specials) > 0 {
		also = ", and " + joined(o.Specials) + ","
	}
	say(a.env.Stderr, fmt.Sprintf("simulating %s and %s%s on %s; Ctrl+C ends them", count(o.Labs, "board"), count(o.Rooms, "room"), also, c.brokers()))
	err = lab.Run(ctx)
	for _, topic := range counts.left {
		say(a.env.Stderr, fmt.Sprintf("left on purpose: the broker keeps %s of a device that is gone; to clear it: labtop retained clear -b %s %s", topic, c.Broker, topic))
	}
	if crash.In(err) != nil {
		return err
	}
	if err != nil && ctx.Err() == nil {
		return &exitError{code: ExitUnreachable, err: errors.New(whyNoLab(err, c.Broker))}
	}
	return nil
}

// whyNoLab says why no device could connect, and what to do about it.
func whyNoLab(err error, broker subscriber.Broker) string {
	if connect, ok := errors.AsType[*subscriber.ConnectError](err); ok {
		return withHint(connect.Summary, connect.Hint)
	}
	if refused, ok := errors.AsType[*simulator.RefusedError](err); ok {
		hint := "look at the broker's log"
		if refused.Code == 4 || refused.Code == 5 { // MQTT 3.1.1 section 3.2.2.3
			hint = "check --username and --password-file"
		}
		return withHint(refused.Error(), hint)
	}
	return withHint(err.Error(), fmt.Sprintf("is %s an MQTT broker?", broker))
}

// deviceLog tells what happens to the devices' connections: problems when they
// begin, and when all are connected. A failure before any success is left to
// the error that ends the lab. That a device which does wrong on purpose loses
// its connection is nothing to tell.
type deviceLog struct {
	a       *app
	total   int
	reached bool
	up      map[string]bool
	said    map[string]string
	left    []string // topics of retained messages that stay
}

func (l *deviceLog) tell(e simulator.Event) {
	switch {
	case e.Kind == simulator.Failed && !l.reached:
		return
	case e.Kind == simulator.Left:
		l.left = append(l.left, e.Topic)
		return
	case e.Kind == simulator.Lost && e.Chaos:
		return
	}
	if e.Kind == simulator.Connected {
		l.reached = true
		delete(l.said, e.Device)
		if e.Chaos {
			return
		}
		l.up[e.Device] = true
		if len(l.up) == l.total {
			text := "the device is connected"
			if l.total > 1 {
				text = fmt.Sprintf("all %d devices are connected", l.total)
			}
			say(l.a.env.Stderr, text)
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
