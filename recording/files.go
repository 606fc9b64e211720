package recording

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"labtop/crash"
	"labtop/model"
)

// output is a file that is being written: a [Draft].
type output interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
	Placed() bool
	Place() error
	Keep() error
	Discard() error
}

// files are the files of one recording, one after the other. They belong to the
// recorder's goroutine.
type files struct {
	r         *Recorder
	out       output
	writer    *Writer
	began     time.Time // when the present file was begun
	oldest    time.Time // when the oldest message that is in memory only came; zero for none
	synced    time.Time
	sync      syncer
	number    int
	before    int64     // bytes in earlier files
	counted   uint64    // messages in earlier files
	last      *queued   // the last state of the connection
	latest    time.Time // of the last entry that was written
	worth     bool      // more was recorded than how the connection stands
	unwritten uint64    // messages that are lost because the disk failed
}

func newFiles(r *Recorder) *files { return &files{r: r} }

// path is the name of the n-th file.
func (f *files) path(n int) string {
	o := &f.r.options
	if o.RotateBytes == 0 && o.RotateAfter == 0 {
		return o.Path
	}
	extension := filepath.Ext(o.Path)
	return fmt.Sprintf("%s-%04d%s", strings.TrimSuffix(o.Path, extension), n, extension)
}

// begin begins the next file.
func (f *files) begin() error {
	o := &f.r.options
	f.number++
	path := f.path(f.number)
	out, err := o.create(path, o.Force)
	for first := f.number; f.number > 1 && errors.Is(err, ErrExists) && f.number < first+10_000; {
		f.number++ // an older recording's; it stays
		path = f.path(f.number)
		out, err = o.create(path, o.Force)
	}
	if err != nil {
		return fmt.Errorf("the recording cannot be written: %w", err)
	}
	info := o.Info
	f.began, f.synced = time.Now(), time.Now()
	info.Started = f.began
	writer, err := NewWriter(out, info)
	if err != nil {
		return errors.Join(err, out.Discard())
	}
	f.out, f.writer = out, writer
	f.sync = startSyncer(out)
	f.r.mu.Lock()
	f.r.status.Path, f.r.status.Files = path, f.r.status.Files+1
	f.r.mu.Unlock()
	f.tell()
	if f.last != nil {
		return f.writer.Connection(f.latest, f.last.connection)
	}
	return nil
}

// entry writes one entry of the queue.
func (f *files) entry(q *queued) error {
	if f.oldest.IsZero() {
		f.oldest = time.Now()
	}
	if q.gap != (Gap{}) {
		if err := f.writer.Gap(q.gap.To, q.gap); err != nil {
			f.unwritten += uint64(len(q.messages))
			return err
		}
	}
	f.latest = q.at
	f.worth = f.worth || q.connection == nil && q.clock == nil
	switch {
	case q.connection != nil:
		f.last = q
		return f.writer.Connection(q.at, q.connection)
	case q.known != nil:
		return f.known(q)
	case q.clock != nil:
		return f.writer.clock(q.at, q.clock)
	case q.note != "":
		return f.writer.Note(q.at, q.note)
	case q.alert != nil:
		return f.writer.Alert(q.at, *q.alert)
	}
	for i := range q.messages {
		if err := f.writer.Message(&q.messages[i]); err != nil {
			f.unwritten += uint64(len(q.messages) - i - 1)
			return err
		}
		f.latest = q.messages[i].Time
	}
	return nil
}

// known writes what is known when the recording begins, in the order in which it came.
func (f *files) known(q *queued) error {
	slices.SortFunc(q.known, func(a, b model.Message) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Topic, b.Topic))
	})
	for i := range q.known {
		if err := f.writer.Known(q.at, &q.known[i]); err != nil {
			return err
		}
	}
	q.known = nil
	return nil
}

// due does what it is time for: write what has waited long enough, have the disk
// keep it, begin another file.
func (f *files) due(now time.Time) error {
	if !f.oldest.IsZero() && now.Sub(f.oldest) >= flushAfter {
		if err := f.writer.Flush(); err != nil {
			return err
		}
		f.oldest = time.Time{}
		f.tell()
		if err := f.place(); err != nil {
			return err
		}
	}
	if now.Sub(f.synced) >= syncEvery {
		f.synced = now
		if err := f.sync.again(); err != nil {
			return fmt.Errorf("writing the recording: %w", err)
		}
	}
	o := &f.r.options
	full := o.RotateBytes > 0 && f.writer.Size() >= o.RotateBytes || o.RotateAfter > 0 && now.Sub(f.began) >= o.RotateAfter
	if full && (f.worth || f.out.Placed()) {
		if err := f.finish(now); err != nil {
			return err
		}
		return f.begin()
	}
	return nil
}

// place has the present file replace an older one, as soon as it holds what is worth it.
func (f *files) place() error {
	if !f.worth {
		return nil
	}
	if err := f.out.Place(); err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	return nil
}

// ErrNothing says that nothing was recorded that could take the place of an older file.
var ErrNothing = errors.New("nothing was recorded")

// discard removes the present file, which has nothing to replace an older one with, and
// says so unless there are others before it.
func (f *files) discard() error {
	if err := f.out.Discard(); err != nil || f.counted > 0 {
		return err
	}
	return fmt.Errorf("%w; the older %s stays as it was", ErrNothing, f.path(f.number))
}

// finish ends the present file as a whole recording. After an error the file is
// still to be abandoned.
func (f *files) finish(now time.Time) error {
	err := f.writer.Close(now)
	f.tell()
	if err != nil {
		return err
	}
	written, _ := f.writer.Messages()
	f.before, f.counted = f.before+f.writer.Size(), f.counted+written
	f.writer, f.oldest = nil, time.Time{}
	err = f.sync.stop()
	if !f.worth && !f.out.Placed() {
		return f.discard()
	}
	if err := errors.Join(err, f.out.Keep()); err != nil {
		return fmt.Errorf("writing the recording: %w", err)
	}
	return nil
}

// abandon ends the present file, if there is one, after its last whole record.
func (f *files) abandon() error {
	if f.writer == nil {
		return nil
	}
	written, held := f.writer.Messages()
	f.unwritten += held
	f.tell()
	err := f.sync.stop()
	if written == 0 && !f.out.Placed() {
		return f.discard()
	}
	return errors.Join(err, f.out.Truncate(f.writer.Size()), f.out.Close())
}

// tell puts the numbers into the status.
func (f *files) tell() {
	written, _ := f.writer.Messages()
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	f.r.status.Bytes = f.before + f.writer.Size()
	f.r.status.Messages = f.counted + written
}

// syncer has the disk keep a file, in a goroutine of its own: that may take long.
type syncer struct {
	asked chan struct{}
	done  *sync.WaitGroup
	// failed holds the first error.
	failed chan error
}

func startSyncer(out output) syncer {
	s := syncer{asked: make(chan struct{}, 1), done: new(sync.WaitGroup), failed: make(chan error, 1)}
	fail := func(err error) {
		select {
		case s.failed <- err:
		default:
		}
	}
	s.done.Go(crash.Guarded(fail, func() {
		for range s.asked {
			if err := out.Sync(); err != nil {
				fail(err)
			}
		}
	}))
	return s
}

// again asks for it, unless it is under way and asked for, and returns what went
// wrong before.
func (s *syncer) again() error {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	select {
	case err := <-s.failed:
		return err
	default:
		return nil
	}
}

// stop has the disk keep what is there and ends the goroutine. It may be called
// once more, for nothing.
func (s *syncer) stop() error {
	if s.asked == nil {
		return nil
	}
	select {
	case s.asked <- struct{}{}:
	default:
	}
	close(s.asked)
	s.done.Wait()
	s.asked = nil
	select {
	case err := <-s.failed:
		return err
	default:
		return nil
	}
}
