package termwriter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// reopen opens the terminal behind f a second time, for writes that can be
// interrupted. It fails when f is no terminal, or one of another user.
func reopen(f *os.File) (*os.File, error) {
	if !term.IsTerminal(f.Fd()) {
		return nil, errors.ErrUnsupported
	}
	name := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	return os.OpenFile(name, os.O_WRONLY|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0) //nolint:wrapcheck // only tested for nil
}

// discardOutput throws away what was written to the terminal out but not yet
// sent (tcflush(3), TCOFLUSH).
func discardOutput(out io.Writer) {
	f, ok := out.(*os.File)
	if !ok {
		return
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) {
		_ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCOFLUSH)
	})
}
