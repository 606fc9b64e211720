package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/monitor"
	"labtop/recording"
	"labtop/ui"
)

// tape is what a live lab is recorded to: one recording at a time, from its start on or
// from when somebody asks for one. To the dashboard it is the [ui.Recorder].
type tape struct {
	store   *model.Store
	monitor *monitor.Monitor
	log     *slog.Logger
	// options are those of each recording; without a path it gets a name of its own.
	options recording.RecorderOptions
	// told gets one line when a recording ends by itself; nil when that is said once
	// the lab is left.
	told func(string)

	recorder atomic.Pointer[recording.Recorder] // the present one, or the last; nil before the first

	changing sync.Mutex // held while a recording begins or ends
	left     bool       // the lab is left: nothing begins any more

	mu      sync.Mutex // guards what follows
	notes   []ui.Mark  // of the present recording, or the last; only ever appended to
	changes model.Changes
}

// maxShownNotes is how many notes of a recording the screen lists, the first ones; the
// file has all.
const maxShownNotes = 2000

// begin begins a recording in a file. The monitor must not run yet.
func (t *tape) begin(path string) error {
	r, err := t.open(path, t.options.Force)
	if err != nil {
		return err
	}
	t.recorder.Store(r)
	t.monitor.RecordTo(r)
	return nil
}

func (t *tape) open(path string, force bool) (*recording.Recorder, error) {
	o := t.options
	o.Path, o.Force = path, force
	o.OnEnd = func(err error) {
		t.log.Error("the recording has ended", keyReason, err.Error())
		if t.told != nil {
			t.told(endedEarly(err))
		}
		t.touch()
	}
	return startRecorder(o)
}

// Start is of ui.Recorder: the recording has a name by the time, in the working
// directory, and begins with how the connection stands, and with what is known.
func (t *tape) Start() error {
	t.changing.Lock()
	defer t.changing.Unlock()
	if t.left || t.Recording().On {
		return nil
	}
	defer t.touch()
	var r *recording.Recorder
	err := firstFree("labtop", time.Now(), ".mcap", func(path string) (err error) {
		r, err = t.open(path, false)
		return err
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.notes = nil
	t.mu.Unlock()
	t.monitor.AtRest(func() {
		now := t.store.Status()
		r.Begin(now.Now, now.Connection, t.store.Known())
		t.recorder.Store(r)
		t.monitor.RecordTo(r)
	})
	return nil
}

// Stop is of ui.Recorder.
func (t *tape) Stop() error {
	t.changing.Lock()
	defer t.changing.Unlock()
	defer t.touch()
	if r := t.recorder.Load(); r != nil {
		t.monitor.RecordTo(nil)
		return r.Stop()
	}
	return nil
}

// endAt leaves out of the recording what comes from now on. The owner calls it.
func (t *tape) endAt(now time.Time) {
	if r := t.recorder.Load(); r != nil {
		t.monitor.RecordTo(nil)
		r.EndAt(now)
	}
}

// leave ends the recording, if there is one, for good. The error is without a word when
// it was told already.
func (t *tape) leave() error {
	t.changing.Lock()
	defer t.changing.Unlock()
	t.left = true
	r := t.recorder.Load()
	if r == nil {
		return nil
	}
	err := r.Stop()
	switch {
	case err == nil:
		return nil
	case t.told != nil && r.Status().Ended:
		return &exitError{code: ExitFailure}
	}
	return errors.New(endedEarly(err))
}

// alert records a step of an alert, if there is a recording.
func (t *tape) alert(s alerts.Transition) {
	r := t.recorder.Load()
	if r == nil {
		return
	}
	a := &s.Alert
	r.Alert(s.Time, recording.Alert{
		Rule: a.Rule, Device: a.Series.Device, Metric: a.Series.Metric, Topic: a.Series.Topic, Path: a.Series.Path,
		From: s.From.String(), To: s.To.String(), Severity: a.Severity.String(), Text: a.Text, Summary: a.Summary,
	})
}

// Note is of ui.Recorder.
func (t *tape) Note(text string) {
	r, now := t.recorder.Load(), time.Now()
	if r == nil {
		return
	}
	r.Note(now, text)
	defer t.touch()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.notes) < maxShownNotes {
		t.notes = append(t.notes, ui.Mark{Kind: ui.MarkNote, At: now, Text: text})
	}
}

// Recording is of ui.Recorder.
func (t *tape) Recording() ui.Recording {
	r := t.recorder.Load()
	if r == nil {
		return ui.Recording{}
	}
	s := r.Status()
	shown := ui.Recording{
		On: !s.Ended, File: filepath.Base(s.Path), Since: s.Since, Bytes: s.Bytes, Messages: s.Messages, Lost: s.Lost,
	}
	t.mu.Lock()
	shown.Notes = t.notes
	t.mu.Unlock()
	if s.Err != nil {
		shown.Problem = rootOf(s.Err)
	}
	return shown
}

// rootOf says what is wrong with a file, without its name.
func rootOf(err error) string {
	if about, ok := errors.AsType[*fs.PathError](err); ok {
		return about.Err.Error()
	}
	return crashed(err).Error()
}

// Changed is of ui.Recorder.
func (t *tape) Changed() (closed <-chan struct{}, revision uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changes.Next()
}

// touch tells those who wait that something has changed.
func (t *tape) touch() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes.Tell()
}

var _ ui.Recorder = (*tape)(nil)

// mostNames is how many files of a name and a second there can be.
const mostNames = 100

// firstFree creates a file of a name and a time that no file has yet.
func firstFree(name string, at time.Time, extension string, create func(path string) error) error {
	name += at.Local().Format("-2006-01-02-150405")
	path := name + extension
	for n := 2; ; n++ {
		err := create(path)
		if !errors.Is(err, recording.ErrExists) || n > mostNames {
			return err
		}
		path = fmt.Sprintf("%s-%d%s", name, n, extension)
	}
}

// fileName makes a part of a file's name of a text from outside.
func fileName(text string) string {
	const most = 40
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() >= most {
			break
		}
	}
	return strings.Trim(b.String(), "-_")
}
