package simulator_test

import (
	"bytes"
	"context"
	"net"
	"sync"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// wiretap keeps what devices send, connection by connection.
type wiretap struct {
	dial func(context.Context) (net.Conn, error)

	mu    sync.Mutex // mu guards conns and what they have sent
	conns []*tapped
}

type tapped struct {
	net.Conn
	tap  *wiretap
	sent []byte
}

// Dial is the dial function for the devices.
func (w *wiretap) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := w.dial(ctx)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &tapped{Conn: conn, tap: w}
	w.conns = append(w.conns, c)
	return c, nil
}

func (c *tapped) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	c.sent = append(c.sent, p[:n]...)
	return n, err
}

// packets returns what was sent so far, a slice for each connection.
func (w *wiretap) packets() [][]packets.ControlPacket {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([][]packets.ControlPacket, len(w.conns))
	for i, c := range w.conns {
		for r := bytes.NewReader(c.sent); r.Len() > 0; {
			p, err := packets.ReadPacket(r)
			if err != nil {
				break // the last one was cut with its connection
			}
			out[i] = append(out[i], p)
		}
	}
	return out
}

// said returns the last packet of a type that was sent on a connection, nil if
// there was none.
func said[P packets.ControlPacket](sent []packets.ControlPacket) (last P) {
	for _, p := range sent {
		if p, ok := p.(P); ok {
			last = p
		}
	}
	return last
}
