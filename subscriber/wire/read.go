package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

// bufferSize is how many bytes are read from the socket at once.
const bufferSize = 64 << 10

// Read hands over bytes of whole, checked packets, and delivers the messages between
// them. Only one goroutine may call it. Its first error ends the connection.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading <- struct{}{}
	defer func() { <-c.reading }()
	if c.closed.Load() {
		return 0, c.fail(net.ErrClosed)
	}
	if len(c.out) == 0 {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// fill makes c.out hold a packet for paho, waiting for the socket.
func (c *Conn) fill() error {
	c.out = nil
	for c.protoErr == nil {
		c.scan()
		c.acknowledge()
		switch {
		case len(c.out) > 0:
			return nil
		case c.protoErr != nil:
		case c.answerPing():
			return nil
		default:
			if err := c.receive(); err != nil {
				return c.fail(err)
			}
		}
	}
	return c.fail(c.protoErr)
}

// receive waits for bytes from the socket. It is called when the unchecked
// bytes, if any, are the beginning of one packet that fits the buffer.
func (c *Conn) receive() error {
	if c.sockErr != nil {
		return c.sockErr
	}
	if c.start > 0 {
		c.end = copy(c.buf, c.buf[c.start:c.end])
		c.start = 0
	}
	n, err := c.sock.Read(c.buf[c.end:])
	c.end += n
	if n > 0 {
		c.now = time.Now()
		c.counters.received(n, c.now)
	}
	if errors.Is(err, io.EOF) && (c.end > 0 || c.large != nil) {
		err = io.ErrUnexpectedEOF // in the middle of a packet
	}
	c.sockErr = err
	if n > 0 {
		return nil
	}
	return err
}

// scan deals with the packets in the buffer, up to the first one for paho, which
// becomes c.out. Those after it come in the next call, when paho has read it.
func (c *Conn) scan() {
	for more := true; more && c.start < c.end && c.out == nil; {
		if c.large != nil {
			more, c.protoErr = c.fillLarge()
		} else {
			more, c.protoErr = c.next()
		}
	}
	c.counters.checked(c.seen)
	c.seen = tally{}
}

// next deals with the packet at the start of the unchecked bytes, and says whether it
// was there as a whole or is a large one, and right.
func (c *Conn) next() (bool, error) {
	b := c.buf[c.start:c.end]
	h, v, err := c.check(b)
	if err != nil || v == incomplete {
		return false, err
	}
	if v == tooLarge {
		c.startLarge(h)
		return true, nil
	}
	b = b[:h.Length()]
	c.start += len(b)
	switch v {
	case message:
		variable := h.Variable(int(binary.BigEndian.Uint16(b[h.Size:])))
		payload, size := b[h.Size+variable:], h.Remaining-variable
		if c.v5 {
			if payload, size, err = c.cutProperties(h, payload); err != nil {
				return false, err
			}
		}
		kept := append(make([]byte, 0, len(payload)), payload...)
		if err := c.publish(h, b[h.Size:h.Size+variable], kept, size); err != nil {
			return false, err
		}
	case release:
		c.released(b[h.Size:])
	case whole:
		c.out = b
	case swallow:
		c.swallow--
		return true, nil
	}
	c.seen.packets++
	return true, nil
}
