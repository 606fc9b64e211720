package termwriter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// pump writes the queue to the terminal until the Writer is closed and the
// queue empty, or a write fails.
func (w *Writer) pump() {
	chunk := make([]byte, chunkSize)
	interrupted := false
	for {
		n, ok := w.next(chunk)
		if !ok {
			return
		}
		_, err := w.out.Write(chunk[:n])
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded) && !interrupted:
			interrupted = true
			w.lastWords()
		default:
			w.fail(err)
			return
		}
	}
}

// next waits for something to write and copies the start of it to chunk. It
// returns false when there will be nothing more. That it is called means that
// the terminal takes bytes, so dropping is over.
func (w *Writer) next(chunk []byte) (n int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight = 0
	for {
		if w.dropping {
			w.dropping = false
			w.repaint = true
			w.queue.WriteString(resync)
			w.modes.replay(&w.queue)
		}
		w.taken.Broadcast()
		if w.queue.Len() > 0 {
			break
		}
		if w.closed {
			return 0, false
		}
		w.work.Wait()
	}
	n = copy(chunk, w.queue.Next(cut(w.queue.Bytes())))
	w.inFlight = n
	return n, true
}

// cut returns how much of b to write at once. It cuts before an escape, so
// that an overflow drops whole sequences.
func cut(b []byte) int {
	if len(b) <= chunkSize {
		return len(b)
	}
	if i := bytes.LastIndexByte(b[:chunkSize], '\x1b'); i > 0 {
		return i
	}
	return chunkSize
}

// lastWords makes room for the restore sequence in a terminal that has stopped
// reading: what the system still holds for it is thrown away.
func (w *Writer) lastWords() {
	w.mu.Lock()
	w.queueRestore()
	within := w.lastFor
	w.mu.Unlock()
	discardOutput(w.out)
	_ = w.deadline.SetWriteDeadline(time.Now().Add(within))
}

// abandon ends the Writer with err, which is no failure of the terminal: that is
// given back.
func (w *Writer) abandon(err error) {
	w.fail(err)
	if w.deadline != nil {
		_ = w.deadline.SetWriteDeadline(time.Now().Add(w.closeTimeout))
	}
	_, _ = io.WriteString(w.out, restore)
}

// fail ends the Writer with err.
func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = fmt.Errorf("write to the terminal: %w", err)
	w.queue.Reset()
	w.inFlight = 0
	w.taken.Broadcast()
}
