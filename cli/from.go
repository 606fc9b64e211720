package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"labtop/recording"
	"labtop/safetext"
)

// reportRecorded is what is known of the recording that a state comes from.
type reportRecorded struct {
	Format  string `json:"format"`
	Program string `json:"program"`
	Broker  string `json:"broker"`
	// Cut says that the recording was not closed, Damaged counts the places that
	// could not be read and Lost the records that were there.
	Cut     bool   `json:"cut"`
	Damaged int    `json:"damaged"`
	Lost    uint64 `json:"lost"`
	Skipped uint64 `json:"skipped"`
}

// logFlags are what is said of a log that it does not tell itself.
type logFlags struct {
	format, start string
	interval      time.Duration
	prefix        string // of the flags' names
}

// addFlags adds the flags, their names with a prefix where a command has others of the
// same name.
func (o *logFlags) addFlags(flags *pflag.FlagSet, prefix string) {
	o.prefix = prefix
	flags.StringVar(&o.format, prefix+"format", "", "read the log as `NAME`, whatever it begins with")
	flags.StringVar(&o.start, prefix+"start", "", "of a log without times, the `TIME` of the first message; by default that of the file's last change")
	flags.DurationVar(&o.interval, prefix+"interval", time.Second, "of a log without times, the `DURATION` between two messages")
}

// open opens a log with what is said of it.
func (o *logFlags) open(open func(format string) (*recording.File, error)) (*recording.File, error) {
	var start time.Time
	var relative bool
	var err error
	if o.start != "" {
		start, _, relative, err = parseMoment(o.prefix+"start", o.start)
	}
	switch {
	case err != nil, relative:
		return nil, usagef("--%sstart: %s is no date with a time; write one like 2026-11-22T14:30:00Z or \"2026-11-22 14:30\"", o.prefix, quote(o.start))
	case o.interval < 0:
		return nil, usagef("--%sinterval: %s is no time between two messages; write one like 5s", o.prefix, o.interval)
	}
	if err := checkFormat(o.prefix+"format", o.format); err != nil {
		return nil, err
	}
	f, err := open(o.format)
	if err != nil {
		return nil, unreadable(err)
	}
	switch told := f.Lacks&recording.LacksTimes == 0; {
	case told && o.start != "":
		hint := ""
		if f.Lacks&recording.LacksDates != 0 {
			hint = "; their day is that of its last change, which touch -d sets"
		}
		return nil, errors.Join(usagef("--%sstart: this file tells the times of its messages; remove it%s", o.prefix, hint), f.Close())
	case start.IsZero():
		start = f.Start
	}
	f.Place(start, o.interval)
	return f, nil
}

// openRecording opens a recording or a log, with a hint when it is none. Reading it ends
// when ctx is done.
func openRecording(ctx context.Context, path string, o *logFlags) (*recording.File, error) {
	f, err := o.openFile(path)
	if err == nil {
		f.StopBy(ctx.Err)
	}
	return f, err
}

// openFile is openRecording for those that end reading themselves.
func (o *logFlags) openFile(path string) (*recording.File, error) {
	if path == "-" {
		return nil, usagef("stdin can be read once only; make a recording of it with labtop import - -o FILE")
	}
	return o.open(func(format string) (*recording.File, error) { return recording.Open(path, format) })
}

// openRecorded opens a recording, or a log, which may also come from stdin: "-".
func (a *app) openRecorded(ctx context.Context, path string, o *logFlags) (*recording.File, error) {
	if path != "-" {
		return openRecording(ctx, path, o)
	}
	f, err := o.open(func(format string) (*recording.File, error) {
		f, err := recording.OpenStream(a.env.Stdin, format)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", inputName(path), err)
		}
		return f, nil
	})
	if err == nil {
		f.StopBy(ctx.Err)
	}
	return f, err
}

// inputName is how messages call what is read.
func inputName(path string) string {
	if path == "-" {
		return "stdin"
	}
	return path
}

// unreadable adds to the error of opening a recording what to do, unless that was done.
func unreadable(err error) error {
	switch known := (*exitError)(nil); {
	case errors.As(err, &known):
		return err
	case errors.Is(err, recording.ErrFormat):
		return usageError(fmt.Errorf("%w; labtop import --help lists what labtop reads", err))
	case errors.Is(err, recording.ErrNewer):
		return usageError(fmt.Errorf("%w; get that one to read it", err))
	}
	return usageError(fmt.Errorf("the recording cannot be read: %w", err))
}

// tellOf says what a recording or log, which was read to its end, does not tell, and
// what is missing from it.
func (a *app) tellOf(path string, f *recording.File) {
	a.tellFormat(path, f)
	a.tellRemarks(path, f.Remarks())
	a.warnOfHealth(path, f.Health())
}

// tellFormat says what a log does not tell.
func (a *app) tellFormat(path string, f *recording.File) {
	if f.Lacks != 0 {
		say(a.env.Stderr, path+" is "+whatItIs(f))
	}
}

// tellRemarks says what was found in a network capture.
func (a *app) tellRemarks(path string, remarks []string) {
	for _, remark := range remarks {
		say(a.env.Stderr, path+": "+remark)
	}
}

// warnOfHealth says what is missing from a recording that was read to its end.
func (a *app) warnOfHealth(path string, h recording.Health) {
	for _, line := range healthLines(path, h) {
		a.warn(line)
	}
}

// healthLines say what is missing from a recording, as far as it was read.
func healthLines(path string, h recording.Health) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch {
	case h.DamagedAfter > 0:
		say("%s is damaged and cannot be decompressed to its end; it reads up to there, for %d bytes", path, h.DamagedAfter)
	case h.Cut:
		say("%s was not closed: cut, or still being written; it reads up to there", path)
	}
	if h.Sent > 0 {
		say("%s holds %s that its writer sent, not received", path, count(h.Sent, "message"))
	}
	if h.Torn {
		say("the last line of %s has no end; its payload may be cut", path)
	}
	if h.Altered > 0 {
		say("%s holds %s with bytes that are replaced or missing: the format cannot hold them", path, count(h.Altered, "message"))
	}
	switch {
	case h.Rewritten && h.Lost > 0:
		say("%s are missing from %s: mosquitto_sub %%J leaves out payloads that are no JSON; -F %%j keeps them", count(h.Lost, "message"), path)
	case h.DamagedAfter > 0: // that is said above
	case h.Damaged > 0 && h.Lost == 0:
		say("%s is damaged in %s; nothing tells how much was lost there", path, count(h.Damaged, "place"))
	case h.Damaged > 0:
		say("%s is damaged in %s; lost there: %s", path, count(h.Damaged, "place"), count(h.Lost, "record"))
	case h.Lost > 0:
		say("missing from %s: %s", path, count(h.Lost, "record"))
	}
	if h.Dropped > 0 {
		say("missing from %s: %s that came too fast for the disk", path, count(h.Dropped, "message"))
	}
	switch {
	case h.FirstSkipped > 0 && h.Skipped == 1:
		say("1 line of %s holds no message and is left out: line %d", path, h.FirstSkipped)
	case h.FirstSkipped > 0:
		say("%s of %s hold no message and are left out, the first is line %d", count(h.Skipped, "line"), path, h.FirstSkipped)
	case h.Skipped > 0:
		say("%s holds %s that are none of MQTT's; they are left out", path, count(h.Skipped, "message"))
	}
	return lines
}

// snapshotFrom prints the state at the end of a recording.
func (a *app) snapshotFrom(ctx context.Context, c *Config, path string, log *logFlags, asJSON bool) error {
	f, err := a.openRecorded(ctx, path, log)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	path = inputName(path)
	lab, err := newLabState(c, path, nil)
	if err != nil {
		return err
	}
	if err := recording.Feed(ctx, f, lab.store); err != nil {
		return err
	}
	a.tellOf(path, f)
	m := lab.moment()
	if err := a.writeRecorded(c, &lab, m, f, asJSON); err != nil {
		return err
	}
	if m.fires() {
		return &exitError{code: ExitAlert}
	}
	return nil
}

func (a *app) writeRecorded(c *Config, lab *labState, m *moment, f *recording.File, asJSON bool) error {
	if !asJSON {
		return a.writeSnapshot(c, m, nil)
	}
	r := newReport(lab.name, m.status.Now.UTC(), m)
	info, health := f.Info(), f.Health()
	r.Recorded = &reportRecorded{
		Format: f.Format, Program: safetext.Clean(info.Program), Broker: safetext.Clean(info.Broker),
		Cut: health.Cut, Damaged: health.Damaged, Lost: health.Lost, Skipped: health.Skipped,
	}
	return a.writeSnapshot(c, m, &r)
}
