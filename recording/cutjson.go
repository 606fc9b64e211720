package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// cutObjects begins to cut a text into JSON objects: by line where the first line is one,
// so that a damaged line costs itself alone, and else wherever they begin and end.
func cutObjects(in *window) cutter {
	first, _, whole := bytes.Cut(bytes.TrimLeft(in.text(), " \t\r\n"), []byte("\n"))
	if whole && bytes.HasPrefix(first, []byte("{")) && json.Valid(first) {
		return byLine(in)
	}
	return &objectCutter{in: in}
}

// objectCutter cuts a text into JSON objects, one after another or in arrays. An object
// that has an array called "messages" is none, but those in that array are, and the rest
// of it is passed over: so are the names and passwords in the exports of MQTTX.
type objectCutter struct{ in *window }

const maxOpen = 64

func (c *objectCutter) next() (record, error) {
	if err := c.in.passLine(); err != nil { // of junk
		return record{}, err
	}
	for {
		if err := c.pass(); err != nil {
			return record{}, err
		}
		if len(c.in.text()) == 0 {
			if err := c.in.more(); errors.Is(err, io.ErrUnexpectedEOF) { // compressed, and cut
				return record{}, io.EOF
			} else if err != nil {
				return record{}, err
			}
		}
		switch c.in.text()[0] {
		case '{':
			if r, isRecord, err := c.object(); isRecord || err != nil {
				return r, err
			}
		case '[':
			if len(c.in.open) == maxOpen {
				return c.junk()
			}
			c.in.open += "["
			c.take(1)
		case ']':
			c.take(1)
			if c.close(); strings.HasSuffix(c.in.open, "{") {
				c.close()
				c.in.passed = jsonScan{depth: 1, passing: true}
			}
		case ' ', '\t', '\r', '\n', ',', 0x1e:
			c.take(1)
		default:
			return c.junk()
		}
	}
}

func (c *objectCutter) close() {
	c.in.open = c.in.open[:max(len(c.in.open)-1, 0)]
}

func (c *objectCutter) take(n int) {
	c.in.lines += bytes.Count(c.in.text()[:n], []byte("\n"))
	c.in.take(n)
}

// object is the object that begins here, or false when it is one with messages, of which
// the array was begun.
func (c *objectCutter) object() (r record, isRecord bool, err error) {
	r.line = c.in.lines + 1
	scan := jsonScan{}
	for looked := 0; ; {
		text := c.in.text()
		n, at := scan.run(text, looked)
		switch at {
		case jsonEnd:
			r.text = text[:n]
			c.take(n)
			return r, true, nil
		case jsonMessages:
			if len(c.in.open) < maxOpen-1 {
				c.in.open += "{["
				c.take(n)
				return r, false, nil
			}
			looked = n
			continue
		}
		looked = len(text)
		switch err := c.in.more(); {
		case errors.Is(err, errFull):
			c.take(looked)
			c.in.passed, c.in.passed.passing = scan, true
			return r, true, errLongLine
		case err != nil && c.in.ended():
			r.text, r.torn = text, true
			c.take(len(text))
			return r, true, nil
		case err != nil:
			return r, true, err
		}
	}
}

// pass leaves out what is left of an object that is passed over.
func (c *objectCutter) pass() error {
	for c.in.passed.depth > 0 {
		n, _ := c.in.passed.run(c.in.text(), 0)
		c.take(n)
		if c.in.passed.depth == 0 {
			break
		}
		if err := c.in.further(); err != nil {
			return err
		}
	}
	return nil
}

// junk is a line that is no JSON.
func (c *objectCutter) junk() (record, error) {
	lines := lineCutter{in: c.in}
	return lines.next()
}

// jsonScan follows an object to its end.
type jsonScan struct {
	depth             int
	inString, escaped bool
	passing           bool // nobody asks for messages
	from, to          int  // of the last string of the object itself
	colon             bool // that string was followed by a colon alone
}

// Where a scan stands.
const (
	jsonMore     = iota // at the end of what there is
	jsonEnd             // after the end of the object
	jsonMessages        // after the bracket that begins its messages
)

// run goes on at text[at], and returns where it stands. The text begins with the object.
func (s *jsonScan) run(text []byte, at int) (int, int) {
	for i := at; i < len(text); i++ {
		c := text[i]
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.escaped, s.inString = c == '\\', c != '"'
			if !s.inString && s.depth == 1 {
				s.to = i
			}
		case c == '"':
			s.inString = true
			if s.depth == 1 {
				s.from, s.to, s.colon = i+1, i+1, false
			}
		case c == ':':
			s.colon = s.depth == 1
		case c == '{', c == '[':
			s.depth++
			if c == '[' && s.depth == 2 && s.colon && !s.passing && string(text[s.from:s.to]) == "messages" {
				return i + 1, jsonMessages
			}
			s.colon = false
		case c == '}', c == ']':
			if s.depth--; s.depth <= 0 {
				return i + 1, jsonEnd
			}
		case c == ',':
			s.colon = false
		}
	}
	return len(text), jsonMore
}
