package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"labtop/recording/capture"
)

// File is a recording that was opened, or a log that is read as one. [File.Close]
// ends it.
type File struct {
	content
	// Format is the name of what it was found to be, About and Lacks are as in
	// [Format]. Compression is "gzip", "zstd" or empty.
	Format, About, Compression string
	Lacks                      Lacks
	// Start and Every are where the messages of a log without times are placed, as
	// [File.Place] says. Start is of any log the time at which it ends at the latest.
	Start time.Time
	Every time.Duration
	file  *os.File
	// packed is nil for what is not compressed.
	packed *packed
	done   func()
}

// MCAPFormat names recordings proper.
const MCAPFormat = "mcap"

// content is what a file of any format tells.
type content interface {
	Source
	Health() Health
	Info() Info
	// place is where it stands.
	place() place
	// goTo goes on at a place of the same file. When that takes long, Next does it, and
	// returns the error.
	goTo(to place) error
}

// Open opens a recording, or a log that can be read as one, for which it looks at the
// first lines. Only a regular file can be one: what has no end, or blocks, is refused
// at once. format is empty to find it out.
func Open(path, format string) (*File, error) {
	f, about, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	opened, err := open(f, about, format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, f.Close()))
	}
	opened.file = f
	return opened, nil
}

func open(f *os.File, about os.FileInfo, format string) (*File, error) {
	start := make([]byte, len(magic))
	if _, err := f.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(start, magic) && (format == "" || format == MCAPFormat) {
		r, err := NewReader(f, about.Size())
		return &File{content: r, Format: MCAPFormat, About: Formats()[0].About, done: func() {}}, err
	}
	if format == MCAPFormat {
		return nil, ErrFormat
	}
	if bytes.Equal(start, magic) {
		return nil, fmt.Errorf("it is a recording (%s), and not what it was to be read as, %s", MCAPFormat, format)
	}
	return openLog(f, format, about.ModTime())
}

// OpenStream opens a log that is read once, from its start, such as stdin. A
// recording proper must be a file. format is as in [Open].
func OpenStream(in io.Reader, format string) (*File, error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if start, _ := buffered.Peek(len(magic)); bytes.Equal(start, magic) {
		return nil, errStream
	}
	return openLog(buffered, format, time.Now())
}

// errStream says that a recording proper came from what cannot be read twice.
var errStream = errors.New("a recording can be read from its file only; name it")

// openLog opens a log, compressed or not, that was written until a time.
func openLog(file io.Reader, format string, at time.Time) (*File, error) {
	in, done, err := decompressed(file)
	if err != nil {
		return nil, err
	}
	compression := in.compression()
	if again, _ := in.Peek(len(magic)); bytes.Equal(again, magic) {
		done()
		return nil, fmt.Errorf("this is a recording within %s; decompress it first: %w", compression, ErrFormat)
	}
	if f, ok := captureFormat(in.Reader, format); ok {
		r := &captureReader{in: capture.New(in.Reader, f.Name)}
		return &File{content: r, Format: f.Name, About: f.About, Compression: compression, packed: in.packed, done: done}, nil
	}
	text := windowOn(in)
	found, err := detect(text, format, at)
	if errors.Is(err, ErrFormat) && in.packed != nil && in.packed.read == 0 && !errors.Is(in.packed.err, io.EOF) {
		err = fmt.Errorf("a file compressed with %s that is damaged or cut at its start: %w", compression, ErrFormat)
	}
	if err != nil {
		done()
		return nil, err
	}
	r := &logReader{
		bytes: in, in: text, cut: found.cut(text), parse: found.parse, bare: found.bare,
		logState: logState{memory: beginning(at), clock: logClock{next: found.firstTime(text, at)}},
	}
	f := &File{content: r, Format: found.Name, About: found.About, Lacks: found.Lacks, Start: at, Compression: compression, packed: in.packed, done: done}
	f.Place(at.Truncate(time.Second), time.Second)
	return f, nil
}

// Health says how whole the file is, as far as it was read.
func (f *File) Health() Health {
	h := f.content.Health()
	if f.packed != nil {
		f.packed.health(&h)
	}
	return h
}

// Remarks are what is worth saying of the file after it was read, beside its health: of
// a network capture what was found in it, and what could not be read. They are parts of
// sentences that begin with "in the file are".
func (f *File) Remarks() []string {
	if r, ok := f.content.(interface{ Remarks() []string }); ok {
		return r.Remarks()
	}
	return nil
}

// StopBy has Next ask stop now and then while there is nothing to tell, and return its
// error when it has one. Next may be called again then. What is made to do harm can hold
// much that tells nothing.
func (f *File) StopBy(stop func() error) {
	switch r := f.content.(type) {
	case *Reader:
		r.stop = stop
	case *logReader:
		r.stop, r.in.stop = stop, stop
	case *captureReader:
		r.stop = stop
		r.in.StopBy(stop)
	}
}

// Place says where the messages of a log are placed that have no times: the first at
// start, each other one so much after the one before it. Otherwise the first is when
// the file was changed last, and each other one a second later. It must be called
// before Next.
func (f *File) Place(start time.Time, every time.Duration) {
	if r, ok := f.content.(*logReader); ok && f.Lacks&LacksTimes != 0 {
		f.Start, f.Every = start, every
		r.clock = logClock{next: start, every: every}
	}
}

// openRegular opens a regular file.
func openRegular(path string) (f *os.File, about os.FileInfo, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // else a pipe would wait for a writer
	if err != nil {
		return nil, nil, err
	}
	about, err = f.Stat()
	if err == nil && !about.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file but a %s", path, kindOf(about.Mode()))
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, about, nil
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

// End is when the recording ends, if its end tells so without being read through: that
// of a log does not. It is zero then.
func (f *File) End() time.Time {
	if r, ok := f.content.(*Reader); ok {
		return r.End()
	}
	return time.Time{}
}

// Close closes the file. The stream of OpenStream stays open.
func (f *File) Close() error {
	f.done()
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
