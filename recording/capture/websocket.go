package capture

import (
	"bytes"
	"encoding/binary"
)

// webFrames takes out what one side of a WebSocket (RFC 6455) sends. The rules are:
//
//   - What client and broker say in HTTP comes first. The broker agrees with 101.
//   - What the data frames hold follows each other, however it is cut into frames; other
//     frames are left out.
//   - Clients mask their frames, brokers do not.
//   - Nothing is decompressed: a frame of an extension cannot be read, nor what follows it.
//   - After a missing piece that goes beyond a frame, reading goes on with a segment that
//     begins as a whole frame of bytes does. What turns out to be none is sought anew.
type webFrames struct {
	client bool   // it is the client that sends
	opened bool   // what was said in HTTP is over
	torn   bool   // a piece is missing that went beyond a frame
	sought bool   // a segment that begins a frame is, and what came since was none
	failed bool   // what comes cannot be read
	head   []byte // of HTTP or of a frame, as far as it is there
	data   bool   // the present frame is one of data
	left   uint64 // bytes of it that are to come
	mask   [4]byte
	passed int    // bytes of it that came, as far as the mask counts
	out    []byte // what take has returned
}

// maxHTTP is how long what is said in HTTP may be.
const maxHTTP = 8 << 10

// take takes the bytes that come next, of one segment, and returns the data in them, valid
// until the next call.
func (f *webFrames) take(b []byte) []byte {
	f.out = f.out[:0]
	if !f.opened {
		b = f.open(b)
	}
	if f.sought && len(b) > 0 {
		if f.sought = len(b) < 2 || b[0] != wholeFrame || !f.good(b[0], b[1]); f.sought {
			return nil
		}
	}
	for len(b) > 0 && !f.failed && !f.sought {
		if f.left == 0 {
			f.head = append(f.head, b[0])
			b = b[1:]
			f.begin()
			continue
		}
		n := int(min(f.left, uint64(len(b))))
		if f.data {
			for i, c := range b[:n] {
				f.out = append(f.out, c^f.mask[(f.passed+i)%len(f.mask)])
			}
		}
		f.pass(n)
		b = b[n:]
	}
	return f.out
}

// open passes over what is said in HTTP, and returns what comes after it.
func (f *webFrames) open(b []byte) []byte {
	before := len(f.head)
	f.head = append(f.head, b[:min(len(b), maxHTTP)]...)
	said, _, whole := bytes.Cut(f.head, []byte("\r\n\r\n"))
	if !whole {
		f.failed = len(f.head) >= maxHTTP
		return nil
	}
	f.opened, f.failed = true, !f.client && !agrees(said)
	f.head = nil
	return b[len(said)+len("\r\n\r\n")-before:]
}

// agrees says whether the broker's answer does.
func agrees(answer []byte) bool {
	line, _, _ := bytes.Cut(answer, []byte("\r\n"))
	return bytes.HasPrefix(line, []byte("HTTP/1.1 101"))
}

// The parts of a frame's first two bytes.
const (
	wholeFrame   = 0x82 // the first byte of one that is all of a message of bytes
	extensions   = 0x70
	maskFollows  = 0x80
	lengthBits   = 0x7f
	lastData     = 0x02 // the last kind of data; what is reserved comes after it
	firstControl = 0x08
	lastControl  = 0x0a
	maxControl   = 125 // bytes in one
)

// good says whether a frame can begin so.
func (f *webFrames) good(first, second byte) bool {
	kind := first & 0x0f
	known := kind <= lastData || kind >= firstControl && kind <= lastControl && second&lengthBits <= maxControl
	return known && first&extensions == 0 && second&maskFollows != 0 == f.client
}

// begin begins a frame once its head is whole.
func (f *webFrames) begin() {
	h := f.head
	if len(h) < 2 {
		return
	}
	if !f.good(h[0], h[1]) {
		f.failed, f.sought, f.head = !f.torn, f.torn, nil
		return
	}
	length, size := uint64(h[1]&lengthBits), 2
	switch length {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if f.client {
		size += len(f.mask)
	}
	if len(h) < size {
		return
	}
	switch length {
	case 126:
		length = uint64(binary.BigEndian.Uint16(h[2:]))
	case 127:
		length = binary.BigEndian.Uint64(h[2:])
	}
	if f.client {
		f.mask = [4]byte(h[size-len(f.mask):])
	}
	f.data, f.left, f.passed, f.head = h[0]&0x0f <= lastData, length, 0, h[:0]
}

// pass counts bytes of the present frame.
func (f *webFrames) pass(n int) {
	f.left -= uint64(n)
	f.passed = (f.passed + n) % len(f.mask)
}

// lose says that so many bytes are missing, a negative number that it is not known how
// many, and returns how many of the data that are, or a negative number.
func (f *webFrames) lose(n int) int {
	if n >= 0 && uint64(n) <= f.left {
		f.pass(n)
		if f.data {
			return n
		}
		return -1
	}
	f.left, f.head, f.torn, f.sought = 0, nil, true, true
	return -1
}

// kept is how many bytes are kept.
func (f *webFrames) kept() int { return cap(f.head) + cap(f.out) }
