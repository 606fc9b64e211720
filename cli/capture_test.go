package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestImportCapture imports a network capture, and one in which there is nothing.
func TestImportCapture(t *testing.T) {
	t.Parallel()
	lesson := filepath.Join("..", "recording", "testdata", "captures", "lesson.pcap")
	said := func(stderr string) string { return strings.ReplaceAll(stderr, lesson, "lesson.pcap") }
	output := filepath.Join(t.TempDir(), "lab.mcap")
	code, stdout, stderr := run(t, nil, "import", lesson, "-o", output)
	want := `labtop: lesson.pcap is a network capture (pcap)
labtop: lesson.pcap: 3 MQTT connections
labtop: lesson.pcap: 1 copy of a message on its way to a subscriber is left out
labtop: lesson.pcap: 1 message was sent to be retained; subscribers get it without that flag, and so it is here
labtop: lesson.pcap: 1 connection is encrypted and cannot be read (TLS, port 8883)
labtop: lesson.pcap: 1 connection was under way when the capture began
labtop: lesson.pcap: 1 connection does not tell its version of MQTT, which is guessed
labtop: lesson.pcap: 1 piece of a connection is missing, 34 bytes; messages in them are lost
labtop: 6 messages in ` + output + "\n"
	if diff := cmp.Diff(want, said(stderr)); code != 0 || stdout != "" || diff != "" {
		t.Errorf("exit code %d, %q, %s", code, stdout, diff)
	}
	_, direct, stderr := run(t, nil, "export", lesson, "--format", "ndjson")
	_, imported, _ := run(t, nil, "export", output, "--format", "ndjson")
	if direct != imported || strings.Count(direct, "\n") != 6 || !strings.Contains(said(stderr), "lesson.pcap: 3 MQTT connections\n") {
		t.Errorf("%s\n%s\n%s", direct, imported, stderr)
	}
	_, _, stderr = run(t, nil, "replay", lesson, "--plain", "--speed", "max")
	if !strings.Contains(said(stderr), "lesson.pcap: 1 copy of a message on its way to a subscriber is left out\n") {
		t.Errorf("a replay says %s", stderr)
	}

	data, err := os.ReadFile(lesson)
	if err != nil {
		t.Fatal(err)
	}
	lesson = filepath.Join(t.TempDir(), "empty.pcap")
	if err := os.WriteFile(lesson, data[:24], 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = run(t, nil, "import", lesson, "-o", filepath.Join(t.TempDir(), "lab.mcap"))
	want = "labtop: lesson.pcap is a network capture (pcap)\nlabtop: lesson.pcap: 0 MQTT connections\nlabtop: there is no message to import\n"
	if diff := cmp.Diff(want, said(stderr)); code != 2 || diff != "" {
		t.Errorf("exit code %d: %s", code, diff)
	}
}
