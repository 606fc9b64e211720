package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"labtop/model"
	"labtop/recording"
)

// exportFlags are what `labtop export` is told.
type exportFlags struct {
	format, output, since, until string
	wide, force                  bool
	every                        time.Duration
	paced                        bool // every was given
	log                          logFlags
}

func newExport(a *app) *cobra.Command {
	var o exportFlags
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write a recording as CSV or NDJSON",
		Long: "Write a recording as data. CSV has one line a reading: time, device, metric,\n" +
			"value, unit, text, topic, QoS and whether it was retained; with --wide it has a\n" +
			"column a metric and one line a second, or --every other time, with the mean of\n" +
			"what came in it. NDJSON has one JSON object a message, as labtop log --json\n" +
			"prints it, and loses nothing.",
		Example: "  labtop export lab.mcap -o lab.csv\n" +
			"  labtop export lab.mcap -t 'iotclass/#' --wide --every 1m\n" +
			"  labtop export lab.mcap --format ndjson --since 10m --until 20m",
		Args: oneRecording,
		RunE: a.configured(func(ctx context.Context, a *app, c *Config, args []string) error {
			return a.export(ctx, c, args[0], &o)
		}),
	}
	export := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.paced = cmd.Flags().Changed("every")
		return export(cmd, args)
	}
	flags := cmd.Flags()
	flags.StringVar(&o.format, "format", "csv", "csv or ndjson: `NAME`")
	flags.BoolVar(&o.wide, "wide", false, "CSV with a column a metric")
	flags.DurationVar(&o.every, "every", time.Second, "with --wide, one line for this `DURATION`")
	flags.StringVar(&o.since, "since", "", "leave out what came before this `TIME`: 10m after the start, 14:30, or a date with a time")
	flags.StringVar(&o.until, "until", "", "leave out what came at this `TIME` or later")
	flags.StringVarP(&o.output, "output", "o", "", "write to this `FILE`, not to stdout")
	o.log.addFlags(flags, "log-")
	flags.BoolVar(&o.force, "force", false, "overwrite a file of that name")
	return cmd
}

// oneRecording accepts one argument, a recording.
func oneRecording(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usagef("%s needs a recording; write %s FILE", cmd.CommandPath(), cmd.CommandPath())
	case 1:
		return nil
	}
	return usagef("%s takes one FILE, got %s too; remove it", cmd.CommandPath(), quote(args[1]))
}

// exporter writes messages in one of the formats.
type exporter interface {
	message(m *model.Message) error
	// end writes what is left.
	end() error
}

// export reads a recording and writes the chosen part of it.
func (a *app) export(ctx context.Context, c *Config, path string, o *exportFlags) (err error) {
	span, err := parseSpan(o.since, o.until)
	switch {
	case err != nil:
		return err
	case o.format != "csv" && o.format != "ndjson":
		return usagef("--format: %s is neither csv nor ndjson", quote(o.format))
	case o.wide && o.format != "csv":
		return usagef("--wide: only CSV has columns; remove it, or --format")
	case o.wide && path == "-":
		return usagef("--wide: it reads its file twice, and stdin can be read once only; make a recording of it with labtop import - -o FILE")
	case o.paced && !o.wide:
		return usagef("--every: only --wide has a line for some time; add it, or remove --every")
	case o.every < time.Millisecond:
		return usagef("--every: %s is too short for a line; write 1ms or more", o.every)
	}
	conventions, err := newConventions(c)
	if err != nil {
		return err
	}
	open := func() (*recording.File, error) { return a.openRecorded(ctx, path, &o.log) }
	in, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	some := false
	chosen := func(m *model.Message) bool {
		ok := span.holds(m.Time) && wanted(c, m.Topic)
		some = some || ok
		return ok
	}
	read := func(in *recording.File, f func(*model.Message) error) error {
		return readMessages(ctx, in, chosen, &span, f)
	}
	newRows := func() *recording.Rows { return recording.NewRows(conventions.Decoder) }
	write := func(out io.Writer) error { return a.writeExport(out, in, open, inputName(path), o, newRows, read) }
	if o.output == "" || o.output == "-" {
		err = write(a.env.Stdout)
	} else {
		err = outputFile{path: o.output, input: path, what: "the export", force: o.force}.write(write)
	}
	if err == nil && !some {
		a.warn("no message of " + inputName(path) + " is of the topics and the time that were chosen")
	}
	return err
}

// writeExport writes what read tells of an opened recording: read calls f for each
// message of the chosen part.
func (a *app) writeExport(out io.Writer, in *recording.File, open func() (*recording.File, error), path string, o *exportFlags, newRows func() *recording.Rows,
	read func(in *recording.File, f func(*model.Message) error) error,
) error {
	w := bufio.NewWriterSize(out, 64<<10)
	var x exporter
	rows := newRows()
	switch {
	case o.format == "ndjson":
		x = ndjson{w}
	case o.wide:
		table := newWideTable(w, rows, o.every)
		first, err := open() // a CSV file has its columns at the start
		if err != nil {
			return err
		}
		err = read(first, table.collect)
		if err := errors.Join(err, first.Close()); err != nil {
			return err
		}
		x = table.begin()
		rows = newRows()
		table.rows = rows
	default:
		x = newTidyTable(w, rows)
	}
	if err := read(in, x.message); err != nil {
		return err
	}
	if err := errors.Join(x.end(), w.Flush()); err != nil {
		return fmt.Errorf("writing the messages: %w", err)
	}
	a.tellOf(path, in)
	if rows.Untracked > 0 {
		a.warn(fmt.Sprintf("%s on too many topics are left out", count(rows.Untracked, "message")))
	}
	if rows.Skipped > 0 {
		a.warn(fmt.Sprintf("%s of payloads that hold too many are left out", count(rows.Skipped, "value")))
	}
	return nil
}

// readMessages reads a recording to its end and calls f for each message that is wanted.
func readMessages(ctx context.Context, file *recording.File, want func(*model.Message) bool, span *span, f func(*model.Message) error) error {
	var e recording.Entry
	for n := 0; ; n++ {
		err := file.Next(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && n%1024 == 0 {
			err = ctx.Err()
		}
		if err == nil && n == 0 {
			err = span.from(e.Time)
		}
		if err == nil && e.Kind == recording.MessageEntry && want(&e.Message) {
			if err = f(&e.Message); err != nil {
				err = fmt.Errorf("writing the messages: %w", err)
			}
		}
		if err != nil {
			return err
		}
	}
}

// wanted says whether one of the filters matches a topic.
func wanted(c *Config, topic string) bool {
	for _, f := range c.Filters {
		if model.MatchTopic(f.Topic, topic) {
			return true
		}
	}
	return false
}

// ndjson writes one JSON object a message.
type ndjson struct{ w *bufio.Writer }

func (n ndjson) message(m *model.Message) error { return writeJSON(n.w, m) }

func (n ndjson) end() error { return nil }
