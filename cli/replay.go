package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"labtop/recording"
)

// replayFlags are what `labtop replay` is told.
type replayFlags struct {
	speed, start string
	loop, paused bool
	target       replayTarget
	log          logFlags
	// name is what the recording is called on the screen; empty for its path.
	name string
}

func newReplay(a *app) *cobra.Command {
	o := replayFlags{speed: "1"}
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Show a recording in the dashboard, or publish it",
		Long: "Show a recording in the dashboard, as if it were live: the same screens, with the\n" +
			"alerts that the rules of now raise at its time. Pause, step, change the speed, and\n" +
			"go to any moment of it. FILE is a recording, or a log that can be read as one.\n" +
			"Without a screen, or with --plain, the state is printed as text whenever it has\n" +
			"changed, and the command ends with the recording.\n\n" +
			"With --to it is published to a broker instead, which the common flags tell how to\n" +
			"log in to; --topic chooses what. Without --prefix labtop refuses the broker that it\n" +
			"watches and the one that was recorded, where old values would look like new ones.",
		Example: "  labtop replay lab.mcap\n" +
			"  labtop replay lab.mcap --speed 10 --start 90s\n" +
			"  labtop replay lab.mcap --start 14:30 --paused\n" +
			"  labtop replay lab.mcap --plain --speed max\n" +
			"  labtop replay lab.mcap --to mqtt://lab-pi --prefix replay/",
		Args: oneRecording,
	}
	cmd.RunE = a.configured(func(ctx context.Context, a *app, c *Config, args []string) error {
		o.target.publish = cmd.Flags().Changed("to")
		return a.replay(ctx, c, args[0], &o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.speed, "speed", o.speed, "`N` times as fast as it was recorded, 0.01 to 10000, or max (0 is max too)")
	flags.StringVar(&o.start, "start", "0s", "begin at this `TIME`: 90s after the start, 14:30, or a date with a time")
	flags.BoolVar(&o.loop, "loop", false, "begin anew at the end")
	flags.BoolVar(&o.paused, "paused", false, "play nothing before space is pressed")
	o.log.addFlags(flags, "log-")
	o.target.addFlags(flags)
	return cmd
}

// replay shows a recording.
func (a *app) replay(ctx context.Context, c *Config, path string, o *replayFlags) (err error) {
	speed, err := parseReplaySpeed(o.speed)
	if err != nil {
		return err
	}
	start, err := parsePoint("start", o.start)
	if err != nil {
		return err
	}
	if err := o.target.check(o.paused); err != nil {
		return err
	}
	if o.target.publish {
		return a.replayTo(ctx, c, path, o, speed, start)
	}
	terminal, screen := a.terminal(c)
	if o.paused && !screen {
		return usagef("--paused: without a screen nobody could go on; remove it")
	}
	conventions, err := newConventions(c)
	if err != nil {
		return err
	}
	name := cmp.Or(o.name, path)
	player, err := recording.NewPlayer(recording.PlayerOptions{
		Path:   path,
		Open:   func() (*recording.File, error) { return o.log.openFile(path) },
		NewLab: func(fired func(recording.Mark)) (recording.Lab, error) { return newReplayed(c, name, fired) },
		Device: func(topic string) string { return conventions.Decoder(topic).Route().Device },
		Speed:  speed, Paused: o.paused, Loop: o.loop, CheckpointBytes: int(2 * c.Limits.History), NoIndex: !screen,
	})
	if err != nil {
		return unreadable(err)
	}
	replay := &replay{player, name, wantsSystem(c)}
	defer func() { err = errors.Join(err, player.Close()) }()
	at := start(player.Playback().Start)
	if at.After(player.Playback().Start) {
		player.Seek(at)
	}
	if screen {
		keyboard, err := a.keyboard()
		if err != nil {
			return err
		}
		err = a.screen(ctx, c, replay, terminal, keyboard)
		return errors.Join(err, a.endReplay(replay))
	}
	return errors.Join(a.replayPlain(ctx, c, replay, at), a.endReplay(replay))
}

// endReplay says on stderr what is wrong with the recording, as far as it was looked at.
func (a *app) endReplay(r *replay) error {
	b := r.Player.Playback()
	a.tellFormat(r.name, r.File())
	a.tellRemarks(r.name, r.Remarks())
	a.warnOfHealth(r.name, b.Health)
	if b.Err != nil {
		return fmt.Errorf("the recording cannot be read: %w", b.Err)
	}
	return nil
}

// The speeds that can be asked for.
const (
	slowestReplay = 0.01
	fastestReplay = 10_000
)

// parseReplaySpeed reads a speed; 0 is as fast as possible.
func parseReplaySpeed(text string) (float64, error) {
	if text == "max" || text == "0" {
		return 0, nil
	}
	speed, err := strconv.ParseFloat(text, 64)
	if err != nil || !(speed >= slowestReplay && speed <= fastestReplay) { // NaN is neither
		return 0, usagef("--speed: %s is no speed; write a number from %v to %v, or max", quote(text), slowestReplay, fastestReplay)
	}
	return speed, nil
}

// startWithin refuses to begin a recording after its end.
func startWithin(at, start, end time.Time) error {
	if at.After(end) {
		return usagef("--start: the recording has ended by then: it is of %s, for %s; write a time within it",
			start.Local().Format("2006-01-02 15:04:05"), end.Sub(start).Round(time.Millisecond))
	}
	return nil
}

// replayPlain prints the state as text, again whenever it has changed, until the
// recording has ended. from is where it was to begin.
func (a *app) replayPlain(ctx context.Context, c *Config, r *replay, from time.Time) error {
	ended, stop := r.watch(ctx)
	ticker := time.NewTicker(plainInterval)
	defer ticker.Stop()
	text := plainText{a: a, c: c}
	for {
		changed, _ := r.Changed()
		b := r.Playback()
		over := !b.Playing && !b.Seeking
		if !over {
			select {
			case <-ended:
				return stop()
			case <-changed:
				continue
			case <-ticker.C:
			}
		} else if err := startWithin(from, b.Start, b.End); err != nil && r.Player.Playback().Err == nil {
			return errors.Join(err, stop())
		}
		if err := text.write(r.state()); err != nil || over {
			return errors.Join(err, stop())
		}
	}
}
