package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"labtop/crash"
)

// MaxListenConns is the largest number of connections through listeners at one
// time. A connection above it is closed at once.
const MaxListenConns = 256

// acceptPause is the pause after a failed accept, for want of file descriptors
// say.
const acceptPause = 100 * time.Millisecond

// Listen also lets MQTT 3.1.1 clients in that connect to addr, "host:port" with
// a loopback address or "localhost" as host: the broker asks nobody for a
// password. It returns the address in use, which tells the port when that was
// 0. Other MQTT versions are refused. [Broker.Close] ends the listening.
func (b *Broker) Listen(addr string) (net.Addr, error) {
	at, err := loopback(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", at)
	if err != nil {
		return nil, err // it names the address
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errors.Join(fmt.Errorf("listen on %q: %w", addr, net.ErrClosed), listener.Close())
	}
	b.listeners = append(b.listeners, listener)
	b.serving.Go(crash.Guarded(b.Fail, func() { b.accept(listener) }))
	return listener.Addr(), nil
}

// loopback returns the address to listen on, without a name to look up.
func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Unmap().IsLoopback() {
		return "", errors.New("not a loopback address; use 127.0.0.1, ::1 or localhost")
	}
	return net.JoinHostPort(host, port), nil
}

// accept takes connections until the listener is closed.
func (b *Broker) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptPause)
			continue
		}
		select {
		case b.places <- struct{}{}:
			if !b.serve(conn, func() { <-b.places }) {
				_ = conn.Close()
				return
			}
		default:
			_ = conn.Close() // full: nobody to tell
		}
	}
}
