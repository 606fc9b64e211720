package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"labtop/recording"
)

func newImport(a *app) *cobra.Command {
	var output, format string
	force := false
	cmd := &cobra.Command{
		Use:   "import IN -o FILE",
		Short: "Make a recording of a log",
		Long: "Make a recording of what labtop log --json, labtop export --format ndjson or\n" +
			"mosquitto_sub -F %j has written, compressed with gzip or zstd or not. Every command\n" +
			"that takes a recording takes such a log as well.",
		Example: "  labtop import messages.ndjson -o lab.mcap\n  labtop import messages.ndjson.gz -o lab.mcap",
		Args:    oneRecording,
		RunE: a.configured(func(ctx context.Context, a *app, _ *Config, args []string) error {
			formats := recording.Formats()
			switch {
			case output == "" || output == "-":
				return usagef("a recording needs a file; write labtop import IN -o FILE")
			case format != "" && !slices.Contains(formats, format):
				return usagef("--format: %s is none of %s", quote(format), strings.Join(formats, ", "))
			}
			return a.importLog(ctx, args[0], output, format, force)
		}),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the recording to this `FILE`")
	cmd.Flags().StringVar(&format, "format", "", "read the log as `NAME`: "+strings.Join(recording.Formats(), ", ")+"; by default its first lines tell")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite a recording of that name")
	return cmd
}

// importLog copies everything that a log tells into a recording.
func (a *app) importLog(ctx context.Context, path, output, format string, force bool) (err error) {
	in, err := openRecording(path, format)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := recording.Create(output, force)
	if errors.Is(err, recording.ErrExists) {
		return usageError(fmt.Errorf("%w; choose another name, or give --force", err))
	}
	if err != nil {
		return fmt.Errorf("the recording cannot be written: %w", err)
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			err = errors.Join(err, os.Remove(output))
		}
	}()
	messages, err := copyEntries(ctx, in, out)
	if err != nil {
		return err
	}
	a.warnOfHealth(path, in.Health())
	say(a.env.Stderr, fmt.Sprintf("%s is %s; %s in %s", path, formatName(in), count(messages, "message"), output))
	return nil
}

// formatName says what a file was found to be.
func formatName(f *recording.File) string {
	var name string
	switch f.Format {
	case recording.MCAPFormat:
		name = "a recording"
	case recording.LogFormat:
		name = "a log of labtop log --json"
	case recording.MosquittoFormat:
		name = "a log of mosquitto_sub -F %j, which tells no dup flags"
		if f.Health().Rewritten {
			name = "a log of mosquitto_sub -F %J, which tells no dup flags and writes payloads anew"
		}
	}
	if f.Compression != "" {
		name += " within " + f.Compression
	}
	return name
}

// copyEntries writes what is left of a file as a recording.
func copyEntries(ctx context.Context, in *recording.File, out io.Writer) (messages int, err error) {
	var w *recording.Writer
	var last time.Time
	var e recording.Entry
	for {
		err := in.Next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && messages%1024 == 0 {
			err = ctx.Err()
		}
		if err == nil && w == nil {
			w, err = begun(in, out, e.Time)
		}
		if err == nil {
			last, err = e.Time, w.Entry(&e)
		}
		if err != nil {
			return 0, err
		}
		if e.Kind == recording.MessageEntry {
			messages++
		}
	}
	if w == nil {
		return 0, usagef("there is no message to import")
	}
	return messages, w.Close(last)
}

// begun begins a recording of what another program, or labtop, has written.
func begun(in *recording.File, out io.Writer, at time.Time) (*recording.Writer, error) {
	info := in.Info()
	info.Program = readVersion().String()
	info.Started = at
	return recording.NewWriter(out, info)
}
