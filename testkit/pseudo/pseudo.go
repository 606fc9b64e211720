//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package pseudo

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"labtop/testkit/transcript"
)

// Options say how a program is started. The zero value is a terminal of 80 columns
// and 24 rows.
type Options struct {
	// Width and Height are the size that the terminal claims, of which neither is
	// checked. Both 0 mean 80 columns and 24 rows, unless NoSize is set.
	Width, Height int
	NoSize        bool
	// Show gets the output too; nil when nobody looks.
	Show io.Writer
}

// Terminal is the terminal's end of a pseudo-terminal and the program on the other.
// The program is the leader of a session of its own.
type Terminal struct {
	// Transcript is the output, without what was waited for before.
	*transcript.Transcript
	whole  *transcript.Transcript
	tb     testing.TB
	cmd    *exec.Cmd
	master *os.File
	before unix.Termios
	ended  chan struct{} // closed when the program has ended
	read   chan struct{} // closed when all of its output is read
	gate   sync.Mutex    // held while the terminal is frozen
	frozen bool
}

// Patience is how long the methods wait. It is only reached when a test fails.
const Patience = time.Minute

// Start starts cmd on a terminal.
func Start(tb testing.TB, cmd *exec.Cmd, o Options) *Terminal {
	tb.Helper()
	if o.Width == 0 && o.Height == 0 && !o.NoSize {
		o.Width, o.Height = 80, 24
	}
	t := &Terminal{
		Transcript: transcript.New(), whole: transcript.New(), tb: tb, cmd: cmd,
		ended: make(chan struct{}), read: make(chan struct{}),
	}
	master, line, err := pty.Open()
	if err != nil {
		tb.Fatal(err)
	}
	t.master = pollable(tb, master)
	t.Resize(o.Width, o.Height)
	t.before = t.settings()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = line, line, line
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	_ = line.Close()
	if err != nil {
		tb.Fatal(err)
	}
	go t.follow(o.Show)
	go func() {
		_ = cmd.Wait()
		close(t.ended)
	}()
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the last of what was written: %q", t.last(500))
		}
		t.Thaw()
		_ = cmd.Process.Kill()
		<-t.ended
		_ = t.master.Close()
		<-t.read
	})
	return t
}

// pollable is the same file, whose reads end when it is closed.
func pollable(tb testing.TB, f *os.File) *os.File {
	tb.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	_ = f.Close()
	if err := unix.SetNonblock(fd, true); err != nil {
		tb.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "terminal")
}

// follow reads until the program's end is closed, or the terminal's.
func (t *Terminal) follow(show io.Writer) {
	defer close(t.read)
	chunk := make([]byte, 32<<10)
	for {
		n, err := t.master.Read(chunk)
		_, _ = t.whole.Write(chunk[:n])
		_, _ = t.Write(chunk[:n])
		if show != nil {
			_, _ = show.Write(chunk[:n])
		}
		if err != nil {
			return
		}
		t.gate.Lock()
		t.gate.Unlock() //nolint:staticcheck // it is a gate, and guards nothing
	}
}

// Freeze stops the reading, after one more read at most.
func (t *Terminal) Freeze() {
	if !t.frozen {
		t.frozen = true
		t.gate.Lock()
	}
}

// Thaw goes on reading.
func (t *Terminal) Thaw() {
	if t.frozen {
		t.frozen = false
		t.gate.Unlock()
	}
}

// ObeyFlow makes Ctrl+S stop the output and Ctrl+Q start it again (stty ixon), until the
// program sets the line anew.
func (t *Terminal) ObeyFlow() {
	t.tb.Helper()
	settings := t.settings()
	settings.Iflag |= unix.IXON
	t.control(func(fd int) error { return unix.IoctlSetTermios(fd, ioctlSetTermios, &settings) })
}

// Drained waits until all output of a program that has ended is read.
func (t *Terminal) Drained() { <-t.read }

// Resize changes the size, to any that a terminal can claim.
func (t *Terminal) Resize(width, height int) {
	t.tb.Helper()
	t.control(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(height), Col: uint16(width)})
	})
}

// Type types keys as they are on the line.
func (t *Terminal) Type(keys string) {
	t.tb.Helper()
	if _, err := t.master.WriteString(keys); err != nil {
		t.tb.Fatal(err)
	}
}

// PID is the program's process.
func (t *Terminal) PID() int { return t.cmd.Process.Pid }

// Signal sends the program a signal.
func (t *Terminal) Signal(s syscall.Signal) {
	t.tb.Helper()
	if err := t.cmd.Process.Signal(s); err != nil {
		t.tb.Fatal(err)
	}
}

// HangUp closes the terminal, as a window that is closed does.
func (t *Terminal) HangUp() { _ = t.master.Close() }

// Expect waits until the text was written, and forgets it and what came before.
func (t *Terminal) Expect(text string) {
	t.tb.Helper()
	if !t.Wait(Patience, func(s string) (string, bool) {
		_, rest, found := strings.Cut(s, text)
		return rest, found
	}) {
		t.tb.Fatalf("%q was never written; the last is %q", text, t.last(2000))
	}
}

// End waits for the program's end and all of its output, and returns the exit code:
// 128 and the signal's number when a signal killed it.
func (t *Terminal) End(within time.Duration) int {
	t.tb.Helper()
	select {
	case <-t.ended:
	case <-time.After(within):
		t.tb.Fatalf("the program did not end within %v", within)
	}
	if !t.frozen {
		<-t.read
	}
	if status, ok := t.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return t.cmd.ProcessState.ExitCode()
}

// last is the end of what was written.
func (t *Terminal) last(n int) string {
	text := t.whole.String()
	return text[max(len(text)-n, 0):]
}

// All is all of the output, or the newest 4 MiB of it.
func (t *Terminal) All() string { return t.whole.String() }

// Raw says whether the line settings differ from those before the program.
func (t *Terminal) Raw() bool { return t.settings() != t.before }

// Restored says what of the terminal is not as it was before the program, which may
// still run: line settings, screen, cursor, mouse, paste, keys, title.
func (t *Terminal) Restored() error {
	if now := t.settings(); now != t.before {
		return fmt.Errorf("line settings %+v, before %+v", now, t.before)
	}
	return Restored(t.whole.String())
}

// Restored says which of the states that a dashboard changes the output leaves
// changed.
func Restored(output string) error {
	for _, s := range []struct{ what, on, off string }{
		{"the alternate screen", "\x1b[?1049h", "\x1b[?1049l"},
		{"the hidden cursor", "\x1b[?25l", "\x1b[?25h"},
		{"bracketed paste", "\x1b[?2004h", "\x1b[?2004l"},
		{"the mouse", "\x1b[?1002h", "\x1b[?1002l"},
		{"the mouse's coordinates", "\x1b[?1006h", "\x1b[?1006l"},
		{"the synchronized output", "\x1b[?2026h", "\x1b[?2026l"},
		{"modifyOtherKeys", "\x1b[>4;2m", "\x1b[>4m"},
	} {
		if strings.LastIndex(output, s.on) > strings.LastIndex(output, s.off) {
			return fmt.Errorf("%s is left on", s.what)
		}
	}
	return nil
}

func (t *Terminal) settings() (settings unix.Termios) {
	t.tb.Helper()
	t.control(func(fd int) error {
		s, err := unix.IoctlGetTermios(fd, ioctlGetTermios)
		if err == nil {
			settings = *s
		}
		return err
	})
	return settings
}

// control does something with the terminal's descriptor.
func (t *Terminal) control(do func(fd int) error) {
	t.tb.Helper()
	conn, err := t.master.SyscallConn()
	if err != nil {
		t.tb.Fatal(err)
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		failed = err
	}
	if failed != nil {
		t.tb.Fatal(failed)
	}
}
