// Package wire guards the connection between the broker's socket and paho, the
// MQTT client: paho reads through a [Conn] and so sees only whole packets
// that a server may send, in a size that fits. Messages never reach paho: the guard
// delivers them itself, and acknowledges them when they are delivered.
//
// The contract: paho is the only reader; any goroutine may write, close and ask
// for counters. Messages are delivered in the reader's goroutine, in the order in
// which they came and at their place among the packets that paho reads; while a
// delivery waits, nothing is read. Nothing is lost but the tail of payloads over the
// cap, which is counted and whose size is kept, and properties of MQTT 5 of more than
// 64 KiB, whose size is kept. What MQTT forbids ends the connection with a
// [ProtocolError], a DISCONNECT of MQTT 5 with a [Disconnected]; everything before it
// is handed over.
//
// The guard exists because paho v1.5.1 panics on a SUBACK with too many codes,
// takes an unknown CONNACK code for success, allocates 256 MiB for a header of
// five bytes, gives up on a broker whose PINGRESP waits behind a packet that a
// slow link carries, and allocates 16 times a message.
package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultMaxPayload   = 1 << 20
	defaultWriteTimeout = 5 * time.Second

	// bufferSize is how much is read from the socket at once.
	bufferSize = 64 << 10

	// partSize is how much is written to the socket at once.
	partSize = 16 << 10

	// lastWords is how long is read on after a Write has found that the broker
	// hung up.
	lastWords = time.Second
)

// Options say what a [Conn] does with messages, and its bounds. The zero value means
// the defaults.
type Options struct {
	// V5 says that MQTT 5 is spoken; else it is MQTT 3.1.1.
	V5 bool
	// Deliver takes the messages, one after the other; as long as it waits, nothing
	// is read. Nil throws them away. They are acknowledged in either case.
	Deliver func(Publish)
	// Pong is told how long the broker took to answer a PINGREQ, each time that it has
	// answered all of them; nil for nobody. The reader calls it: it must not wait.
	Pong func(took time.Duration)
	// Unreleased is what is known of the session, for one Conn at a time; nil means
	// that nothing is.
	Unreleased *Unreleased
	// MaxPayload is how many bytes of a PUBLISH payload are kept; 0 means 1 MiB.
	MaxPayload int
	// WriteTimeout is how long 16 KiB of one Write may take; 0 means 5 s.
	WriteTimeout time.Duration
	// Fail gets a panic in a goroutine of the Conn's own; nil lets it be one.
	Fail func(error)
}

// Conn is the guard. It implements [net.Conn].
type Conn struct {
	sock         net.Conn
	v5           bool
	deliver      func(Publish)
	pong         func(time.Duration)
	maxPayload   int
	writeTimeout time.Duration
	crashed      func(error)

	// The reader owns these.
	buf        []byte
	start, end int       // buf[start:end] is received and not yet checked
	now        time.Time // when bytes were received last
	out        []byte    // checked and not yet read by paho
	large      *large    // the packet under way that does not fit buf, or nil
	sockErr    error     // what the socket's Read returned last
	protoErr   error     // set once the stream is refused
	swallow    int       // PINGRESPs to come for PINGREQs already answered
	acked      bool      // CONNACK has come
	topics     topics
	seen       tally // not yet counted
	unreleased *Unreleased
	properties Properties // of the message under way

	// reading holds one token while there is a reader. It is a channel because a
	// delivery may wait long, which must not stop a test's virtual clock.
	reading chan struct{}
	acks    acks

	// writing holds one token: packets are written one at a time. It is a
	// channel because a waiting writer must not stop a test's virtual clock.
	writing chan struct{}
	// hungUp is why a Write failed when the broker hung up, or nil.
	hungUp atomic.Pointer[error]
	// pings counts the PINGREQs written and not answered; pingMark is the
	// number of bytes received when the last one was written.
	pings    atomic.Int32
	pingMark atomic.Uint64

	closed   atomic.Bool
	counters counters
	connAck  atomic.Pointer[ConnAck]

	// mu guards the fields below.
	mu          sync.Mutex
	err         error
	outstanding map[uint16][]string // the filters of unanswered SUBSCRIBEs by packet id
	grants      []Grant
	unanswered  int             // PINGREQs that the broker itself has not answered
	asked       time.Time       // when the last PINGREQ was sent
	pongs       []time.Duration // how long the last answers took
}

var _ net.Conn = (*Conn)(nil)

// New returns a guard around c, a fresh connection to a broker.
func New(c net.Conn, o Options) *Conn {
	if o.MaxPayload <= 0 {
		o.MaxPayload = defaultMaxPayload
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = defaultWriteTimeout
	}
	if o.Unreleased == nil {
		o.Unreleased = new(Unreleased)
	}
	if o.Fail == nil {
		o.Fail = func(err error) { panic(err) }
	}
	guard := &Conn{
		sock:         c,
		v5:           o.V5,
		deliver:      o.Deliver,
		pong:         o.Pong,
		maxPayload:   o.MaxPayload,
		writeTimeout: o.WriteTimeout,
		crashed:      o.Fail,
		buf:          make([]byte, bufferSize),
		topics:       topics{names: make(map[string]string)},
		unreleased:   o.Unreleased,
		reading:      make(chan struct{}, 1),
		writing:      make(chan struct{}, 1),
		outstanding:  make(map[uint16][]string),
	}
	guard.acks.changed.L = &guard.acks.mu
	return guard
}

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

// fail records why the connection ended, unless we closed it, and returns the
// first such reason.
func (c *Conn) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		if c.closed.Load() {
			return net.ErrClosed
		}
		if hungUp := c.hungUp.Load(); hungUp != nil && errors.Is(err, os.ErrDeadlineExceeded) {
			err = *hungUp // there were no last words
		}
		c.err = err
	}
	return c.err
}

// Err says why the connection failed: a [*ProtocolError], a [*Disconnected], or what
// the socket returned. It is nil while the connection stands and when Close ended it.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

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

// Close ends the connection; a waiting Read or Write returns.
func (c *Conn) Close() error {
	c.closed.Store(true)
	return c.sock.Close()
}

// Wait waits until the delivery under way has ended and no goroutine of the Conn is
// left; after it nothing is delivered any more. It is called after Close.
func (c *Conn) Wait() {
	c.reading <- struct{}{}
	<-c.reading
	c.acks.wait()
}

// NetConn returns what the guard reads from, for the caller to ask how it was made.
func (c *Conn) NetConn() net.Conn { return c.sock }

// LocalAddr returns the socket's own address.
func (c *Conn) LocalAddr() net.Addr { return c.sock.LocalAddr() }

// RemoteAddr returns the broker's address.
func (c *Conn) RemoteAddr() net.Addr { return c.sock.RemoteAddr() }

// SetDeadline sets the read deadline; see SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error { return c.sock.SetReadDeadline(t) }

// SetReadDeadline sets the time after which Read fails.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.sock.SetReadDeadline(t) }

// SetWriteDeadline does nothing: each Write has its own deadline.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
