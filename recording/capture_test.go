package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"labtop/recording"
	"labtop/testkit/forge"
)

// TestCapture reads a network capture as a recording, stored in several ways.
func TestCapture(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "captures", "lesson.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"14:00:00.008000 iotclass/lab1/temperature Q0 false \" 22.50\" 6",
		"14:00:00.008000 iotclass/lab1/status Q1 false \"online\" 6",
		"14:00:00.010000 iotclass/lab1/empty Q0 false \"\" 0",
		"14:00:00.010000 küche/温度 Q2 false \"\\x00\\xff\" 2",
		"14:00:00.023000 iotclass/lab2/temperature Q0 false \" 21.00\" 6",
		"gap of 34 bytes: the capture lacks a part of a connection",
		"14:00:01.025000 iotclass/lab2/humidity Q0 false \" 45.30\" 6",
	}
	remarks := []string{
		"3 MQTT connections",
		"1 copy of a message on its way to a subscriber is left out",
		"1 message was sent to be retained; subscribers get it without that flag, and so it is here",
		"1 connection is encrypted and cannot be read (TLS, port 8883)",
		"1 connection was under way when the capture began",
		"1 connection does not tell its version of MQTT, which is guessed",
		"1 piece of a connection is missing, 34 bytes; messages in them are lost",
	}
	for name, stored := range map[string][]byte{"": data, "gzip": zipped(t, data), "zstd": forge.Zstd(data)} {
		path := filepath.Join(t.TempDir(), "lesson")
		if err := os.WriteFile(path, stored, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := recording.Open(path, "")
		if err != nil {
			t.Fatal(err)
		}
		got := entriesOf(t, f)
		if diff := cmp.Diff(want, got); diff != "" || f.Format != "pcap" || f.Compression != name || f.Health() != (recording.Health{}) {
			t.Errorf("%s within %q: %+v\n%s", f.Format, f.Compression, f.Health(), diff)
		}
		if diff := cmp.Diff(remarks, f.Remarks()); diff != "" {
			t.Error(diff)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, format := range []string{recording.MCAPFormat, "pcapng", recording.LogFormat} {
		if f, err := recording.OpenStream(bytes.NewReader(data), format); err == nil && len(entriesOf(t, f)) > 0 {
			t.Errorf("it was read as %s", format)
		}
	}
	f, err := recording.OpenStream(bytes.NewReader(data[:len(data)-5]), "pcap")
	if err != nil {
		t.Fatal(err)
	}
	if got := entriesOf(t, f); len(got) != len(want)-2 || !f.Health().Cut {
		t.Errorf("of one that was cut: %q", got)
	}
}

// entriesOf are the messages and gaps of a file as texts.
func entriesOf(t *testing.T, f *recording.File) (texts []string) {
	t.Helper()
	for {
		var e recording.Entry
		if err := f.Next(&e); errors.Is(err, io.EOF) {
			return texts
		} else if err != nil {
			t.Fatal(err)
		}
		if e.Kind == recording.GapEntry {
			texts = append(texts, fmt.Sprintf("gap of %d bytes: %s", e.Gap.Bytes, e.Gap.Reason))
			continue
		}
		texts = append(texts, messageText(&e.Message))
	}
}
