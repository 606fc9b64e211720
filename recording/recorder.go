package recording

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"labtop/crash"
	"labtop/model"
)

// The recorder's bounds.
const (
	// queueMessages and queueBytes are how much may wait for the disk: messages, and
	// bytes of their topics, payloads and properties. What comes beyond them is lost and counted.
	queueMessages = 200_000
	queueBytes    = 32 << 20
	// queueEvents is how many entries of the queue are kept for what is no message.
	queueEvents = 256
	queueSize   = 4096
	// flushAfter is how long a message may be in memory only, checkEvery how often
	// that is looked at. Together they keep the loss of a sudden end below a second.
	flushAfter = 400 * time.Millisecond
	checkEvery = 50 * time.Millisecond
	// syncEvery is how often the disk is asked to keep what it was given, for the
	// loss of power.
	syncEvery = time.Second
)

// RecorderOptions say what to record to.
type RecorderOptions struct {
	// Path is the file's name. With rotation a number is put before its extension.
	Path string
	// Force has the recording replace a file of that name, once there is a message, a note
	// or an alert in it.
	Force bool
	// RotateBytes and RotateAfter, when not 0, begin another file once one has so
	// many bytes, or has been written to for so long. It begins with what was known at the
	// end of the one before, which does not count for its bytes.
	RotateBytes int64
	RotateAfter time.Duration
	// Info is what each file says of itself; Started is filled in.
	Info Info
	// OnEnd, when not nil, is called once if the recording ends by itself, which
	// only an error can do, or if it ends with [ErrNothing]. The recorder's goroutine
	// calls it.
	OnEnd func(error)

	// create makes the files; nil means real ones.
	create func(path string, force bool) (output, error)
}

// Recorder writes a session to a file, beside it: it has a goroutine and a queue of
// its own, and nobody waits for it but who ends it. What comes too fast for the
// disk is lost; the file then has a gap at its place and the counter is exact. An
// error of the disk ends the recording, and what was written until then is one.
type Recorder struct {
	options RecorderOptions
	queue   chan queued
	free    chan []model.Message
	ended   chan struct{} // closed when the goroutine has ended

	// mu guards what follows; it is held for memory operations only.
	mu      sync.Mutex
	closed  bool      // nothing more is taken
	end     time.Time // by EndAt, or zero
	waiting int       // messages queued or in the goroutine's hands
	bytes   int       // and their bytes
	gap     Gap       // what was lost since the last entry that was queued
	status  Status
}

// Status is how a recording stands.
type Status struct {
	// Path is the present file, Files how many there were.
	Path  string
	Files int
	// Since is when the recording began.
	Since time.Time
	// Bytes are those of all files, Messages the messages that they hold.
	Bytes    int64
	Messages uint64
	// Lost counts the messages that came while it recorded and are in no file.
	Lost uint64
	// Waiting is how many messages wait for the disk.
	Waiting int
	// Ended says that the recording has ended, Err why, if not because it was asked to.
	Ended bool
	Err   error
}

// queued is one entry of the queue: messages, or one other thing. gap comes
// before it.
type queued struct {
	messages   []model.Message
	bytes      int
	connection *model.Connection
	known      []model.Message
	clock      *clockJSON
	note       string
	alert      *Alert
	at         time.Time
	gap        Gap
}

// StartRecorder makes the file and begins to record. The recorder must be stopped.
func StartRecorder(o RecorderOptions) (*Recorder, error) {
	if o.create == nil {
		o.create = func(path string, force bool) (output, error) {
			d, err := NewDraft(path, force)
			if err != nil {
				return nil, err
			}
			return d, nil
		}
	}
	r := &Recorder{
		options: o, queue: make(chan queued, queueSize), free: make(chan []model.Message, 64),
		ended: make(chan struct{}), status: Status{Since: time.Now()},
	}
	files := newFiles(r)
	if err := files.begin(); err != nil {
		return nil, err
	}
	go r.run(files)
	return r, nil
}

// Record takes a copy of a batch. It never waits. One goroutine, the owner of the
// session, calls it.
func (r *Recorder) Record(b model.Batch) {
	if b.Connection != nil && b.Connection.State != model.Closed { // that the session ends is no news of the broker
		r.offer(queued{connection: b.Connection, at: b.Connection.Since})
	}
	if len(b.Messages) == 0 {
		return
	}
	q := queued{messages: append(r.slice(), b.Messages...), at: b.Messages[0].Time}
	for i := range q.messages {
		m := &q.messages[i]
		if q.bytes += len(m.Topic) + len(m.Payload); i == 0 || m.Properties != q.messages[i-1].Properties { // they may be those of many
			q.bytes += m.Properties.Size()
		}
	}
	r.offer(q)
}

// Begin says how the connection stands at a time, and what the last message on each topic
// was, as [model.Store.Known] has it, when the recording begins in the midst of a session. It keeps the
// slice. As Record.
func (r *Recorder) Begin(at time.Time, c model.Connection, known []model.Message) {
	r.offer(queued{connection: &c, at: at})
	if len(known) > 0 {
		r.offer(queued{known: known, at: at})
	}
}

// Clock notes that the clock was set by step at a time, forward when positive, or that
// nobody listened for away until then. As Record.
func (r *Recorder) Clock(at time.Time, step, away time.Duration) {
	r.offer(queued{clock: newClockJSON(step, away), at: at})
}

// Note adds a note. Any goroutine may call it.
func (r *Recorder) Note(at time.Time, text string) { r.offer(queued{note: text, at: at}) }

// Alert adds a step of an alert. Any goroutine may call it.
func (r *Recorder) Alert(at time.Time, a Alert) { r.offer(queued{alert: &a, at: at}) }

// Status is how the recording stands. Any goroutine may call it.
func (r *Recorder) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.Waiting = r.waiting
	return s
}

// EndAt says when the recording ended; without it that is when it is stopped. What
// is offered afterwards is not taken.
func (r *Recorder) EndAt(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end = at
}

// Stop ends the recording after what is queued, closes the file, and returns why
// the recording ended early, if it did. It may be called more than once.
func (r *Recorder) Stop() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.mu.Unlock()
	<-r.ended
	return r.Status().Err
}

// offer queues something, or counts it as lost.
func (r *Recorder) offer(q queued) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || !r.end.IsZero() {
		return
	}
	n := len(q.messages)
	room := len(r.queue) < queueSize
	if n > 0 {
		room = len(r.queue) < queueSize-queueEvents && (r.waiting == 0 || r.waiting+n <= queueMessages && r.bytes+q.bytes <= queueBytes)
	}
	if !room {
		r.lose(&q)
		return
	}
	r.waiting, r.bytes = r.waiting+n, r.bytes+q.bytes
	q.gap, r.gap = r.gap, Gap{}
	r.queue <- q // there is room: only this function sends
}

// lose counts what did not fit. mu is held.
func (r *Recorder) lose(q *queued) {
	n := uint64(len(q.messages))
	if r.gap.From.IsZero() {
		r.gap.From, r.gap.Reason = q.at, "the disk was too slow"
	}
	r.gap.To = q.at
	if n > 0 {
		r.gap.To = q.messages[n-1].Time
	} else {
		r.gap.Events++
	}
	r.gap.Messages += n
	r.gap.Bytes += uint64(q.bytes)
	r.status.Lost += n
	r.recycle(q.messages)
}

// slice returns an empty slice for messages.
func (r *Recorder) slice() []model.Message {
	select {
	case s := <-r.free:
		return s
	default:
		return nil
	}
}

// recycle takes the slice of messages back.
func (r *Recorder) recycle(messages []model.Message) {
	if cap(messages) == 0 {
		return
	}
	clear(messages)
	select {
	case r.free <- messages[:0]:
	default:
	}
}

// run writes what is queued until the recorder is stopped or the disk fails.
func (r *Recorder) run(f *files) {
	defer close(r.ended)
	err := crash.Guard(func() error { return r.work(f) })
	if err == nil {
		err = crash.Guard(func() error { return f.finish(r.endTime()) })
	}
	if err != nil {
		if also := crash.Guard(f.abandon); also != nil {
			err = fmt.Errorf("%w; %w", err, also)
		}
	}
	r.mu.Lock()
	failed := err != nil && (!r.closed || errors.Is(err, ErrNothing))
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.status.Ended, r.status.Err = true, err
	r.mu.Unlock()
	for q := range r.queue { // what came too late
		f.unwritten += uint64(len(q.messages))
	}
	r.mu.Lock()
	r.status.Lost += f.unwritten
	r.waiting, r.bytes = 0, 0
	r.mu.Unlock()
	if failed && r.options.OnEnd != nil {
		_ = crash.Guard(func() error { r.options.OnEnd(err); return nil })
	}
}

// endTime is when the recording ends.
func (r *Recorder) endTime() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.end.IsZero() {
		return r.end
	}
	return time.Now()
}

// work is the loop.
func (r *Recorder) work(f *files) error {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		select {
		case q, ok := <-r.queue:
			if !ok {
				return r.lastGap(f)
			}
			if err := r.write(f, &q); err != nil {
				return err
			}
		case <-ticker.C:
		}
		if err := f.due(time.Now()); err != nil {
			return err
		}
	}
}

// write writes one entry of the queue.
func (r *Recorder) write(f *files, q *queued) error {
	n, err := len(q.messages), f.entry(q)
	r.recycle(q.messages)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting, r.bytes = r.waiting-n, r.bytes-q.bytes
	return err
}

// lastGap writes what was lost at the very end.
func (r *Recorder) lastGap(f *files) error {
	r.mu.Lock()
	q := queued{gap: r.gap}
	r.mu.Unlock()
	if q.gap == (Gap{}) {
		return nil
	}
	return f.entry(&q)
}
