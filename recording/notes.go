package recording

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// NotesSuffix is added to the name of a recording for that of the file with the notes
// that were made while it was played: one JSON object a line, with time and note. The
// recording itself is never touched, so that nothing of it can be lost, and a log of
// another program can have notes too.
const NotesSuffix = ".notes"

// notes are those that were made while a recording was played.
type notes struct {
	path    string
	problem error // why they could not be read, or nil

	mu  sync.Mutex // guards what follows, and the writing
	all []Mark
}

// noteLine is a line of the file.
type noteLine struct {
	Time time.Time `json:"time"`
	Note string    `json:"note"`
}

// The bounds of the file: what is beyond them is not read.
const (
	mostNotes     = 2000
	mostNoteBytes = 4 << 20
	mostNoteLine  = 64 << 10 // a longer line is left out
)

// openNotes reads the notes on a recording; there may be none. Those that cannot be read
// are no reason not to play it.
func openNotes(recording string) *notes {
	n := &notes{path: recording + NotesSuffix}
	if err := n.read(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		n.problem = fmt.Errorf("the notes on the recording cannot be read: %w", err)
	}
	return n
}

// Notes are the notes that were made while a recording was played, from the file beside
// it, as entries by their times. There may be none.
func Notes(recording string) ([]Entry, error) {
	n := openNotes(recording)
	var entries []Entry
	for _, m := range n.all {
		entries = append(entries, Entry{Kind: NoteEntry, Time: m.At, Note: m.Text})
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return a.Time.Compare(b.Time) })
	return entries, n.problem
}

func (n *notes) read() error {
	f, _, err := openRegular(n.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(io.LimitReader(f, mostNoteBytes), mostNoteLine)
	for err == nil && len(n.all) < mostNotes {
		var line []byte
		var note noteLine
		if line, err = in.ReadSlice('\n'); errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
		} else if json.Unmarshal(line, &note) == nil && note.Note != "" { // else it was cut, or is somebody else's
			n.all = append(n.all, Mark{Kind: MarkNote, At: note.Time, Text: note.Note})
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// marks are the notes as marks. They are never changed.
func (n *notes) marks() []Mark {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all
}

// add keeps a note: it is on the disk when this returns.
func (n *notes) add(at time.Time, text string) error {
	line, err := json.Marshal(noteLine{at.UTC(), text})
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := appendLine(n.path, line); err != nil {
		return fmt.Errorf("the note cannot be kept: %w", err)
	}
	n.all = append(n.all[:len(n.all):len(n.all)], Mark{Kind: MarkNote, At: at, Text: text})
	return nil
}

// appendLine appends a line to a file that may end within one.
func appendLine(path string, line []byte) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	last := make([]byte, 1)
	if size > 0 {
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
	}
	if size > 0 && last[0] != '\n' {
		line = append([]byte("\n"), line...)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	return f.Sync()
}

// AddNote keeps a note at the moment that is shown, in the file beside the recording.
// It waits for the disk.
func (p *Player) AddNote(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return ErrEmptyNote
	}
	if err := p.notes.add(p.Playback().At, text); err != nil {
		return err
	}
	p.change(func() {})
	return nil
}

// ErrEmptyNote says that a note has no text.
var ErrEmptyNote = errors.New("the note is empty")
