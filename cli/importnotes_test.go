package cli_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// TestImportNotes: notes beside a recording become notes within the one that is made of
// it, each in its place, whatever was done to the clock; what cannot be read is said.
func TestImportNotes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "lab.mcap"), filepath.Join(dir, "noted.mcap")
	start := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	f, err := os.Create(in)
	if err != nil {
		t.Fatal(err)
	}
	w, err := recording.NewWriter(f, recording.Info{Broker: "mqtt://lab-pi", Started: start})
	if err != nil {
		t.Fatal(err)
	}
	say := func(seconds int, text string) error {
		return w.Message(&model.Message{Topic: "a/b", Payload: []byte(text), Size: len(text), Time: start.Add(time.Duration(seconds) * time.Second)})
	}
	err = errors.Join(say(0, "1"), say(10, "2"), w.Note(start.Add(11*time.Second), "while it went on"),
		w.Clock(start.Add(time.Hour+20*time.Second), time.Hour, 0), say(3600+30, "3"), w.Close(start.Add(time.Hour+40*time.Second)), f.Close())
	if err != nil {
		t.Fatal(err)
	}
	lines := `{"time":"2026-11-22T14:00:25Z","note":"after the clock was set"}
{"time":"2026-11-22T14:00:05Z","note":"between"}
no note
{"time":"2026-11-22T15:30:00Z","note":"after the end"}
`
	if err := os.WriteFile(in+recording.NotesSuffix, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := run(t, nil, "import", in, "-o", out)
	if want := "labtop: 3 messages and 3 notes of " + in + ".notes in " + out + "\n"; code != 0 || !strings.HasSuffix(stderr, want) {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	want := []string{
		"00:00 1", "00:05 note between", "00:10 2", "00:11 note while it went on", "00:20 clock", "00:25 note after the clock was set", "00:30 3",
		"30:00 note after the end", "30:00 end",
	}
	file, err := recording.Open(out, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var got []string
	for {
		var e recording.Entry
		if err := file.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		what := map[recording.Kind]string{
			recording.MessageEntry: string(e.Message.Payload), recording.NoteEntry: "note " + e.Note,
			recording.ClockEntry: "clock", recording.EndEntry: "end",
		}[e.Kind]
		got = append(got, e.Time.UTC().Format("04:05 ")+what)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := errors.Join(os.Remove(in+recording.NotesSuffix), os.Mkdir(in+recording.NotesSuffix, 0o700)); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = run(t, nil, "import", in, "-o", out, "--force")
	if code != 0 || !strings.Contains(stderr, "the notes on the recording cannot be read") || !strings.HasSuffix(stderr, "3 messages in "+out+"\n") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
