package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"labtop/recording"
	"labtop/subscriber"
)

// replayTarget says to which broker a recording is published, and how.
type replayTarget struct {
	// publish says that to was given, however empty.
	publish bool
	// to is the broker's URL, prefix is put before each topic.
	to, prefix string
	// retain keeps the retained flags, force publishes where the recorded devices may be.
	retain, force bool
}

func (o *replayTarget) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.to, "to", "", "publish it to the broker at this `URL`, with the recorded times and QoS")
	flags.StringVar(&o.prefix, "prefix", "", "with --to, put this `TEXT` before each topic: replay/")
	flags.BoolVar(&o.retain, "retain", false, "with --to, publish as retained what was")
	flags.BoolVar(&o.force, "force", false, "with --to, publish where the recorded devices may be")
}

// check refuses flags that do not go together.
func (o *replayTarget) check(paused bool) error {
	switch {
	case !o.publish && (o.prefix != "" || o.retain || o.force):
		return usagef("--prefix, --retain and --force say how to publish; say where with --to URL")
	case o.publish && o.to == "":
		return usagef(`--to: "" is no broker; write a URL like mqtt://lab-pi`)
	case o.publish && paused:
		return usagef("--paused: what is published has no screen; remove it")
	case strings.HasPrefix(o.prefix, "$"):
		return usagef("--prefix: " + brokersOwn + "; write one like replay/")
	case o.prefix == "":
		return nil
	}
	if err := subscriber.ValidateTopic(o.prefix); err != nil {
		return usageError(&placed{"--prefix", err})
	}
	return nil
}

// replayTo publishes a recording, from where start says on, to a broker. speed is how
// many times as fast, 0 without any wait.
func (a *app) replayTo(ctx context.Context, c *Config, path string, o *replayFlags, speed float64, start func(time.Time) time.Time) error {
	to, err := subscriber.ParseBroker(o.target.to)
	switch {
	case err != nil:
		return usageError(&placed{"--to", err})
	case c.ReadOnly:
		return usagef("%s: nothing is published in read-only mode; remove it to publish", c.origins["read-only"].place)
	}
	in, err := openRecording(ctx, path, &o.log)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if o.target.prefix == "" && !o.target.force {
		if err := refuseLive(ctx, to, c.addresses(), in.Info().Broker); err != nil {
			return err
		}
	}
	own := *c
	own.Broker, own.Others = to, nil
	if err := a.findSecrets(ctx, &own); err != nil {
		return err
	}
	a.warnInsecure(&own)
	publisher := subscriber.NewPublisher(subscriberOptions(&own))
	defer publisher.Close()
	r := &republisher{
		publish: publisher.Publish, prefix: o.target.prefix, retain: o.target.retain, v5: c.Protocol == protocol5, pace: pace{speed: speed},
		wanted: func(topic string) bool { return wanted(c, topic) },
	}
	publisher.Refused = r.refuse
	err = a.republish(ctx, r, path, in, start, o)
	if err != nil && !r.reached && ctx.Err() == nil {
		return unreachable(err)
	}
	a.tellOf(path, in)
	a.tellRepublished(r, to, path)
	if err == nil && r.unconfirmed+r.refused > 0 {
		return &exitError{code: ExitFailure}
	}
	return err
}

// republish publishes an opened recording, again and again with loop, and shows how far
// it is.
func (a *app) republish(ctx context.Context, r *republisher, path string, in *recording.File, start func(time.Time) time.Time, o *replayFlags) error {
	line := statusLine{w: a.env.Stderr, on: a.env.StderrTerminal}
	defer line.clear()
	r.warn = func(text string) {
		line.clear()
		a.warn(text)
	}
	end := in.End()
	r.tell = func() { line.write(r.summary() + " until " + r.progressOf(end) + " of " + path) }
	err := r.round(ctx, in, start)
	for o.loop && err == nil && r.published > 0 {
		if err = r.wait(ctx, r.pace.until(r.pace.last.Add(loopRest))); err == nil {
			err = again(ctx, r, path, &o.log, start)
		}
	}
	return err
}

// refuseLive is the error of publishing to the very topics of devices that may be
// there: their old values would look like new ones. watched are the addresses of the broker
// that labtop would watch, recorded the one that the recording is of. One that was on the machine of
// the recording may be any, seen from elsewhere.
func refuseLive(ctx context.Context, to subscriber.Broker, watched []subscriber.Broker, recorded string) error {
	const remedy = "old values would look like new ones; give them topics of their own with --prefix replay/, or --force"
	if slices.ContainsFunc(watched, func(b subscriber.Broker) bool { return sameBroker(ctx, to, b) }) {
		return usagef("--to: %s is the broker that labtop watches: %s", to, remedy)
	}
	if recorded == demoName { // nobody can publish there
		return nil
	}
	const here = "localhost"
	from, err := subscriber.ParseBroker(recorded)
	if err != nil || sameHost(ctx, from.Host, here) && !sameHost(ctx, to.Host, here) {
		return usagef("--to: the recording does not tell which broker it is of, and its devices may be on %s: %s", to, remedy)
	}
	if sameBroker(ctx, to, from) {
		return usagef("--to: the recorded devices are on %s: %s", to, remedy)
	}
	return nil
}

// again publishes a recording once more.
func again(ctx context.Context, r *republisher, path string, log *logFlags, start func(time.Time) time.Time) (err error) {
	in, err := openRecording(ctx, path, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return r.round(ctx, in, start)
}

// tellRepublished says what has become of a recording.
func (a *app) tellRepublished(r *republisher, to subscriber.Broker, path string) {
	if r.cut > 0 {
		a.warn(fmt.Sprintf("%s of %s are left out: it holds only a part of the payload", count(r.cut, "message"), path))
	}
	if r.unfit > 0 {
		a.warn(fmt.Sprintf("%s of %s are left out: their topics are none that can be published to", count(r.unfit, "message"), path))
	}
	if r.published+r.unconfirmed+r.refused == 0 && r.own+r.others > 0 {
		a.warn(fmt.Sprintf("there is nothing to publish: of the messages of %s %d are on the broker's own topics or below labtop/, and %d are not on those of --topic", path, r.own, r.others))
	}
	if r.bare > 0 && r.v5 {
		a.warn(fmt.Sprintf("%s of %s are published without all of their properties: it has not kept them, or no broker takes them", count(r.bare, "message"), path))
	} else if r.bare > 0 {
		a.warn(fmt.Sprintf("%s of %s are published without their properties, which --protocol 5 publishes", count(r.bare, "message"), path))
	}
	say(a.env.Stderr, fmt.Sprintf("%s of %s to %s", r.summary(), path, to))
}

// progressOf says how far it is, in a recording that ends at a time or nobody knows when.
func (r *republisher) progressOf(end time.Time) string {
	now := r.pace.now()
	text := now.Local().Format("2006-01-02 15:04:05")
	if length := end.Sub(r.first); length > 0 {
		text += fmt.Sprintf(", %.0f %%", 100*min(max(0, now.Sub(r.first).Seconds()/length.Seconds()), 1))
	}
	return text
}

// summary says how much was published.
func (r *republisher) summary() string {
	text := "published " + count(r.published, "message")
	if r.refused > 0 {
		text += fmt.Sprintf(" (%d refused by the broker)", r.refused)
	}
	if r.unconfirmed > 0 {
		text += fmt.Sprintf(" (%d not acknowledged)", r.unconfirmed)
	}
	return text
}
