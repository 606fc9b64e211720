package recording

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// window is the part of a text that is in memory: bytes that were read and not taken.
type window struct {
	in       io.Reader
	encoding encoding // of the log that in decodes
	buf      []byte
	from, to int
	err      error // of in: io.EOF at its end; what was read before it is in the window
	// stop is asked while much is passed over, as in [File.StopBy]; nil for never.
	stop func() error
	textPlace
}

// textPlace is where a window begins.
type textPlace struct {
	at    int64 // bytes of the log, decompressed, before it
	lines int   // that were cut before it
	// open are the arrays, and the objects with messages, that it is within: a bracket for
	// each, from outside in. An [objectCutter] knows them.
	open string
	// passingLine says that it is within a line that is passed over, and passed is the object
	// that it is within and that is passed over, its depth 0 for none.
	passingLine bool
	passed      jsonScan
}

const windowBytes = 256 << 10

// errFull says that a window is as large as it may be.
var errFull = errors.New("the window is full")

// text is what the window holds, valid until more.
func (w *window) text() []byte { return w.buf[w.from:w.to] }

// more reads on, and keeps what is there. The error is errFull when the window holds
// maxLine bytes already, and that of in when there is nothing more.
func (w *window) more() error {
	if w.err != nil {
		return w.err
	}
	if held := w.to - w.from; len(w.buf)-held < windowBytes/2 {
		if held >= maxLine {
			return errFull
		}
		larger := make([]byte, min(max(windowBytes, 2*len(w.buf)), maxLine+windowBytes))
		w.from, w.to, w.buf = 0, copy(larger, w.text()), larger
	} else if len(w.buf)-w.to < windowBytes/2 {
		w.from, w.to = 0, copy(w.buf, w.text())
	}
	for range 100 {
		n, err := w.in.Read(w.buf[w.to:])
		if w.to += n; err != nil {
			w.err = err
		}
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	w.err = io.ErrNoProgress
	return w.err
}

// further is more where much is passed over, which stop can end; io.EOF is the end.
func (w *window) further() error {
	if w.stop != nil {
		if err := w.stop(); err != nil {
			return err
		}
	}
	err := w.more()
	if errors.Is(err, io.ErrUnexpectedEOF) { // compressed, and cut
		err = io.EOF
	}
	return err
}

// passLine leaves out what is left of a line that is passed over. After an error it may be
// called again.
func (w *window) passLine() error {
	for w.passingLine {
		text := w.text()
		end := bytes.IndexByte(text, '\n')
		if end >= 0 {
			w.take(end + 1)
			w.passingLine = false
			return nil
		}
		w.take(len(text))
		if err := w.further(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads on until the window holds so many bytes, or as many as there are and as it
// may hold.
func (w *window) fill(size int) error {
	for w.to-w.from < size {
		if err := w.more(); err != nil {
			if w.ended() || errors.Is(err, errFull) {
				return nil
			}
			return err
		}
	}
	return nil
}

// take leaves out the first n bytes.
func (w *window) take(n int) {
	w.at += int64(w.encoding.width(w.text()[:n]))
	w.from += n
}

// before are some bytes before the window, as many as are still in memory: those of the
// last record, if more was not called after it. They begin with a character.
func (w *window) before() []byte {
	const most = 64
	b := w.buf[max(w.from-most, 0):w.from]
	for len(b) > 0 && !utf8.RuneStart(b[0]) {
		b = b[1:]
	}
	return bytes.Clone(b)
}

// reset empties the window, for another place of the text.
func (w *window) reset(in io.Reader) { w.in, w.from, w.to, w.err = in, 0, 0, nil }

// ended says whether the window holds everything that is left.
func (w *window) ended() bool {
	return errors.Is(w.err, io.EOF) || errors.Is(w.err, io.ErrUnexpectedEOF)
}
