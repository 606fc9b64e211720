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
	head      int64  // bytes with which the present file began, which do not fill it
	before    int64  // bytes in earlier files
	counted   uint64 // messages in earlier files
	known     *known // what the next file begins with; nil where there is none
	last      *model.Connection
	latest    time.Time // of the last entry that was written, on the session's clock
	heard     time.Time // when it was
	worth     bool      // more was recorded than how the connection stands
	unwritten uint64    // messages that are lost because the disk failed
}

func newFiles(r *Recorder) *files {
	f := &files{r: r}
	if f.rotates() {
		f.known = newKnown()
	}
	return f
}

// rotates says whether there may be further files.
func (f *files) rotates() bool { return f.r.options.RotateBytes > 0 || f.r.options.RotateAfter > 0 }

// path is the name of the n-th file.
func (f *files) path(n int) string {
	o := &f.r.options
	if !f.rotates() {
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
	return nil
}

// rotate ends the present file and begins the next one, with how the connection stands and
// with what is known.
func (f *files) rotate(now time.Time) error {
	at := f.session(now)
	if err := f.finish(at); err != nil {
		return err
	}
	if err := f.begin(); err != nil {
		return err
	}
	err := f.introduce(at)
	f.head = f.writer.Size()
	f.tell()
	return err
}

// introduce writes what a further file begins with.
func (f *files) introduce(at time.Time) error {
	if f.last != nil {
		if err := f.writer.Connection(at, f.last); err != nil {
			return err
		}
	}
	if err := f.known.tell(f.writer, at); err != nil {
		return err
	}
	return f.writer.Flush()
}

// session is now on the clock of the session, which may be told that it was set later than
// ours, or earlier.
func (f *files) session(now time.Time) time.Time {
	if f.latest.IsZero() {
		return now
	}
	return f.latest.Add(now.Sub(f.heard))
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
	if q.alert == nil { // which is dated when it was due
		f.latest, f.heard = q.at, time.Now()
	}
	f.worth = f.worth || q.connection == nil && q.clock == nil
	switch {
	case q.connection != nil:
		f.last = q.connection
		return f.writer.Connection(q.at, q.connection)
	case q.known != nil:
		return f.begun(q)
	case q.clock != nil:
		f.shift(q.clock.step())
		return f.writer.clock(q.at, q.clock)
	case q.note != "":
		return f.writer.Note(q.at, q.note)
	case q.alert != nil:
		return f.writer.Alert(q.at, *q.alert)
	}
	for i := range q.messages {
		m := &q.messages[i]
		if err := f.writer.Message(m); err != nil {
			f.unwritten += uint64(len(q.messages) - i - 1)
			return err
		}
		if f.known != nil {
			f.known.take(m)
		}
		f.latest = m.Time
	}
	return nil
}

// shift moves what is known along with the clock.
func (f *files) shift(by time.Duration) {
	if f.known == nil || by == 0 {
		return
	}
	f.known.shifted += by
	if f.last != nil {
		c := *f.last // nobody changes it
		f.last = &c
		for _, at := range []*time.Time{&c.Since, &c.NextTry} {
			if !at.IsZero() {
				*at = at.Add(by)
			}
		}
	}
}

// begun writes what is known when the recording begins, in the order in which it came.
func (f *files) begun(q *queued) error {
	slices.SortStableFunc(q.known, func(a, b model.Message) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Topic, b.Topic))
	})
	for i := range q.known {
		if err := f.writer.Known(q.at, &q.known[i]); err != nil {
			return err
		}
		if f.known != nil {
			f.known.take(&q.known[i])
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
	full := o.RotateBytes > 0 && f.writer.Size()-f.head >= o.RotateBytes || o.RotateAfter > 0 && now.Sub(f.began) >= o.RotateAfter
	if full && (f.worth || f.out.Placed()) {
		return f.rotate(now)
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
	if err := f.out.Discard(); err != nil || f.number > 1 {
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
	if f.writer.Size() <= f.head || written == 0 && !f.out.Placed() { // it has nothing of its own
		return f.discard()
	}
	return errors.Join(err, f.out.Truncate(f.writer.Size()), f.place(), f.out.Close())
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
