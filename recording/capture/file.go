package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"time"
)

// The names of the formats.
const (
	PCAP   = "pcap"
	PCAPNG = "pcapng"
)

const (
	// maxFrame is the longest frame that is looked at, in bytes, as in tcpdump.
	maxFrame = 256 << 10
	// maxSkipped is the longest frame or block that is passed over; a length beyond
	// it is none.
	maxSkipped = 64 << 20
)

// Errors of reading a file.
var (
	// errCut says that the file ends in the middle of a frame.
	errCut = errors.New("the capture was cut")
	// errShape says that lengths contradict each other, so that nothing more is found.
	errShape = errors.New("the capture is damaged")
)

// Detect names the format of a file by its first bytes; empty when it is no capture.
func Detect(start []byte) string {
	if len(start) < 4 {
		return ""
	}
	if bytes.HasPrefix(start, sectionMagic) {
		return PCAPNG
	}
	if _, _, ok := pcapMagic(start); ok {
		return PCAP
	}
	return ""
}

// frame is what was captured of one packet.
type frame struct {
	link int
	at   time.Time
	data []byte // valid until the next one is read
}

// file is a file of frames.
type file interface {
	// next reads the next frame; io.EOF after the last.
	next(f *frame) error
}

// pcapMagic finds the byte order and the unit of times in the first bytes of a file.
func pcapMagic(start []byte) (order binary.ByteOrder, unit time.Duration, ok bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(start) {
		case 0xa1b2c3d4:
			return order, time.Microsecond, true
		case 0xa1b23c4d:
			return order, time.Nanosecond, true
		}
	}
	return nil, 0, false
}

// pcapFile is a file of the older format.
type pcapFile struct {
	in    *bufio.Reader
	order binary.ByteOrder
	unit  time.Duration
	link  int
	buf   []byte
}

// begin reads the head of the file.
func (p *pcapFile) begin() error {
	head, err := take(p.in, 24)
	if err != nil {
		return err
	}
	p.order, p.unit, _ = pcapMagic(head)
	p.link = int(p.order.Uint32(head[20:]) & 0xffff) // the rest tells of checksums
	return nil
}

func (p *pcapFile) next(f *frame) error {
	if p.order == nil {
		if err := p.begin(); err != nil {
			return err
		}
	}
	for {
		if _, err := p.in.Peek(1); errors.Is(err, io.EOF) {
			return io.EOF
		}
		head, err := take(p.in, 16)
		if err != nil {
			return err
		}
		seconds, part, length := p.order.Uint32(head), p.order.Uint32(head[4:]), p.order.Uint32(head[8:])
		if length > maxSkipped {
			return errShape
		}
		data, err := read(p.in, int(length), &p.buf)
		if err != nil {
			return err
		}
		if data != nil {
			*f = frame{link: p.link, at: time.Unix(int64(seconds), int64(part)*int64(p.unit)), data: data}
			return nil
		}
	}
}

// take reads a few bytes, which are valid until more is read.
func take(in *bufio.Reader, n int) ([]byte, error) {
	b, err := in.Peek(n)
	if err != nil {
		return nil, cut(err)
	}
	_, _ = in.Discard(n) // it is in the buffer
	return b, nil
}

// read reads so many bytes into a buffer; nil when they are too many to be looked at.
func read(in *bufio.Reader, n int, buf *[]byte) ([]byte, error) {
	if n > maxFrame {
		_, err := in.Discard(n)
		return nil, cut(err)
	}
	if *buf == nil {
		*buf = make([]byte, maxFrame)
	}
	b := (*buf)[:n]
	_, err := io.ReadFull(in, b)
	return b, cut(err)
}

// cut tells the end of the file from an error of reading it.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}
