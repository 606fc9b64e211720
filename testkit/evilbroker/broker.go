package evilbroker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Broker plays cases to clients.
type Broker struct {
	cases    []Case
	connects atomic.Int32
	wg       sync.WaitGroup

	mu    sync.Mutex // guards conns
	conns []*player  // in order of arrival
}

// New makes a broker that ends with the test. The n-th connection gets the n-th
// case, and all further ones the last; without any they are served well. A test
// on a virtual clock makes it within its bubble.
func New(tb testing.TB, cases ...Case) *Broker {
	tb.Helper()
	if len(cases) == 0 {
		cases = []Case{{}}
	}
	b := &Broker{cases: cases}
	tb.Cleanup(func() {
		b.Cut()
		b.wg.Wait()
	})
	return b
}

// Dial makes a connection within the process, a pipe without a buffer.
func (b *Broker) Dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	b.accept(theirs)
	return ours, nil
}

// Listen takes clients on a free loopback port and returns its address.
func (b *Broker) Listen(tb testing.TB) (address string) {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	b.Serve(tb, l)
	return l.Addr().String()
}

// Serve takes clients from l until the test ends.
func (b *Broker) Serve(tb testing.TB, l net.Listener) {
	tb.Helper()
	tb.Cleanup(func() { _ = l.Close() })
	b.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.accept(conn)
		}
	})
}

func (b *Broker) accept(conn net.Conn) {
	n := int(b.connects.Add(1))
	p := &player{Case: b.cases[min(n, len(b.cases))-1], conn: conn, writing: make(chan struct{}, 1)}
	b.mu.Lock()
	b.conns = append(b.conns, p)
	b.mu.Unlock()
	b.wg.Go(p.play)
}

// Connects counts the connections so far.
func (b *Broker) Connects() int { return int(b.connects.Load()) }

// Cut ends all connections without a good-bye.
func (b *Broker) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.conns {
		_ = p.conn.Close()
	}
	b.conns = nil
}

// Send sends bytes to the newest client and waits until it has taken them. The
// error says that there is none, or that it is gone.
func (b *Broker) Send(packets []byte) error {
	b.mu.Lock()
	n := len(b.conns)
	if n == 0 {
		b.mu.Unlock()
		return net.ErrClosed
	}
	p := b.conns[n-1]
	b.mu.Unlock()
	return p.send(packets)
}

// player plays one case on one connection.
type player struct {
	Case
	conn  net.Conn
	muted bool // play's
	v5    bool // play's: the client speaks MQTT 5

	// writing holds one token: pieces are written one at a time. It is a channel
	// because a waiting writer must not stop a test's virtual clock.
	writing chan struct{}
}

// play answers packets until the connection ends.
func (p *player) play() {
	var answers sync.WaitGroup
	defer answers.Wait()
	defer func() { _ = p.conn.Close() }()
	queue := make(chan []byte, 1000) // more packets than a client may have unanswered
	defer close(queue)
	answers.Go(func() { p.answer(queue) })
	for r := bufio.NewReader(p.conn); ; {
		packet, err := readPacket(r)
		if err != nil {
			return
		}
		queue <- packet
	}
}

// answer answers the packets, apart from the one that reads them, so that the
// client never has to wait until it has taken what is sent.
func (p *player) answer(queue <-chan []byte) {
	for packet := range queue {
		switch {
		case p.muted:
		case packet[0]>>4 == 1: // CONNECT
			p.v5 = body(packet)[6] == 5
			p.greet()
		case packet[0]>>4 == 3 && packet[0]&6 != 0 && p.Puback != nil: // PUBLISH
			b := body(packet)
			_ = p.send(p.Puback(binary.BigEndian.Uint16(b[2+binary.BigEndian.Uint16(b):])))
		case packet[0]>>4 == 8: // SUBSCRIBE
			p.subscribed(binary.BigEndian.Uint16(body(packet)))
		case packet[0]>>4 == 12: // PINGREQ
			_ = p.send(Pong)
		}
	}
}

func (p *player) greet() {
	switch {
	case p.Connack != nil:
		_ = p.send(p.Connack)
		p.end()
	case p.Welcome != nil:
		_ = p.send(p.Welcome)
	case p.v5:
		_ = p.send(Accept5)
	default:
		_ = p.send(Accept)
	}
}

func (p *player) subscribed(id uint16) {
	sent := p.Suback
	switch {
	case sent == nil && p.v5:
		sent = suback5("", 0)
	case sent == nil:
		sent = suback(0)
	}
	_ = p.send(sent(id))
	_ = p.send(p.Stream)
	filler := bytes.Repeat([]byte("x"), min(p.Filler, 1<<20))
	for left := p.Filler; left > 0; left -= len(filler) {
		if p.send(filler[:min(left, len(filler))]) != nil {
			break
		}
	}
	p.end()
}

func (p *player) end() {
	switch p.Then {
	case Mute:
		p.muted = true
	case HangUp:
		_ = p.conn.Close()
	case Serve:
		p.Stream, p.Filler = nil, 0 // not again at the next SUBSCRIBE
	}
}

// send writes b unless it is empty.
func (p *player) send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	p.writing <- struct{}{}
	defer func() { <-p.writing }()
	_, err := p.conn.Write(b)
	return err
}

// readPacket reads one packet of a client, which is trusted.
func readPacket(r *bufio.Reader) ([]byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	remaining, err := binary.ReadUvarint(r) // MQTT's lengths are of the same kind
	if err != nil {
		return nil, err
	}
	packet := Packet(first, int(remaining))
	start := len(packet)
	packet = append(packet, make([]byte, remaining)...)
	_, err = io.ReadFull(r, packet[start:])
	return packet, err
}

// body is what follows the fixed header.
func body(packet []byte) []byte {
	_, n := binary.Uvarint(packet[1:])
	return packet[1+n:]
}
