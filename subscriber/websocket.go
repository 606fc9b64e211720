package subscriber

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"labtop/crash"
)

// upgrade makes conn a WebSocket that carries MQTT (MQTT 3.1.1 section 6).
func upgrade(ctx context.Context, conn net.Conn, b Broker) (net.Conn, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	stop := context.AfterFunc(ctx, crash.Guarded(fail, func() { _ = conn.Close() }))
	defer stop()
	use := func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	d := websocket.Dialer{NetDialContext: use, NetDialTLSContext: use, Subprotocols: []string{"mqtt"}}
	ws, response, err := d.DialContext(ctx, b.Scheme+"://"+b.Address()+b.Path, nil)
	if err != nil {
		_ = conn.Close()
		if response != nil {
			err = fmt.Errorf("%w: HTTP status %d", err, response.StatusCode)
		}
		return nil, &stageError{upgrading, errors.Join(err, ctx.Err())}
	}
	return &webSocket{Conn: ws}, nil
}

// webSocket is a WebSocket as a [net.Conn]. One goroutine may read and one may
// write at a time; the guard sees to that.
type webSocket struct {
	*websocket.Conn
	message io.Reader // the message under way, or nil
}

// Read returns bytes of binary messages; their borders mean nothing.
func (w *webSocket) Read(p []byte) (int, error) {
	for {
		if w.message == nil {
			_, r, err := w.NextReader()
			if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseAbnormalClosure) {
				return 0, io.EOF
			}
			if err != nil {
				return 0, err
			}
			w.message = r
		}
		n, err := w.message.Read(p)
		if errors.Is(err, io.EOF) {
			w.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Write sends p as one binary message.
func (w *webSocket) Write(p []byte) (int, error) {
	if err := w.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// SetDeadline sets both deadlines.
func (w *webSocket) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}
