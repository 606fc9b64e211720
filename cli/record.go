package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"labtop/crash"
	"labtop/model"
	"labtop/monitor"
	"labtop/recording"
	"labtop/subscriber"
)

func newRecord(a *app) *cobra.Command {
	var output string
	var duration time.Duration
	cmd := &cobra.Command{
		Use:   "record -o FILE",
		Short: "Record a session without a screen",
		Long: "Record everything that the broker sends, until interrupted or for a while: payloads\n" +
			"byte for byte with their times, QoS and flags, and what happens to the connection.\n" +
			"The file is MCAP (https://mcap.dev). A sudden end costs at most the last second.\n" +
			"Exit code 4 says that the broker was never reached.",
		Example: "  labtop record -o lab.mcap -t 'iotclass/#'\n  labtop record -o lab.mcap --for 1h\n  labtop record -o lab.mcap --rotate 100MB",
		Args:    noCommand,
		RunE: a.connecting(func(ctx context.Context, a *app, c *Config, _ []string) error {
			switch {
			case output == "" || output == "-":
				return usagef("a recording needs a file; write labtop record -o FILE")
			case duration < 0:
				return usagef("--for: %s is no time to record; give a duration such as 10m", duration)
			}
			own := *c
			own.Record = output
			return a.record(ctx, &own, duration)
		}),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this `FILE`")
	cmd.Flags().DurationVar(&duration, "for", 0, "record for this `DURATION`; 0s means until interrupted")
	a.addRecording(cmd, "record")
	return cmd
}

// record writes what the source hands over to a file. It ends with ctx, after the
// duration unless that is 0, or when the file cannot be written any more.
func (a *app) record(ctx context.Context, c *Config, duration time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.warnInsecure(c)
	o := recorderOptions(c, c.Broker.String())
	o.OnEnd = func(error) { cancel() }
	recorder, err := startRecorder(o)
	if err != nil {
		return err
	}
	if duration > 0 {
		timer := time.AfterFunc(duration, crash.Guarded(a.fail, cancel))
		defer timer.Stop()
	}
	progress := recordProgress{
		recorder: recorder, reached: connectionLog{a: a, several: len(c.Others) > 0},
		line: statusLine{w: a.env.Stderr, on: a.env.StderrTerminal},
	}
	m := monitor.New(subscriber.New(subscriberOptions(c)), &progress)
	m.RecordTo(recorder)
	sourceErr := m.Run(ctx)
	progress.line.clear()
	err = recorder.Stop()
	switch s := recorder.Status(); {
	case err == nil:
		say(a.env.Stderr, "recorded "+recorded(&s)+" to "+s.Path)
	case !errors.Is(err, recording.ErrNothing):
		return errors.New(endedEarly(err))
	default:
		a.warn(endedEarly(err))
	}
	switch {
	case sourceErr != nil:
		return sourceErr
	case progress.last.Connects == 0 && duration > 0:
		return progress.unreached()
	case err != nil:
		return &exitError{code: ExitFailure} // told already
	}
	return nil
}

// recordProgress is the lab of a recording without a screen: it keeps nothing and tells how
// it goes.
type recordProgress struct {
	noLab
	recorder *recording.Recorder
	reached  connectionLog
	line     statusLine
	last     model.Connection // the last state before the end
}

// SetConnection is of monitor.Lab.
func (p *recordProgress) SetConnection(c model.Connection) {
	if c.State != model.Closed {
		p.last = c
		p.line.clear()
		p.reached.tell(&c)
	}
}

// Tick is of monitor.Lab.
func (p *recordProgress) Tick(_ time.Time, source model.SourceStats) {
	if source.Presence != p.reached.presence {
		p.line.clear()
		p.reached.tellPresence(source.Presence)
	}
	s := p.recorder.Status()
	p.line.write(fmt.Sprintf("%s  %s  %s", s.Path, time.Since(s.Since).Round(time.Second), recorded(&s)))
}

// unreached is why the broker was never reached, without a word when that was told.
func (p *recordProgress) unreached() error {
	err := unreached(&p.last)
	if slices.Contains(p.reached.said, err.Error()) {
		return &exitError{code: ExitUnreachable}
	}
	return err
}

// noLab is the part of a monitor.Lab that is of no use where no state is kept.
type noLab struct{}

func (noLab) Apply([]model.Message) {}

func (noLab) Shift(time.Duration) {}

func (noLab) Awoke(time.Time) {}

// recorded says how much a recording holds.
func recorded(s *recording.Status) string {
	text := fmt.Sprintf("%s, %s", count(s.Messages, "message"), shortSize(s.Bytes))
	if s.Files > 1 {
		text += fmt.Sprintf(" in %d files, the last", s.Files)
	}
	if s.Lost > 0 {
		text += fmt.Sprintf(" (%d lost: the disk was too slow)", s.Lost)
	}
	return text
}

// statusLine is a line on a terminal that is written over and over.
type statusLine struct {
	w     io.Writer
	on    bool
	shown bool
}

func (l *statusLine) write(text string) {
	if !l.on {
		return
	}
	const width = 79 // a longer line would not be written over
	if runes := []rune(text); len(runes) > width {
		text = string(runes[:width-1]) + "…"
	}
	l.shown = true
	_, _ = fmt.Fprintf(l.w, "\r%s\x1b[K", text)
}

// clear takes the line away.
func (l *statusLine) clear() {
	if l.shown {
		l.shown = false
		_, _ = fmt.Fprint(l.w, "\r\x1b[K")
	}
}
