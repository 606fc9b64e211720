//go:build unix

package recording_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/recording"
)

// TestBadNotes plays recordings whose notes cannot be read, in part or at all.
func TestBadNotes(t *testing.T) {
	t.Parallel()
	file := written(t, func(w *recording.Writer) error { return w.Message(at(0, "1")) })
	note := func(text string) string {
		return fmt.Sprintf(`{"time":"%s","note":"%s"}`, moment(0).UTC().Format(time.RFC3339Nano), text)
	}
	for name, test := range map[string]struct {
		write   func(path string) error
		notes   int
		problem bool
	}{
		"a long line": {notes: 2, write: func(path string) error {
			return os.WriteFile(path, []byte(note("one")+"\n"+note(strings.Repeat("x", 300<<10))+"\n"+note("two")), 0o600)
		}},
		"lines without an end": {write: func(path string) error {
			return os.WriteFile(path, bytes.Repeat([]byte("x"), 8<<20), 0o600)
		}},
		"a directory": {problem: true, write: func(path string) error { return os.Mkdir(path, 0o700) }},
		"a pipe":      {problem: true, write: func(path string) error { return syscall.Mkfifo(path, 0o600) }},
	} {
		path := kept(t, file)
		if err := test.write(path + recording.NotesSuffix); err != nil {
			t.Fatal(err)
		}
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		b, marks := p.Playback(), p.Timeline(0).Marks
		if len(marks) != test.notes || (b.NotesErr != nil) != test.problem || b.Err != nil {
			t.Errorf("%s: %d notes, %+v", name, len(marks), b)
		}
	}
}
