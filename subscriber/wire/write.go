package wire

import (
	"errors"
	"net"
	"os"
	"time"
)

const (
	// partSize is how many bytes are written to the socket at once.
	partSize = 16 << 10

	// lastWords is how long is read on after a Write has found that the broker
	// hung up.
	lastWords = time.Second
)

// Write sends p, which must hold whole packets, each part of it within the write
// timeout. Any goroutine may call it. Its first error ends the connection. That the broker
// has hung up is not for Write to say: its last words, such as a TLS alert that
// tells why, may still be there to be read, so that Read reports it.
func (c *Conn) Write(p []byte) (int, error) {
	c.writing <- struct{}{}
	defer func() { <-c.writing }()
	c.track(p)
	n, err := c.send(p)
	switch {
	case err == nil:
		return n, nil
	case c.closed.Load():
		return n, net.ErrClosed
	case !errors.Is(err, os.ErrDeadlineExceeded) && c.hungUp.CompareAndSwap(nil, &err):
		_ = c.sock.SetReadDeadline(time.Now().Add(lastWords))
		return len(p), nil
	}
	err = c.fail(err)
	_ = c.sock.Close() // so that the reader learns of it at once
	return n, err
}

// send writes p in parts, each with a deadline of its own: a large packet may take
// long on a slow line, and is given up soon when that line hangs.
func (c *Conn) send(p []byte) (int, error) {
	sent := 0
	for {
		part := p[sent:min(len(p), sent+partSize)]
		_ = c.sock.SetWriteDeadline(time.Now().Add(c.writeTimeout))
		n, err := c.sock.Write(part)
		if sent += n; err == nil && len(p) > partSize {
			c.counters.lastPart.Store(time.Now().UnixNano())
		}
		if err != nil || sent == len(p) {
			return sent, err
		}
	}
}
