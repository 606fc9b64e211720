// Package toxic is a TCP proxy between a client and a broker that makes the way
// between them worse, with the toxics of Toxiproxy.
//
// The contract: a [Proxy] belongs to one test and ends with it. The test calls
// its methods from one goroutine, also while connections are under way: what was
// changed holds for these and for new ones.
package toxic

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
)

// Direction is one of the two ways through a proxy.
type Direction int

// The directions.
const (
	ToClient Direction = iota
	ToBroker
)

// Proxy forwards connections.
type Proxy struct {
	// Addr is host:port at which it listens, on loopback.
	Addr string

	upstream string
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex // guards what follows
	toxics [2]toxics.Toxic
	links  map[*link]bool
	closed bool
}

// Start makes a proxy to a broker at host:port. It does no harm yet.
func Start(tb testing.TB, upstream string) *Proxy {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Addr: l.Addr().String(), upstream: upstream, listener: l, links: make(map[*link]bool)}
	p.Heal()
	p.wg.Go(p.serve)
	tb.Cleanup(p.stop)
	return p
}

// Poison makes one direction suffer from a toxic. A [toxics.ResetToxic] resets a
// connection when bytes come, a [toxics.TimeoutToxic] of 0 swallows them and
// leaves the connection open.
func (p *Proxy) Poison(d Direction, t toxics.Toxic) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.toxics[d] = t
	for l := range p.links {
		if l.direction == d {
			l.change(t)
		}
	}
}

// Heal takes all toxics away.
func (p *Proxy) Heal() {
	p.Poison(ToClient, new(toxics.NoopToxic))
	p.Poison(ToBroker, new(toxics.NoopToxic))
}

// Cut resets all connections at once. What is on its way in them is lost.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.unlinger()
		_ = l.from.Close()
		_ = l.to.Close()
	}
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		broker, err := net.Dial("tcp", p.upstream) //nolint:noctx // loopback answers at once
		if err != nil {
			_ = client.Close()
			continue
		}
		p.start(ToBroker, client, broker)
		p.start(ToClient, broker, client)
	}
}

func (p *Proxy) start(d Direction, from, to net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in, out := make(chan *stream.StreamChunk), make(chan *stream.StreamChunk)
	l := &link{direction: d, from: from, to: to, stub: toxics.NewToxicStub(in, out)}
	if p.closed {
		_ = from.Close()
	}
	p.links[l] = true
	p.wg.Go(func() {
		_, _ = io.Copy(stream.NewChanWriter(in), from)
		close(in)
	})
	p.wg.Go(func() {
		for chunk := range out {
			if _, err := to.Write(chunk.Data); err != nil {
				_ = from.Close() // and take what is still under way
			}
		}
		_ = to.Close()
		_ = from.Close()
		for range in { // what a toxic left when it ended the connection
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.links, l)
	})
	l.run(p.toxics[d])
}

// stop ends everything and waits for it.
func (p *Proxy) stop() {
	_ = p.listener.Close()
	p.Heal() // a toxic may keep what it has for long
	p.mu.Lock()
	p.closed = true
	for l := range p.links {
		_ = l.from.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// link is one direction of a connection.
type link struct {
	direction Direction
	from, to  net.Conn
	stub      *toxics.ToxicStub
}

// run lets a toxic work until it is interrupted or the connection ends.
func (l *link) run(t toxics.Toxic) {
	if _, reset := t.(*toxics.ResetToxic); reset {
		l.unlinger()
	}
	if s, ok := t.(toxics.StatefulToxic); ok {
		l.stub.State = s.NewState()
	}
	go l.stub.Run(&toxics.ToxicWrapper{Toxic: t, Toxicity: 1})
}

// unlinger makes both ends reset their connection when they close it.
func (l *link) unlinger() {
	for _, c := range []net.Conn{l.from, l.to} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
}

// change puts another toxic in the place of the one at work.
func (l *link) change(t toxics.Toxic) {
	if l.stub.InterruptToxic() {
		l.run(t)
	}
}
