package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/mochi-mqtt/server/v2"

	"labtop/crash"
)

const (
	// sysInterval is the time between two publications of $SYS, in seconds: what
	// most brokers do.
	sysInterval = 10
	// packetLimit bounds every packet that a client sends, in bytes.
	packetLimit = 4 << 20
)

// Broker is an MQTT 3.1.1 broker inside this process. It lets everybody in, and
// publishes its state under $SYS. Any goroutine may call its methods.
type Broker struct {
	// Fail gets a panic in one of the broker's goroutines, unless it is mochi's, which
	// ends one connection. It may be set before the broker is used; else the panic
	// goes on.
	Fail func(error)

	server *mqtt.Server
	again  *redelivery

	mu        sync.Mutex // mu guards the fields below
	closed    bool
	conns     map[net.Conn]struct{}
	listeners []net.Listener

	serving sync.WaitGroup
	// places bounds the connections through listeners: one element for each.
	places chan struct{}
}

// NewBroker starts a broker that nobody can reach yet but through
// [Broker.Dial]. The caller closes it.
func NewBroker() (*Broker, error) {
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumPacketSize = packetLimit
	capabilities.MaximumMessageExpiryInterval = 0 // MQTT 3.1.1 knows no expiry: retained messages stay
	capabilities.MinimumProtocolVersion = 4
	server := mqtt.New(&mqtt.Options{
		Capabilities:           capabilities,
		Logger:                 slog.New(slog.DiscardHandler),
		SysTopicResendInterval: sysInterval,
	})
	again := new(redelivery)
	for _, hook := range []mqtt.Hook{new(welcome), again} {
		if err := server.AddHook(hook, nil); err != nil {
			return nil, fmt.Errorf("start broker: %w", err)
		}
	}
	if err := server.Serve(); err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	return &Broker{
		Fail:   func(err error) { panic(err) },
		server: server,
		again:  again,
		conns:  make(map[net.Conn]struct{}),
		places: make(chan struct{}, MaxListenConns),
	}, nil
}

// Dial returns the client's end of a new in-process connection. A client that
// stops reading holds nobody up: the broker keeps up to 16 MiB for it, and then
// disconnects it.
func (b *Broker) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, broker := net.Pipe()
	if !b.serve(broker, func() {}) {
		return nil, errors.Join(fmt.Errorf("dial embedded broker: %w", net.ErrClosed), client.Close(), broker.Close())
	}
	return client, nil
}

// serve hands conn to mochi in a goroutine of its own, which calls done at its
// end. It returns false when the broker is closed; conn is then the caller's.
func (b *Broker) serve(conn net.Conn, done func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.conns[conn] = struct{}{}
	b.serving.Go(crash.Guarded(b.Fail, func() {
		defer done()
		defer b.forget(conn)
		b.handle(conn)
	}))
	return true
}

// handle admits a client and lets mochi serve it to its end.
func (b *Broker) handle(conn net.Conn) {
	g, err := admit(conn)
	if err != nil {
		return
	}
	var flushing sync.WaitGroup
	flushing.Go(crash.Guarded(b.Fail, g.flush))
	defer flushing.Wait()
	defer func() {
		_ = recover() // a packet that mochi cannot bear ends its connection, not the program
		_ = g.Close() // most often mochi has closed it
	}()
	_ = b.server.EstablishConnection(conn.LocalAddr().Network(), g)
}

// forget closes a connection that has ended. Its error tells nothing: most
// often mochi has closed it before.
func (b *Broker) forget(conn net.Conn) {
	_ = conn.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, conn)
}

// Close ends all connections and listeners, and waits for their goroutines.
// Clients see the connection end. A second Close does nothing.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	var errs []error
	for _, l := range b.listeners {
		errs = append(errs, l.Close())
	}
	for conn := range b.conns {
		_ = conn.Close() // mochi may have closed it already
	}
	b.mu.Unlock()

	b.serving.Wait()
	errs = append(errs, b.server.Close())
	return errors.Join(errs...)
}
