package subscriber

import (
	"context"
	"crypto/tls"
	"net"
)

// stage is how far an attempt got.
type stage uint8

const (
	configuring stage = iota // reading passwords and certificates
	dialling
	securing // the TLS handshake
	upgrading
	introducing // CONNECT is sent, CONNACK awaited
	subscribing
	publishing
	pinging
	connected
)

// stageError is a failure and the stage in which it came.
type stageError struct {
	stage stage
	err   error
}

func (e *stageError) Error() string { return e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

// DialBroker makes a connection to the first of the broker's addresses that takes it,
// each within the connect timeout, with TLS and WebSocket as the URL asks for, on which
// the caller then speaks MQTT. The error is a [*ConnectError], or that of ctx when it is
// cancelled. Any goroutine may call it.
func (o *Options) DialBroker(ctx context.Context) (net.Conn, error) {
	d := o.withDefaults()
	var failed []*ConnectError
	for range d.addresses() {
		conn, err := d.dialWithin(ctx)
		if err == nil {
			return conn, nil
		}
		if failed = append(failed, d.classify(err)); ctx.Err() != nil {
			break
		}
		d.turn()
	}
	return nil, d.explainUnless(ctx, joined(failed))
}

// dialWithin is dial within the connect timeout.
func (o *Options) dialWithin(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.ConnectTimeout)
	defer cancel()
	return o.dial(ctx)
}

// dial makes a connection that carries MQTT. Its errors are stageErrors.
func (o *Options) dial(ctx context.Context) (net.Conn, error) {
	if o.Dial != nil {
		conn, err := o.Dial(ctx)
		if err != nil {
			return nil, &stageError{dialling, err}
		}
		return conn, nil
	}
	conn, err := o.dialSocket(ctx)
	if err != nil || !o.Broker.WebSocket() {
		return conn, err
	}
	return upgrade(ctx, conn, o.Broker)
}

// dialSocket makes the TCP connection, IPv6 and IPv4 side by side (RFC 8305),
// and TLS on it if the broker's scheme asks for it.
func (o *Options) dialSocket(ctx context.Context) (net.Conn, error) {
	config, err := o.tlsConfig()
	if err != nil {
		return nil, err
	}
	conn, err := dialTCP(ctx, o.Broker.Address())
	if err != nil || config == nil {
		return conn, err
	}
	return encrypt(ctx, conn, config)
}

// tlsConfig is nil when the broker's scheme asks for no TLS.
func (o *Options) tlsConfig() (*tls.Config, error) {
	if !o.Broker.TLS() {
		return nil, nil //nolint:nilnil // no TLS is no fault
	}
	config, err := o.TLS.config(o.Broker.Host)
	if err != nil {
		return nil, &stageError{configuring, err}
	}
	return config, nil
}

// dialTCP makes a TCP connection.
func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{Control: boundAcks}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, &stageError{dialling, err}
	}
	return conn, nil
}

// encrypt makes TLS on a connection, which it closes when that fails.
func encrypt(ctx context.Context, conn net.Conn, config *tls.Config) (*tls.Conn, error) {
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &stageError{securing, err}
	}
	return secure, nil
}
