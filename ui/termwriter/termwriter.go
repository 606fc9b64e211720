// Package termwriter is a writer to a terminal that never blocks the program.
//
// A terminal stops reading when its window hangs, its network stalls or its
// user presses Ctrl-S. A program that writes to it directly then stops too, and
// with it everything that waits for the program. A [Writer] takes every Write
// at once into a bounded queue; one goroutine of its own hands the queue on.
//
// The rules are:
//
//   - What fits the queue arrives byte for byte and in order.
//   - When the queue overflows, all of it is dropped, and so is what comes until
//     the terminal takes bytes again. What the dropped bytes would have switched
//     for good (alternate screen, cursor, mouse, paste: see modes.go)
//     is remembered and sent then; the picture is gone, so [Writer.NeedsRepaint]
//     asks for all of it.
//   - [Writer.Close] and [Writer.Restore] return in time whatever the terminal does.
package termwriter

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"

	"labtop/crash"
)

const (
	defaultLimit        = 256 << 10
	defaultCloseTimeout = time.Second
	// chunkSize is how much is handed to the terminal at once: a whole frame
	// most of the time, and little enough to be stale after an overflow.
	chunkSize = 16 << 10
)

// Options are the bounds of a [Writer]. The zero value means the defaults.
type Options struct {
	// Limit is how many bytes may wait for the terminal; 0 means 256 KiB. One
	// write that finds the queue empty is taken whatever its size, or a frame
	// bigger than the limit could never be shown.
	Limit int
	// CloseTimeout is how long Close and Restore may take; 0 means one second.
	CloseTimeout time.Duration
}

// Writer queues what is written to it and hands it to a terminal. It has the
// methods by which Bubble Tea and colorprofile know a terminal (term.File), so
// that raw mode, window size and colours work as with the terminal itself. All
// methods may be called from any goroutine.
type Writer struct {
	file         file // what New got, when it is a file
	out          io.Writer
	deadline     deadliner // out, when a write to it can be interrupted
	limit        int
	closeTimeout time.Duration
	done         chan struct{} // closed when the goroutine has ended

	mu       sync.Mutex // guards all below; held for memory copies only
	work     sync.Cond  // signalled when the goroutine has something to do
	taken    sync.Cond  // signalled when the terminal has taken something, or never will
	queue    bytes.Buffer
	inFlight int // bytes that the goroutine is writing
	dropping bool
	modes    modes
	dropped  uint64
	repaint  bool
	closed   bool
	gaveUp   bool          // the restore sequence takes the place of what was queued
	lastFor  time.Duration // when gaveUp: how long that is tried
	err      error
}

type file interface {
	io.Reader
	Fd() uintptr
}

type deadliner interface {
	SetWriteDeadline(time.Time) error
}

// New returns a Writer to out, usually os.Stdout or the channel of an SSH
// session, and starts its goroutine. It ends with Close, with Restore, or when
// a write to out fails. Close does not close out.
//
// A terminal is opened a second time where the system lets us, because writes
// to the second descriptor can be interrupted without making the standard
// output non-blocking for everybody who shares it. Where that fails, a write
// to a stopped terminal keeps the goroutine until the process ends.
func New(out io.Writer, o Options) *Writer {
	w := &Writer{
		out:          out,
		limit:        o.Limit,
		closeTimeout: o.CloseTimeout,
		done:         make(chan struct{}),
	}
	if w.limit <= 0 {
		w.limit = defaultLimit
	}
	if w.closeTimeout <= 0 {
		w.closeTimeout = defaultCloseTimeout
	}
	w.work.L, w.taken.L = &w.mu, &w.mu
	w.file, _ = out.(file)
	var opened io.Closer
	if f, ok := out.(*os.File); ok {
		if tty, err := reopen(f); err == nil {
			w.out, opened = tty, tty
		}
	}
	if d, ok := w.out.(deadliner); ok && d.SetWriteDeadline(time.Time{}) == nil {
		w.deadline = d
	}
	go func() {
		defer close(w.done)
		if opened != nil {
			defer func() { _ = opened.Close() }()
		}
		crash.Guarded(w.abandon, w.pump)()
	}()
	return w
}

// Write queues p and returns len(p) at once; that the bytes reach the terminal
// is not promised. It fails when the Writer was closed (os.ErrClosed) or when
// the terminal is gone.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if w.closed {
		return 0, os.ErrClosed
	}
	switch {
	case w.dropping:
		w.drop(p)
	case w.queue.Len() > 0 && w.inFlight+w.queue.Len()+len(p) > w.limit:
		w.dropping = true
		w.drop(w.queue.Bytes())
		w.queue.Reset()
		w.drop(p)
	default:
		w.queue.Write(p)
	}
	w.work.Signal()
	return len(p), nil
}

// drop counts p as lost and remembers the modes that it would have set; the
// caller holds mu.
func (w *Writer) drop(p []byte) {
	w.dropped += uint64(len(p))
	w.modes.note(p)
}

// Read reads from the terminal that New got; without one it returns io.EOF.
func (w *Writer) Read(p []byte) (int, error) {
	if w.file == nil {
		return 0, io.EOF
	}
	return w.file.Read(p) //nolint:wrapcheck // the file's own answer
}

// Fd returns the descriptor of the terminal that New got, or an invalid one
// (all bits set) when that was no file.
func (w *Writer) Fd() uintptr {
	if w.file == nil {
		return ^uintptr(0)
	}
	return w.file.Fd()
}

// Pending returns how many bytes wait for the terminal. A program that makes
// no new frame while more than a frame or two are pending keeps a slow line
// fresh and never overflows.
func (w *Writer) Pending() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.inFlight + w.queue.Len()
}

// Free waits until at most so many bytes wait for the terminal, which takes bytes, or
// until nothing will be written any more.
func (w *Writer) Free(most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.err == nil && !w.closed && (w.dropping || w.inFlight+w.queue.Len() > most) {
		w.taken.Wait()
	}
}

// Drain waits until the terminal has taken all that was written, at most for the given
// time. It says whether it has.
func (w *Writer) Drain(within time.Duration) bool {
	for late := time.Now().Add(within); w.Pending() > 0; {
		if time.Now().After(late) {
			return false
		}
		time.Sleep(time.Millisecond) // rare and short: not worth a signal with every write
	}
	return true
}

// Dropped returns how many bytes were dropped so far; it only grows.
func (w *Writer) Dropped() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dropped
}

// NeedsRepaint says once after each overflow that the terminal takes bytes
// again and must be painted afresh; the program then clears the screen.
func (w *Writer) NeedsRepaint() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	need := w.repaint
	w.repaint = false
	return need
}

// Done returns a channel that is closed when nothing will be written any more:
// after Close or Restore, or when the terminal is gone, which Err tells.
func (w *Writer) Done() <-chan struct{} { return w.done }

// Err returns the error by which writing ended, or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// WriteAside queues a sequence that belongs to no picture, whole, between two
// writes. It returns false, and queues nothing, when the terminal is behind or
// gone: a notification is not worth the loss of a picture.
func (w *Writer) WriteAside(p []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || w.closed || w.dropping || w.inFlight+w.queue.Len()+len(p) > w.limit {
		return false
	}
	w.queue.Write(p)
	w.work.Signal()
	return true
}
