package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"time"
)

// The types of blocks of pcapng that are looked at (draft-ietf-opsawg-pcapng).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // of old
	blockSimple    = 3
	blockEnhanced  = 6
)

// sectionMagic is the type of a section's header, in either byte order.
var sectionMagic = []byte{0x0a, 0x0d, 0x0d, 0x0a}

// maxInterfaces is how many interfaces of a section are known.
const maxInterfaces = 1024

// ngFile is a pcapng file. It may hold several captures, each with a byte order and
// interfaces of its own.
type ngFile struct {
	in         *bufio.Reader
	order      binary.ByteOrder
	interfaces []netInterface
	last       time.Time // of the last frame that had one
	buf        []byte
}

// netInterface is what frames of an interface need to be read.
type netInterface struct {
	link   int
	units  uint64 // in a second
	offset int64  // in seconds
}

func (n *ngFile) next(f *frame) error {
	for {
		kind, body, err := n.block()
		if err != nil {
			return err
		}
		switch kind {
		case blockSection:
			n.interfaces = n.interfaces[:0]
		case blockInterface:
			n.define(body)
		case blockEnhanced:
			if len(body) >= 20 && n.frame(f, int(n.order.Uint32(body)), body[4:]) {
				return nil
			}
		case blockPacket:
			if len(body) >= 20 && n.frame(f, int(n.order.Uint16(body)), body[4:]) {
				return nil
			}
		case blockSimple: // it has no time
			if len(body) >= 4 && len(n.interfaces) > 0 && !n.last.IsZero() {
				length := min(int(n.order.Uint32(body)), len(body)-4)
				*f = frame{link: n.interfaces[0].link, at: n.last, data: body[4:][:length]}
				return nil
			}
		}
	}
}

// block reads the next block; the body is nil when it is too long to be looked at.
func (n *ngFile) block() (kind uint32, body []byte, err error) {
	if _, err := n.in.Peek(1); errors.Is(err, io.EOF) {
		return 0, nil, io.EOF
	}
	head, err := n.in.Peek(12)
	if err != nil {
		return 0, nil, cut(err)
	}
	if bytes.HasPrefix(head, sectionMagic) {
		if n.order = sectionOrder(head[8:]); n.order == nil {
			return 0, nil, errShape
		}
	}
	kind = n.order.Uint32(head)
	length := n.order.Uint32(head[4:])
	if length < 12 || length%4 != 0 || length > maxSkipped {
		return 0, nil, errShape
	}
	_, _ = n.in.Discard(8) // it is in the buffer
	if body, err = read(n.in, int(length)-12, &n.buf); err != nil {
		return 0, nil, err
	}
	end, err := take(n.in, 4)
	if err == nil && n.order.Uint32(end) != length {
		err = errShape
	}
	return kind, body, err
}

// sectionOrder is the byte order that a section's header tells.
func sectionOrder(b []byte) binary.ByteOrder {
	const magic = 0x1a2b3c4d
	switch uint32(magic) {
	case binary.LittleEndian.Uint32(b):
		return binary.LittleEndian
	case binary.BigEndian.Uint32(b):
		return binary.BigEndian
	}
	return nil
}

// The options of an interface that are looked at, and their lengths.
const (
	optionEnd        = 0
	optionResolution = 9 // 1
	optionOffset     = 14
)

// define takes in an interface.
func (n *ngFile) define(body []byte) {
	if len(body) < 8 || len(n.interfaces) == maxInterfaces {
		return
	}
	i := netInterface{link: int(n.order.Uint16(body)), units: 1e6}
	for b := body[8:]; len(b) >= 4; {
		code, length := n.order.Uint16(b), int(n.order.Uint16(b[2:]))
		if code == optionEnd || length > len(b)-4 {
			break
		}
		value := b[4:][:length]
		switch {
		case code == optionResolution && length == 1:
			i.units = resolution(value[0])
		case code == optionOffset && length == 8:
			i.offset = int64(n.order.Uint64(value))
		}
		b = b[4+min(len(b)-4, (length+3)&^3):]
	}
	n.interfaces = append(n.interfaces, i)
}

// resolution is how many units a second has; 0 when that is not to be counted with.
func resolution(b byte) uint64 {
	exponent := b & 0x7f
	if b >= 0x80 {
		return 1 << exponent // 0 when it is too large
	}
	if exponent > 19 {
		return 0
	}
	units := uint64(1)
	for range exponent {
		units *= 10
	}
	return units
}

// frame makes a frame of a block's body from the time on; false when it holds none.
func (n *ngFile) frame(f *frame, index int, body []byte) bool {
	if index >= len(n.interfaces) {
		return false
	}
	i := &n.interfaces[index]
	at, ok := i.time(uint64(n.order.Uint32(body))<<32 | uint64(n.order.Uint32(body[4:])))
	length := n.order.Uint32(body[8:])
	if !ok || int64(length) > int64(len(body)-16) {
		return false
	}
	n.last = at
	*f = frame{link: i.link, at: at, data: body[16:][:length]}
	return true
}

// time is the moment after so many units.
func (i *netInterface) time(units uint64) (time.Time, bool) {
	if i.units == 0 {
		return time.Time{}, false
	}
	high, low := bits.Mul64(units%i.units, uint64(time.Second))
	part, _ := bits.Div64(high, low, i.units) // it is less than a second
	return time.Unix(int64(units/i.units)+i.offset, int64(part)), true
}
