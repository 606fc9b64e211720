package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/testdata/sessions"
)

// TestPlayedSessions: the text at the end of a recorded session is that of a snapshot
// from it, alerts included, wherever the replay began.
func TestPlayedSessions(t *testing.T) {
	t.Parallel()
	for _, name := range sessions.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "session.mcap")
			if err := os.WriteFile(path, sessions.Recording(name), 0o600); err != nil {
				t.Fatal(err)
			}
			_, want, _ := run(t, nil, "snapshot", "--from", path)
			if len(want) < 500 {
				t.Fatalf("a snapshot of %d bytes", len(want))
			}
			for _, args := range [][]string{{"--speed", "max"}, {"--speed", "max", "--start", "1m"}, {"--speed", "10000", "--start", "90s"}} {
				code, got, stderr := run(t, nil, append([]string{"replay", path, "--plain"}, args...)...)
				if code != 0 || stderr != "" {
					t.Errorf("%q: exit code %d, %q", args, code, stderr)
				}
				if !strings.HasSuffix(got, want) {
					t.Errorf("%q ends with:\n%s\nwant:\n%s", args, got, want)
				}
			}
		})
	}
}

// TestReplayWrong refuses what cannot be meant, each with one line.
func TestReplayWrong(t *testing.T) {
	t.Parallel()
	path := lab(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--to", ""}, `--to: "" is no broker; write a URL like mqtt://lab-pi`},
		{[]string{"--to", "", "--prefix", "replay/"}, `--to: "" is no broker; write a URL like mqtt://lab-pi`},
		{[]string{"--prefix", "replay/"}, "--prefix, --retain and --force say how to publish; say where with --to URL"},
		{[]string{"--log-format", "tasmota"}, "the recording cannot be read: " + path + ": it is a recording (mcap), and not what it was to be read as, tasmota"},
	} {
		code, stdout, stderr := run(t, nil, append([]string{"replay", path, "--speed", "max"}, tt.args...)...)
		if code != 2 || stdout != "" || stderr != "labtop: "+tt.want+"\n" {
			t.Errorf("%q: exit code %d, %q, %q", tt.args, code, stdout, stderr)
		}
	}
}

// TestReplayAfterTheEnd refuses to begin after the end, and does not call that a broker
// that cannot be reached.
func TestReplayAfterTheEnd(t *testing.T) {
	t.Parallel()
	path := lab(t) // an hour long
	began := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC).Local()
	want := "labtop: --start: the recording has ended by then: it is of " + began.Format("2006-01-02 15:04:05") + ", for 1h0m0s; write a time within it\n"
	for _, args := range [][]string{{"--plain"}, {"--plain", "--speed", "max"}, {"--to", "mqtt://127.0.0.1:1", "--prefix", "replay/"}} {
		code, stdout, stderr := run(t, nil, append([]string{"replay", path, "--start", "2h"}, args...)...)
		if code != 2 || stdout != "" || stderr != want {
			t.Errorf("%q: exit code %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
