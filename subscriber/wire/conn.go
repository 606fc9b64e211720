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
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultMaxPayload   = 1 << 20
	defaultWriteTimeout = 5 * time.Second
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
