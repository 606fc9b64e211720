package recording_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/recording"
	"labtop/testkit/forge"
)

// changed is when the tests' logs were written last.
var changed = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// openText opens a log, which was written last when changed says.
func openText(tb testing.TB, format, text string) (*recording.File, error) {
	tb.Helper()
	return recording.Open(changedAt(tb, text, changed), format)
}

// changedAt is a file that was written last at a time.
func changedAt(tb testing.TB, text string, at time.Time) (path string) {
	tb.Helper()
	path = filepath.Join(tb.TempDir(), "log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		tb.Fatal(err)
	}
	return path
}

// logMessages reads a log, which must be taken for one of a format, and tells what is
// in it.
func logMessages(tb testing.TB, format, text string) (messages []string, health recording.Health) {
	tb.Helper()
	f, err := openText(tb, "", text)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if f.Format != format {
		tb.Fatalf("taken for %s", f.Format)
	}
	return messagesOf(tb, f), f.Health()
}

func messagesOf(tb testing.TB, f *recording.File) (messages []string) {
	tb.Helper()
	for {
		var e recording.Entry
		if err := f.Next(&e); errors.Is(err, io.EOF) {
			return messages
		} else if err != nil {
			tb.Fatal(err)
		}
		messages = append(messages, messageText(&e.Message))
	}
}

func messageText(m *model.Message) string {
	return fmt.Sprintf("%s %s Q%d %v %q %d", m.Time.UTC().Format("15:04:05.000000"), m.Topic, m.QoS, m.Retained, m.Payload, m.Size)
}

// sample is a log of a format, as the program writes it.
func sample(tb testing.TB, format string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "logs", format+".txt"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// logFormats are the formats of texts.
func logFormats() []recording.Format { return recording.Formats()[3:] }

// TestSamples: a log of each format is taken for what it is, however it is stored, and
// in all these ways holds the same.
func TestSamples(t *testing.T) {
	t.Parallel()
	for _, format := range logFormats() {
		t.Run(format.Name, func(t *testing.T) {
			t.Parallel()
			text := sample(t, format.Name)
			want, health := logMessages(t, format.Name, text)
			if len(want) == 0 {
				t.Fatal("no message")
			}
			for name, stored := range stores(t, text) {
				got, gotHealth := logMessages(t, format.Name, stored)
				for i := range got {
					got[i] = strings.ReplaceAll(got[i], `\r\n`, `\n`) // within a payload they are its own
				}
				if strings.Join(cutSizes(got), "\n") != strings.Join(cutSizes(want), "\n") || gotHealth != health {
					t.Errorf("%s: %+v, want %+v\n%s", name, gotHealth, health, strings.Join(got, "\n"))
				}
			}
			if f, err := openText(t, format.Name, text); err != nil || f.Lacks&format.Lacks != format.Lacks || f.Close() != nil {
				t.Errorf("by its name: %v", err)
			}
		})
	}
}

// stores are the ways in which a text may be stored.
func stores(tb testing.TB, text string) map[string]string {
	tb.Helper()
	return map[string]string{
		"gzip":                   string(zipped(tb, []byte(text))),
		"zstd":                   string(forge.Zstd([]byte(text))),
		"with a byte order mark": "\ufeff" + text,
		"UTF-16, little endian":  string(wide([]byte(text), binary.LittleEndian)),
		"UTF-16, big endian":     string(wide([]byte(text), binary.BigEndian)),
		"from Windows":           strings.ReplaceAll(text, "\n", "\r\n"),
		"from an old Mac":        strings.ReplaceAll(text, "\n", "\r"),
	}
}

// cutSizes leaves out the sizes.
func cutSizes(messages []string) (cut []string) {
	for _, m := range messages {
		cut = append(cut, m[:strings.LastIndexByte(m, ' ')])
	}
	return cut
}
