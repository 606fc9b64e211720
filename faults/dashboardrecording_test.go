package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/recording"
	"labtop/testkit/mosquitto"
)

// TestFullDiskUnderDashboard records from the screen until there is no more room for the
// file: the screen says so at once, in one line, and goes on.
func TestFullDiskUnderDashboard(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	dir := t.TempDir()
	limited := func(program string, args ...string) []string {
		return append([]string{"sh", "-c", `cd "$0"; ulimit -f 40; exec "$@"`, dir, program}, args...)
	}
	term := dashboard(t, limited, "-b", "mqtt://"+b.Addr)
	term.Wait("● mqtt://" + b.Addr)
	numbers := publishNumbers(t, b.Addr, 500)
	defer numbers.end()
	term.Wait("LAB1")
	term.Keys("r")
	term.Wait("● rec ", "KiB")
	screen := term.Wait("▲ the recording has ended: file too large")
	seen := time.Now()
	if strings.Contains(screen, "● rec") || strings.Count(screen, "▲") != 1 {
		t.Errorf("it takes more than a line, or the recording seems to go on:\n%s", screen)
	}
	live(t, term)
	files, err := filepath.Glob(filepath.Join(dir, "labtop-*.mcap"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	about, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	// Its last change is that it was cut back to its last whole record.
	late := seen.Sub(about.ModTime())
	t.Logf("the screen said so %v after the end", late)
	if late > 3*time.Second {
		t.Errorf("the screen said so %v after the end, want at most a second on a quiet machine", late)
	}
	entries, health := recorded(t, files[0])
	if len(entries) < 500 || health.Damaged > 0 || health.Lost > 0 || !health.Cut {
		t.Errorf("%d entries, %+v", len(entries), health)
	}
	// It begins with how the connection stood when the key was pressed.
	first := entries[0]
	if c := first.Connection; first.Kind != recording.ConnectionEntry || c.State != model.Connected || len(c.Subscriptions) == 0 ||
		!first.Time.After(c.Since) || entries[1].Time.Sub(first.Time) > 2*time.Second {
		t.Errorf("it begins with %+v at %v, then %v", first.Connection, first.Time, entries[1].Time)
	}
	// Another one fails as soon, beside the first.
	term.Keys("r")
	term.Wait("● rec ")
	term.Wait("▲ the recording has ended: file too large")
	if files, _ = filepath.Glob(filepath.Join(dir, "labtop-*.mcap")); len(files) != 2 {
		t.Errorf("the second recording went to %v", files)
	}
	term.Keys("q")
	term.Wait("file too large; the recording", "ended with 1")
}
