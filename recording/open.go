package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"labtop/model"
)

// File is a recording that was opened, or a log that is read as one. [File.Close]
// ends it.
type File struct {
	content
	// Format is what it was found to be: one of [Formats]. Compression is
	// "gzip", "zstd" or empty.
	Format, Compression string
	file                *os.File
	done                func()
}

// MCAPFormat names recordings proper.
const MCAPFormat = "mcap"

// content is what a file of any format tells.
type content interface {
	Source
	Health() Health
	Info() Info
}

// Open opens a recording, or a log that can be read as one, for which it looks at the
// first lines. Only a regular file can be one: what has no end, or blocks, is refused
// at once. format is empty to find it out.
func Open(path, format string) (*File, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	opened, err := open(f, size, format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, f.Close()))
	}
	opened.file = f
	return opened, nil
}

func open(f *os.File, size int64, format string) (*File, error) {
	start := make([]byte, len(magic))
	if _, err := f.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(start, magic) && (format == "" || format == MCAPFormat) {
		r, err := NewReader(f, size)
		return &File{content: r, Format: MCAPFormat, done: func() {}}, err
	}
	if format == MCAPFormat {
		return nil, ErrFormat
	}
	return openLog(f, format)
}

// OpenStream opens a log that is read once, from its start, such as stdin. A
// recording proper must be a file. format is as in [Open].
func OpenStream(in io.Reader, format string) (*File, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if start, _ := buffered.Peek(len(magic)); bytes.Equal(start, magic) {
		return nil, errStream
	}
	return openLog(buffered, format)
}

// errStream says that a recording proper came from what cannot be read twice.
var errStream = errors.New("a recording can be read from its file only; name it")

// openLog opens a log, compressed or not.
func openLog(file io.Reader, format string) (*File, error) {
	in, compression, done, err := decompressed(bufio.NewReaderSize(file, 64<<10))
	if err != nil {
		return nil, err
	}
	if again, _ := in.Peek(len(magic)); bytes.Equal(again, magic) {
		done()
		return nil, fmt.Errorf("this is a recording within %s; decompress it first: %w", compression, ErrFormat)
	}
	in = plainText(in)
	for _, f := range lineFormats() {
		if format == f.name || format == "" && looksLike(in, f) {
			return &File{content: &logReader{lines: lines{in: in}, format: f}, Format: f.name, Compression: compression, done: done}, nil
		}
	}
	done()
	return nil, ErrFormat
}

// looksLike says whether the first lines of a text are those of a format: at least
// one is, and most are. It takes nothing from in.
func looksLike(in *bufio.Reader, format lineFormat) bool {
	const looked = 50
	start, _ := in.Peek(in.Size()) // less at the end of the file
	good, bad := 0, 0
	var m model.Message
	var how lineTraits
	for good+bad < looked {
		line, rest, whole := bytes.Cut(start, []byte("\n"))
		if start = rest; !whole {
			if good+bad == 0 && len(line) > 0 { // one line that is longer than the buffer, or the only one
				return format.parse(line, &m, &how) == nil ||
					format.name == LogFormat && bytes.HasPrefix(line, []byte(`{"time":"`)) && bytes.Contains(line, []byte(`"topic":"`)) ||
					format.name == MosquittoFormat && bytes.HasPrefix(line, []byte(`{"tst":`)) && bytes.Contains(line, []byte(`"topic":"`))
			}
			break
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if format.parse(line, &m, &how) == nil {
			good++
		} else {
			bad++
		}
	}
	return good > 0 && good >= bad
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

// Close closes the file. The stream of OpenStream stays open.
func (f *File) Close() error {
	f.done()
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
