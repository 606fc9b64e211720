//go:build unix && !solaris && !illumos && !aix

package recording

import (
	"errors"
	"os"
	"syscall"
)

// lock marks a file as one that is being written, until it is closed. Where the file
// system knows no locks it is not marked.
func lock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// locked says whether a file is being written, as far as can be told.
func locked(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// removed says whether an open file has no name any more.
func removed(f *os.File) bool {
	about, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := about.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}
