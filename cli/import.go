package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"labtop/recording"
)

// importFlags are what `labtop import` is told.
type importFlags struct {
	log    logFlags
	output string
	force  bool
}

func newImport(a *app) *cobra.Command {
	var o importFlags
	cmd := &cobra.Command{
		Use:   "import IN -o FILE",
		Short: "Make a recording of a log or a network capture",
		Long: "Make a recording of a log that labtop or another program has written, or of a\n" +
			"network capture with MQTT without TLS, compressed with gzip or zstd or not; - is\n" +
			"stdin. Every command that takes a recording takes these as well. What a file begins\n" +
			"with tells what it is, unless --format does. Notes that were made while it was\n" +
			"played, which are in FILE.notes, become notes of the recording:\n\n" + formatTable() +
			"\n\nNAME can also be a format of mosquitto_sub -F, such as '%U %q %r %l %x %t'.",
		Example: "  labtop import messages.ndjson.gz -o lab.mcap\n" +
			"  labtop import lesson.txt -o lab.mcap --start \"2026-11-22 14:00\" --interval 5s",
		Args: oneRecording,
		RunE: a.configured(func(ctx context.Context, a *app, _ *Config, args []string) error {
			return a.importLog(ctx, args[0], &o)
		}),
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.output, "output", "o", "", "write the recording to this `FILE`")
	o.log.addFlags(flags, "")
	flags.BoolVar(&o.force, "force", false, "overwrite a recording of that name")
	return cmd
}

// importLog copies everything that a log tells into a recording.
func (a *app) importLog(ctx context.Context, path string, o *importFlags) error {
	if o.output == "" || o.output == "-" {
		return usagef("a recording needs a file; write labtop import IN -o FILE")
	}
	in, err := a.openRecorded(ctx, path, &o.log)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	var notes []recording.Entry
	if path != "-" {
		if notes, err = recording.Notes(path); err != nil {
			a.warn(err.Error())
		}
	}
	name := inputName(path)
	var n copied
	output := outputFile{path: o.output, input: path, what: "the recording", force: o.force}
	err = output.write(func(out io.Writer) (err error) {
		n, err = copyEntries(ctx, &noted{Source: in, notes: notes}, in.Info(), out)
		if err == nil || errors.Is(err, errNoMessage) {
			say(a.env.Stderr, name+" is "+whatItIs(in))
			a.tellRemarks(name, in.Remarks())
			a.warnOfHealth(name, in.Health())
		}
		return err
	})
	if err != nil {
		return err
	}
	if n.cut > 0 {
		a.warn(fmt.Sprintf("%s of more than %d MiB in %s, of which a recording holds no more", count(n.cut, "payload"), recording.MaxPayload>>20, name))
	}
	said := count(n.messages, "message")
	if len(notes) > 0 {
		said += " and " + count(len(notes), "note") + " of " + path + recording.NotesSuffix
	}
	say(a.env.Stderr, said+" in "+o.output)
	return nil
}

var errNoMessage = errors.New("there is no message to import")

// noted is what a file tells, with notes at their moments. Those are told on the clock of
// the file's start, as the player tells them.
type noted struct {
	recording.Source
	notes []recording.Entry
	next  recording.Entry // of the file, when ahead
	ahead bool
	ended bool
	set   time.Duration // by how much the clock was set so far
}

func (n *noted) Next(e *recording.Entry) error {
	if !n.ahead && !n.ended {
		switch err := n.Source.Next(&n.next); {
		case err == nil:
			n.ahead = true
		case errors.Is(err, io.EOF):
			n.ended = true
		default:
			return err
		}
	}
	if len(n.notes) > 0 {
		note := n.notes[0]
		note.Time = note.Time.Add(n.set)
		if n.ended || note.Time.Before(n.next.Time.Add(-n.next.Step-max(n.next.Away, 0))) {
			*e, n.notes = note, n.notes[1:]
			return nil
		}
	}
	if n.ended {
		return io.EOF
	}
	*e, n.ahead = n.next, false
	n.set += e.Step
	return nil
}

// copied counts messages that were copied, and those whose payloads had to be cut.
type copied struct{ messages, cut int }

// copyEntries writes what is left of a source as a recording.
func copyEntries(ctx context.Context, in recording.Source, info recording.Info, out io.Writer) (n copied, err error) {
	var w *recording.Writer
	var last time.Time
	var e recording.Entry
	for {
		err := in.Next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && n.messages%1024 == 0 {
			err = ctx.Err()
		}
		if err == nil && w == nil {
			w, err = begun(info, out, e.Time)
		}
		if err == nil {
			last, err = e.Time, w.Entry(&e)
		}
		if err != nil {
			return n, err
		}
		if e.Kind == recording.MessageEntry {
			n.messages++
			if len(e.Message.Payload) > recording.MaxPayload {
				n.cut++
			}
		}
	}
	if w == nil {
		return n, usageError(errNoMessage)
	}
	return n, w.Close(last)
}

// begun begins a recording of what another program, or labtop, has written.
func begun(info recording.Info, out io.Writer, at time.Time) (*recording.Writer, error) {
	info.Program = readVersion().String()
	info.Started = at
	return recording.NewWriter(out, info)
}
