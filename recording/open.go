package recording

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// File is a recording that was opened. [File.Close] ends it.
type File struct {
	*Reader
	file *os.File
}

// Open opens a recording. Only a regular file can be one: what has no end, or
// blocks, is refused at once.
func Open(path string) (*File, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	r, err := NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, f.Close()))
	}
	return &File{r, f}, nil
}

// openRegular opens a regular file.
func openRegular(path string) (f *os.File, size int64, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // else a pipe would wait for a writer
	if err != nil {
		return nil, 0, err
	}
	about, err := f.Stat()
	if err == nil && !about.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file but a %s", path, kindOf(about.Mode()))
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, about.Size(), nil
}

func kindOf(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&os.ModeNamedPipe != 0:
		return "pipe"
	case mode&os.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
