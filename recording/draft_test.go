package recording_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/recording"
)

// older is what stands under a recording's name before it.
const older = "precious"

// place makes a directory with an older file, and notes on it.
func place(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "lab.mcap")
	write(t, path, older)
	write(t, path+recording.NotesSuffix, "notes")
	return dir, path
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// holds checks that a directory holds these files and nothing else. Of a recording the
// content is "recording".
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		got := string(readFile(t, path))
		about, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(got, "\x89MCAP0") {
			if got = "recording"; about.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %o", f.Name(), about.Mode().Perm())
			}
		}
		if wanted, ok := want[f.Name()]; !ok || got != wanted {
			t.Errorf("%s: %q, want %q", f.Name(), got, wanted)
		}
	}
	if len(files) != len(want) {
		t.Errorf("%d files, want %v", len(files), want)
	}
}

// TestForceWaits has an older recording, and the notes on it, stay until there is
// something in the new one, which is what the name is found to be then.
func TestForceWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, path := place(t)
		if err := os.Link(path, filepath.Join(dir, "yesterday")); err != nil {
			t.Skip("the file system has no links: ", err)
		}
		r, err := recording.StartRecorder(recording.RecorderOptions{Path: path, Force: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 30 { // the broker is away
			r.Record(model.Batch{Connection: &model.Connection{State: model.Waiting, Since: time.Now()}})
			r.Clock(time.Now(), 0, time.Second)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if got := readFile(t, path); string(got) != older {
			t.Errorf("after nothing: %.20q", got)
		}
		if got := readFile(t, path+recording.NotesSuffix); string(got) != "notes" {
			t.Errorf("the notes after nothing: %q", got)
		}
		r.Record(batch(0, 1))
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		holds(t, dir, map[string]string{"lab.mcap": "recording", "yesterday": older})
		if got, _, health := messages(t, readFile(t, path)); len(got) != 1 || !health.Cut {
			t.Errorf("%v, %+v", got, health)
		}
		r.Record(batch(1, 1))
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		if got, _, health := messages(t, readFile(t, path)); len(got) != 2 || health != (recording.Health{}) {
			t.Errorf("%v, %+v", got, health)
		}
		holds(t, dir, map[string]string{"lab.mcap": "recording", "yesterday": older})
	})
}

// TestForceForNothing ends recordings before there is anything in them: the older file is
// as it was, nothing is beside it, and this is said.
func TestForceForNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		record func(r *recording.Recorder)
		full   bool
		want   string // for the older file
	}{
		"nothing":           {func(*recording.Recorder) {}, false, older},
		"a connection only": {func(r *recording.Recorder) { r.Begin(epoch, model.Connection{State: model.Connected}, nil) }, false, older},
		"a full disk":       {func(r *recording.Recorder) { r.Record(batch(0, 100)) }, true, older},
		"a message":         {func(r *recording.Recorder) { r.Record(batch(0, 1)) }, false, "recording"},
		"a note":            {func(r *recording.Recorder) { r.Note(epoch, "the window was opened") }, false, "recording"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, path := place(t)
			var told error
			r, err := recording.StartRecorderTo(recording.RecorderOptions{Path: path, Force: true, OnEnd: func(err error) { told = err }}, drafts(tt.full))
			if err != nil {
				t.Fatal(err)
			}
			tt.record(r)
			err = r.Stop()
			want := map[string]string{"lab.mcap": tt.want}
			if tt.want == older {
				want["lab.mcap.notes"] = "notes"
				if !errors.Is(err, recording.ErrNothing) || errors.Is(err, syscall.ENOSPC) != tt.full || told == nil {
					t.Errorf("%v, told %v", err, told)
				}
				if line := err.Error(); !strings.HasSuffix(line, "nothing was recorded; the older "+path+" stays as it was") || strings.Contains(line, "\n") {
					t.Error(line)
				}
			} else if err != nil || told != nil {
				t.Errorf("%v, told %v", err, told)
			}
			holds(t, dir, want)
		})
	}
}

// TestFullDiskAfterRotation has no room for the first message of the next file: of that
// there is none, for it would tell nothing that is not in the one before.
func TestFullDiskAfterRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, room := t.TempDir(), 1000
		o := recording.RecorderOptions{Path: filepath.Join(dir, "lab.mcap"), RotateAfter: time.Minute}
		r, err := recording.StartRecorderTo(o, func(path string, force bool) (recording.Output, error) {
			draft, err := recording.NewDraft(path, force)
			d := &fullDraft{Draft: draft, room: room}
			room = 1 // for what is known
			return d, err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			r.Record(batch(i, 1))
			time.Sleep(61 * time.Second)
			synctest.Wait()
		}
		if s := r.Status(); !s.Ended || s.Files != 2 || s.Messages != 1 || s.Lost != 1 {
			t.Errorf("%+v", s)
		}
		if err := r.Stop(); !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v", err)
		}
		holds(t, dir, map[string]string{"lab-0001.mcap": "recording"})
	})
}

// TestForceOnFullDisk has the disk run full before a recording that comes fast has its name:
// what is on it by then takes the place of the older file.
func TestForceOnFullDisk(t *testing.T) {
	t.Parallel()
	dir, path := place(t)
	create := func(path string, force bool) (recording.Output, error) {
		d, err := recording.NewDraft(path, force)
		return &fullDraft{Draft: d, room: 1}, err
	}
	r, err := recording.StartRecorderTo(recording.RecorderOptions{Path: path, Force: true}, create)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 150 { // some chunks
		r.Record(batch(1000*i, 1000))
	}
	if err := r.Stop(); !errors.Is(err, syscall.ENOSPC) || errors.Is(err, recording.ErrNothing) {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"lab.mcap": "recording"})
	if got, _, health := messages(t, readFile(t, path)); len(got) == 0 || uint64(len(got)) != r.Status().Messages || health != (recording.Health{Cut: true}) {
		t.Errorf("%d messages, %+v", len(got), health)
	}
}

// fullDraft has room for its start, and so many chunks.
type fullDraft struct {
	*recording.Draft
	written bool
	room    int
}

func (d *fullDraft) Write(p []byte) (int, error) {
	if d.written && d.room == 0 {
		return 0, &os.PathError{Op: "write", Path: d.Name(), Err: syscall.ENOSPC}
	}
	if d.written {
		d.room--
	}
	d.written = true
	return d.Draft.Write(p)
}

// drafts makes real files, on a full disk or not.
func drafts(full bool) func(string, bool) (recording.Output, error) {
	return func(path string, force bool) (recording.Output, error) {
		d, err := recording.NewDraft(path, force)
		if err != nil || !full {
			return d, err
		}
		return &fullDraft{Draft: d}, nil
	}
}

// TestForceAndRotation replaces the numbered files of an older recording one by one, and
// none of them for nothing.
func TestForceAndRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for _, name := range []string{"lab-0001.mcap", "lab-0002.mcap", "lab-0003.mcap", "lab-0004.mcap"} {
			write(t, filepath.Join(dir, name), older)
		}
		r, err := recording.StartRecorder(recording.RecorderOptions{Path: filepath.Join(dir, "lab.mcap"), Force: true, RotateAfter: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		want := map[string]string{"lab-0001.mcap": older, "lab-0002.mcap": older, "lab-0003.mcap": older, "lab-0004.mcap": older}
		if s := r.Status(); s.Files != 1 || s.Path != filepath.Join(dir, "lab-0001.mcap") {
			t.Errorf("after ten minutes of nothing: %+v", s)
		}
		for i, name := range []string{"lab-0001.mcap", "lab-0002.mcap"} {
			r.Record(batch(i, 1))
			time.Sleep(40 * time.Second)
			synctest.Wait()
			want[name] = "recording"
		}
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
		want["lab-0003.mcap"] = "recording" // the stretch in which nothing came is part of it
		holds(t, dir, want)
	})
}

// TestOldNotes has the notes on a recording that is gone not be taken for those on a new
// one: their name is taken too.
func TestOldNotes(t *testing.T) {
	t.Parallel()
	dir, path := place(t)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := recording.StartRecorder(recording.RecorderOptions{Path: path}); !errors.Is(err, recording.ErrExists) || !strings.Contains(err.Error(), "lab.mcap.notes") {
		t.Errorf("%v", err)
	}
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: path, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	r.Record(batch(0, 1))
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, map[string]string{"lab.mcap": "recording"})
}

// TestForceWhereNamesComeLate replaces an older recording where a file that is open cannot
// be renamed: at the end, also at an early one.
func TestForceWhereNamesComeLate(t *testing.T) {
	t.Parallel()
	for name, full := range map[string]bool{"stopped": false, "the disk is full": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir, path := place(t)
				var out *fullDraft
				r, err := recording.StartRecorderTo(recording.RecorderOptions{Path: path, Force: true}, func(path string, force bool) (recording.Output, error) {
					d, err := recording.NewDraft(path, force)
					if err != nil {
						return nil, err
					}
					d.GetsNameLate()
					out = &fullDraft{Draft: d}
					return out, nil
				})
				if err != nil {
					t.Fatal(err)
				}
				out.room = 100
				r.Record(batch(0, 3))
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if got := readFile(t, path); string(got) != older {
					t.Errorf("meanwhile: %.20q", got)
				}
				if full {
					out.room = 0
					r.Record(batch(3, 3))
					time.Sleep(10 * time.Second)
					synctest.Wait()
				}
				if err := r.Stop(); errors.Is(err, syscall.ENOSPC) != full || err != nil != full {
					t.Errorf("%v", err)
				}
				holds(t, dir, map[string]string{"lab.mcap": "recording"})
				if got, _, health := messages(t, readFile(t, path)); len(got) != 3 || health.Cut != full {
					t.Errorf("%v, %+v", got, health)
				}
			})
		})
	}
}

// TestNotesStayWithTheOlder has a draft be moved away, so that it cannot take its place: the
// older file still has its notes.
func TestNotesStayWithTheOlder(t *testing.T) {
	t.Parallel()
	dir, path := place(t)
	d, err := recording.NewDraft(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(d.Name(), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := d.Keep(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	holds(t, dir, map[string]string{"lab.mcap": older, "lab.mcap.notes": "notes", "moved": ""})
}

// TestTwoRecorders has a file that is being recorded to not be replaced by another
// recording, nor by one that began before it.
func TestTwoRecorders(t *testing.T) {
	t.Parallel()
	dir, path := place(t)
	record := func() *recording.Recorder {
		t.Helper()
		r, err := recording.StartRecorder(recording.RecorderOptions{Path: path, Force: true})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first, second := record(), record()
	first.Record(batch(0, 1))
	for string(readFile(t, path)) == older {
		time.Sleep(time.Millisecond)
	}
	if _, err := recording.StartRecorder(recording.RecorderOptions{Path: path, Force: true}); !errors.Is(err, recording.ErrInUse) {
		t.Errorf("a third one: %v", err)
	}
	second.Record(batch(100, 1))
	err := second.Stop()
	if !errors.Is(err, recording.ErrInUse) {
		t.Errorf("the second: %v", err)
	}
	first.Record(batch(1, 1))
	if err := first.Stop(); err != nil {
		t.Error(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, ".labtop-*"))
	if len(files) != 1 || !strings.Contains(err.Error(), files[0]) { // what the second has recorded
		t.Fatalf("%v: %v", files, err)
	}
	for file, want := range map[string]string{path: "[0 1]", files[0]: "[100]"} {
		if got, _, health := messages(t, readFile(t, file)); len(got) != strings.Count(want, " ")+1 || got[0] != want[1:len(got[0])+1] || health != (recording.Health{}) {
			t.Errorf("%s: %v, %+v", file, got, health)
		}
	}
	third := record() // nobody records to it any more
	third.Record(batch(7, 1))
	if err := third.Stop(); err != nil {
		t.Error(err)
	}
}

// TestRemovedWhileRecording takes the file away, in some ways: what can be found under no
// name any more ends the recording, which says so; another name is good.
func TestRemovedWhileRecording(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		take func(dir, path string) error
		gone bool
	}{
		"removed":                 {func(_, path string) error { return os.Remove(path) }, true},
		"removed with all around": {func(dir, _ string) error { return os.RemoveAll(dir) }, true},
		"replaced": {func(dir, path string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, "other"), nil, 0o600), os.Rename(filepath.Join(dir, "other"), path))
		}, true},
		"moved":       {func(dir, path string) error { return os.Rename(path, filepath.Join(dir, "moved")) }, false},
		"unwritable":  {func(dir, _ string) error { return os.Chmod(dir, 0o500) }, false},
		"not touched": {func(string, string) error { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "recordings")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "lab.mcap")
			ended := make(chan error, 1)
			r, err := recording.StartRecorder(recording.RecorderOptions{Path: path, OnEnd: func(err error) { ended <- err }})
			if err != nil {
				t.Fatal(err)
			}
			r.Record(batch(0, 1))
			if err := tt.take(dir, path); err != nil {
				t.Fatal(err)
			}
			if tt.gone {
				err = <-ended
			}
			if stopped := r.Stop(); errors.Is(stopped, recording.ErrRemoved) != tt.gone || errors.Is(err, recording.ErrRemoved) != tt.gone {
				t.Errorf("%v, %v", err, stopped)
			}
			_ = os.Chmod(dir, 0o700)
		})
	}
}

// TestRemovedAtTheEnd has a file be removed so late that only the end can tell.
func TestRemovedAtTheEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lab.mcap")
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r.Record(batch(0, 1))
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(); !errors.Is(err, recording.ErrRemoved) {
		t.Errorf("%v", err)
	}
}

// TestDiscardAnother takes a draft's file away, or puts another one in its place: it cannot
// be kept, and discarding it does nothing to what is not its own.
func TestDiscardAnother(t *testing.T) {
	t.Parallel()
	for name, another := range map[string]bool{"removed": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "export.csv")
			d, err := recording.NewDraft(path, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			if another {
				write(t, path, older)
				want["export.csv"] = older
			}
			if err := d.Keep(); !errors.Is(err, recording.ErrRemoved) {
				t.Errorf("kept: %v", err)
			}
			if err := d.Discard(); err != nil {
				t.Errorf("discarded: %v", err)
			}
			holds(t, dir, want)
		})
	}
}

// TestFullDiskAtRotation has no room for the next file, or no right to make it: the one
// before is whole, there is no next one, and a recording that begins later, when there is
// room again, is as good as any.
func TestFullDiskAtRotation(t *testing.T) {
	t.Parallel()
	noRoom := func(path string, force bool) (recording.Output, error) {
		d, err := recording.NewDraft(path, force)
		return &fullDraft{Draft: d, written: true}, err
	}
	someRoom := func(path string, force bool) (recording.Output, error) {
		d, err := recording.NewDraft(path, force)
		return &fullDraft{Draft: d}, err
	}
	noRight := func(path string, _ bool) (recording.Output, error) {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.EROFS}
	}
	for name, tt := range map[string]struct {
		next func(string, bool) (recording.Output, error)
		want error
	}{"no room": {noRoom, syscall.ENOSPC}, "no room for what is known": {someRoom, syscall.ENOSPC}, "no right": {noRight, syscall.EROFS}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				create := drafts(false)
				o := recording.RecorderOptions{Path: filepath.Join(dir, "lab.mcap"), RotateAfter: time.Minute}
				r, err := recording.StartRecorderTo(o, func(path string, force bool) (recording.Output, error) {
					now := create
					create = tt.next // for the next one
					return now(path, force)
				})
				if err != nil {
					t.Fatal(err)
				}
				r.Record(batch(0, 3))
				time.Sleep(time.Second)
				synctest.Wait()
				time.Sleep(time.Minute)
				synctest.Wait()
				if s := r.Status(); !s.Ended || s.Messages != 3 || s.Lost != 0 {
					t.Errorf("%+v", s)
				}
				if err := r.Stop(); !errors.Is(err, tt.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%v", err)
				}
				holds(t, dir, map[string]string{"lab-0001.mcap": "recording"})
				if got, _, health := messages(t, readFile(t, filepath.Join(dir, "lab-0001.mcap"))); len(got) != 3 || health != (recording.Health{}) {
					t.Errorf("%v, %+v", got, health)
				}
				o.Path = filepath.Join(dir, "again.mcap")
				if r, err = recording.StartRecorder(o); err != nil {
					t.Fatal(err)
				}
				r.Record(batch(0, 2))
				if err := r.Stop(); err != nil {
					t.Error(err)
				}
				holds(t, dir, map[string]string{"lab-0001.mcap": "recording", "again-0001.mcap": "recording"})
			})
		})
	}
}
