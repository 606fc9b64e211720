package recording

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLine is the length of the longest line or record of a log that is read, in bytes:
// that of the largest payload as JSON, most of whose bytes are escaped.
const maxLine = 64 << 20

// windowOn is a window on the text that bytes are, without a byte order mark.
func windowOn(in *logBytes) *window {
	w := &window{}
	start, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(start, []byte{0xef, 0xbb, 0xbf}):
		w.at = 3
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}): // as PowerShell writes it
		w.at, w.encoding.utf16 = 2, binary.LittleEndian
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		w.at, w.encoding.utf16 = 2, binary.BigEndian
	}
	_, _ = in.Discard(int(w.at)) // it is in the buffer
	start, _ = in.Peek(in.Size())
	text, _ := io.ReadAll(w.encoding.decode(bufio.NewReader(bytes.NewReader(start))))
	w.encoding.returns = bytes.IndexByte(text, '\r') >= 0 && bytes.IndexByte(text, '\n') < 0
	w.in = w.encoding.decode(in.Reader)
	return w
}

// encoding is how the bytes of a log are a text.
type encoding struct {
	utf16   binary.ByteOrder // nil for UTF-8
	returns bool             // lines end with carriage returns alone
}

// decode makes UTF-8 of what is encoded, with line feeds.
func (e encoding) decode(bytes *bufio.Reader) (text io.Reader) {
	text = bytes
	if e.utf16 != nil {
		text = &utf16Reader{in: bytes, order: e.utf16}
	}
	if e.returns {
		text = returnReader{text}
	}
	return text
}

// width is how many bytes a text that decode has made was before.
func (e encoding) width(text []byte) (n int) {
	if e.utf16 == nil {
		return len(text)
	}
	for _, c := range text {
		switch {
		case c >= 0xf0: // two units
			n += 4
		case utf8.RuneStart(c):
			n += 2
		}
	}
	return n
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

// utf16Reader reads UTF-16 as UTF-8.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	made  [4096]byte
	left  []byte // of made: not handed over yet
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

// rune is the next one; half a one becomes U+FFFD.
func (u *utf16Reader) rune() (rune, error) {
	r, err := u.unit()
	if err != nil {
		return 0, err
	}
	_, _ = u.in.Discard(2) // it is in the buffer
	if utf16.IsSurrogate(r) {
		second, _ := u.unit() // what is none makes no whole one
		if r = utf16.DecodeRune(r, second); r != unicode.ReplacementChar {
			_, _ = u.in.Discard(2)
		}
	}
	return r, nil
}

// unit is the next half or whole rune, which stays there.
func (u *utf16Reader) unit() (rune, error) {
	b, err := u.in.Peek(2)
	if err != nil {
		return 0, err
	}
	return rune(u.order.Uint16(b)), nil
}
