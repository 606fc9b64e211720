package recording

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// maxLine is the length of the longest line or record of a log that is read, in bytes:
// that of the largest payload as JSON, most of whose bytes are escaped.
const maxLine = 64 << 20

// decompressed undoes gzip or zstd, which it knows by their first bytes, and returns its
// name; p is nil for what is neither. done ends it.
func decompressed(file io.Reader) (in *bufio.Reader, p *packed, name string, done func(), err error) {
	p = &packed{file: &tracked{Reader: file}}
	in = bufio.NewReaderSize(p.file, 64<<10)
	start, _ := in.Peek(4) // a shorter file is neither
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, nil, "", nil, fmt.Errorf("its head is damaged or cut, so that it cannot be decompressed: %w", err)
		}
		p.in = z
		return p.buffered(), p, "gzip", func() {}, nil
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxLine), zstd.WithDecoderMaxWindow(maxChunk))
		if err != nil {
			return nil, nil, "", nil, err
		}
		p.in = z
		return p.buffered(), p, "zstd", z.Close, nil
	}
	return in, nil, "", func() {}, nil
}

// plainText leaves out a byte order mark, makes UTF-8 of UTF-16, which PowerShell writes,
// and line feeds of the carriage returns of a text that has no others.
func plainText(in *bufio.Reader) *bufio.Reader {
	in = utf8Text(in)
	start, _ := in.Peek(in.Size())
	if bytes.IndexByte(start, '\n') >= 0 || bytes.IndexByte(start, '\r') < 0 {
		return in
	}
	return bufio.NewReaderSize(returnReader{in}, 64<<10)
}

// returnReader reads carriage returns as line feeds.
type returnReader struct{ in io.Reader }

func (r returnReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// utf8Text leaves out a byte order mark, and makes UTF-8 of UTF-16.
func utf8Text(in *bufio.Reader) *bufio.Reader {
	start, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(start, []byte{0xef, 0xbb, 0xbf}):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}):
		_, _ = in.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{in: in}, 64<<10)
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		_, _ = in.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{in: in, big: true}, 64<<10)
	}
	return in
}

// utf16Reader reads UTF-16 as UTF-8.
type utf16Reader struct {
	in   *bufio.Reader
	big  bool
	made [4096]byte
	left []byte // of made: not handed over yet
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if len(u.left) == 0 {
		u.left = u.made[:0]
		for len(u.left) == 0 || u.in.Buffered() >= 4 && len(u.left) < cap(u.left)-utf8.UTFMax {
			r, err := u.rune()
			if err != nil { // the next call meets it again
				if len(u.left) > 0 {
					break
				}
				return 0, err
			}
			u.left = utf8.AppendRune(u.left, r)
		}
	}
	n := copy(p, u.left)
	u.left = u.left[n:]
	return n, nil
}

// rune is the next one; an odd half becomes U+FFFD.
func (u *utf16Reader) rune() (rune, error) {
	first, err := u.unit()
	if err != nil {
		return 0, err
	}
	r := rune(first)
	if utf16.IsSurrogate(r) {
		if second, err := u.unit(); err == nil {
			r = utf16.DecodeRune(r, rune(second))
		}
	}
	return r, nil
}

func (u *utf16Reader) unit() (uint16, error) {
	a, err := u.in.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := u.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if u.big {
		a, b = b, a
	}
	return uint16(a) | uint16(b)<<8, nil
}
