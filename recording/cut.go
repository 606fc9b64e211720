package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// record is a part of a text that holds a message or none.
type record struct {
	text []byte // without its line end
	line int    // the number of its first line, from 1
	torn bool   // the text ends within it, or right after it without a line end
}

// cutter cuts a text into records, and knows no more of those before than the window's
// [textPlace]. After errLongLine it goes on with the record after, and after the error of
// the window's stop where it was; io.EOF is the end.
type cutter interface {
	// next is the next record, valid until the next call.
	next() (record, error)
}

// errLongLine says that a record was left out because of its length.
var errLongLine = fmt.Errorf("the line is longer than %d MiB", maxLine>>20)

// goesOn says whether the n-th line of a record, from 0, is followed by another of the
// same record.
type goesOn func(n int, line, next []byte) bool

// lineCutter cuts a text into its lines, or into what several of them are together.
type lineCutter struct {
	in     *window
	goesOn goesOn // nil when each line is a record
}

// byLine cuts a text into lines.
func byLine(in *window) cutter { return &lineCutter{in: in} }

func (c *lineCutter) next() (record, error) {
	if err := c.in.passLine(); err != nil {
		return record{}, err
	}
	r := record{line: c.in.lines + 1}
	end, err := c.lineEnd(0)
	if errors.Is(err, errFull) {
		c.in.lines++
		c.in.passingLine = true
		return r, errLongLine
	}
	if err != nil {
		return r, err
	}
	c.in.lines++
	start := 0
	for n := 0; c.goesOn != nil; n++ {
		after, err := c.lineEnd(end + 1)
		if err != nil { // the last line, or one that has no room
			break
		}
		text := c.in.text()
		if !c.goesOn(n, text[start:end], text[end+1:after]) {
			break
		}
		start, end = end+1, after
		c.in.lines++
	}
	text := c.in.text()
	r.text = bytes.TrimRight(text[:end], "\r")
	if r.torn = end == len(text); r.torn {
		end--
	}
	c.in.take(end + 1)
	return r, nil
}

// lineEnd is where the line that begins at a place ends: at its line end, or at the
// end of the text. The error is io.EOF when no line begins there.
func (c *lineCutter) lineEnd(start int) (int, error) {
	for looked := start; ; {
		text := c.in.text()
		if looked < len(text) {
			if i := bytes.IndexByte(text[looked:], '\n'); i >= 0 {
				return looked + i, nil
			}
			looked = len(text)
		}
		if err := c.in.more(); err != nil {
			if c.in.ended() && start < len(text) {
				return len(text), nil
			}
			if errors.Is(err, io.ErrUnexpectedEOF) { // compressed, and cut
				err = io.EOF
			}
			return 0, err
		}
	}
}
