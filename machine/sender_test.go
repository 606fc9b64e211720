//go:build unix

package machine_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"labtop/testkit/pseudo"
)

// sender is a broker that keeps count: it sends what the test says, when the test
// says, and never drops anything.
type sender struct {
	addr       string
	subscribed chan struct{} // closed when the client has subscribed

	mu   sync.Mutex // guards conn's writing
	conn net.Conn
}

// startSender runs a sender for one client. It ends with the test.
func startSender(t *testing.T) *sender {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &sender{addr: l.Addr().String(), subscribed: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		b.conn = conn
		b.answer(bufio.NewReader(conn))
	}()
	t.Cleanup(func() {
		_ = l.Close()
		select {
		case <-b.subscribed:
			_ = b.conn.Close()
			<-ended
		default:
		}
	})
	return b
}

// answer answers packets until the client leaves.
func (b *sender) answer(r *bufio.Reader) {
	for {
		kind, err := r.ReadByte()
		if err != nil {
			return
		}
		n, err := binary.ReadUvarint(r) // MQTT writes lengths the same way
		if err != nil {
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		switch kind {
		case 0x10: // CONNECT
			b.write([]byte{0x20, 2, 0, 0})
		case 0x82: // SUBSCRIBE of one filter
			b.write([]byte{0x90, 3, body[0], body[1], 0})
			close(b.subscribed)
		case 0xc0: // PINGREQ
			b.write([]byte{0xd0, 0})
		}
	}
}

// awaited waits until the client has subscribed.
func (b *sender) awaited(t *testing.T) {
	t.Helper()
	select {
	case <-b.subscribed:
	case <-time.After(pseudo.Patience):
		t.Fatal("nobody has subscribed")
	}
}

func (b *sender) write(p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = b.conn.Write(p)
}

// send sends messages on so many topics in turn, until the last is with the system.
func (b *sender) send(messages, topics int, payload string) {
	var packets []byte
	for i := range messages {
		topic := fmt.Sprintf("iotclass/lab%d/temperature", i%topics)
		packets = binary.AppendUvarint(append(packets, 0x30), uint64(2+len(topic)+len(payload)))
		packets = binary.BigEndian.AppendUint16(packets, uint16(len(topic)))
		packets = append(append(packets, topic...), payload...)
		if len(packets) > 64<<10 || i == messages-1 {
			b.write(packets)
			packets = packets[:0]
		}
	}
}
