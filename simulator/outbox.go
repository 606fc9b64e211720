package simulator

import (
	"errors"
	"net"
	"sync"
	"time"
)

const (
	// outboxLimit bounds what waits for one client, in bytes.
	outboxLimit = 16 << 20
	// outboxKeep is the largest buffer that is kept for the next bytes.
	outboxKeep = 64 << 10
	// flushWait is how long a closed connection may take to deliver the rest.
	flushWait = time.Second
)

var errSlow = errors.New("the client does not read what it subscribed to")

// outbox is a connection whose writes never wait. mochi holds a lock of the
// client while it writes, and other clients need that lock to publish to this
// one: with a pipe, one reader that does not read would stop them all. What is
// written waits in memory, and a client that lets it grow beyond outboxLimit is
// disconnected.
type outbox struct {
	net.Conn
	wake chan struct{} // one element: flush has something to do

	mu    sync.Mutex // mu guards the fields below
	bytes []byte
	ended bool
}

func newOutbox(conn net.Conn) *outbox {
	return &outbox{Conn: conn, wake: make(chan struct{}, 1)}
}

// Write takes p. It fails when the connection is closed or the client is too
// far behind.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return 0, net.ErrClosed
	}
	if len(o.bytes)+len(p) > outboxLimit {
		o.ended, o.bytes = true, nil
		return 0, errors.Join(errSlow, o.Conn.Close())
	}
	o.bytes = append(o.bytes, p...)
	o.rouse()
	return len(p), nil
}

// Close ends the writing. The connection itself is closed by flush, once it
// has delivered the rest.
func (o *outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	o.rouse()
	return o.SetWriteDeadline(time.Now().Add(flushWait))
}

func (o *outbox) rouse() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// flush delivers what is written until the connection ends, and closes it.
// The owner runs it in a goroutine of its own.
func (o *outbox) flush() {
	defer func() { _ = o.Conn.Close() }()
	var spare []byte
	for range o.wake {
		bytes, ended := o.take(spare)
		if _, err := o.Conn.Write(bytes); err != nil || ended {
			return
		}
		spare = nil
		if cap(bytes) <= outboxKeep {
			spare = bytes[:0]
		}
	}
}

// take returns what waits, and leaves spare for what comes next.
func (o *outbox) take(spare []byte) (bytes []byte, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	bytes, o.bytes = o.bytes, spare
	return bytes, o.ended
}
