package termwriter

import (
	"errors"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// st is the string terminator in its 7-bit form.
const st = "\x1b\\"

// resync ends whatever sequence the terminal may be in the middle of and undoes
// what a frame changes only while it is drawn. Setting the margins moves the
// cursor, hence the saving around it.
const resync = "\x18" + st + // CAN ends a control sequence, ST a string
	ansi.SaveCursor + "\x1b[r" + ansi.RestoreCursor + // scroll margins
	"\x1b[4l" + // insert mode
	"\x1b]8;;" + st + // hyperlink
	ansi.ResetStyle

// restore is resync and the way back to the state in which a shell expects its
// terminal. Each part does nothing in a terminal that needs it not.
const restore = resync +
	ansi.ResetModeSynchronizedOutput +
	ansi.ResetModeMouseNormal + ansi.ResetModeMouseButtonEvent +
	ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr +
	ansi.ResetModeFocusEvent + ansi.ResetModeBracketedPaste +
	ansi.ResetModeAltScreenSaveCursor +
	ansi.ResetModeUnicodeCore + ansi.SetModeAutoWrap +
	"\x1b[0 q" + ansi.SetModeTextCursorEnable

var errGaveUp = errors.New("the terminal takes no output")

// Close writes what is queued and ends the Writer. When the terminal has not
// taken it after three quarters of the time allowed, the rest is dropped and
// the restore sequence is the last thing sent. On Linux a stopped terminal
// will find it when it goes on; elsewhere it may come too late, which is an
// error.
func (w *Writer) Close() error {
	w.mu.Lock()
	w.closed = true
	w.work.Signal()
	w.taken.Broadcast()
	w.mu.Unlock()
	if w.wait(w.closeTimeout * 3 / 4) {
		return w.Err()
	}
	return w.giveUp(w.closeTimeout / 4)
}

// Restore ends the Writer in an emergency: it drops what is queued and sends
// the sequence that gives the terminal back (main screen, cursor, no mouse, no
// paste, plain keys). It does not touch the terminal's line settings. After
// Close it does nothing.
func (w *Writer) Restore() error {
	return w.giveUp(w.closeTimeout)
}

// giveUp replaces what is queued by the restore sequence and waits for it to be
// written, at most for the given time.
func (w *Writer) giveUp(within time.Duration) error {
	w.mu.Lock()
	first := !w.gaveUp
	if first {
		w.closed, w.gaveUp = true, true
		w.lastFor = within
		w.queueRestore()
		w.work.Signal()
		w.taken.Broadcast()
	}
	w.mu.Unlock()
	if first && w.deadline != nil {
		_ = w.deadline.SetWriteDeadline(time.Now())
	}
	if !w.wait(within) {
		return errGaveUp
	}
	return w.Err()
}

// queueRestore makes the restore sequence all that is left to write; the caller
// holds mu.
func (w *Writer) queueRestore() {
	w.dropped += uint64(w.queue.Len())
	w.dropping = false
	w.queue.Reset()
	w.queue.WriteString(restore)
}

// wait waits for the goroutine to end and says whether it did in time.
func (w *Writer) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.done:
		return true
	case <-timer.C:
		return false
	}
}
