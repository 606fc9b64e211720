package hostile_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"labtop/testkit/attack"
)

// broker is a broker that sends what no decent broker lets pass: any bytes in any
// topic and payload.
type broker struct {
	// Addr is host:port of a loopback listener.
	Addr string

	messages []message
	refuse   bool // every filter
	code     byte // of the CONNACK
	listener net.Listener
	serving  sync.WaitGroup

	// mu guards conns and what the clients said in CONNECT.
	mu     sync.Mutex
	conns  []net.Conn
	logins [][]byte
}

// serve runs the broker until the test ends. Each client gets all messages once it
// has subscribed.
func serve(t *testing.T, b *broker) *broker {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.listener, b.Addr = l, l.Addr().String()
	b.serving.Go(b.accept)
	t.Cleanup(func() {
		_ = l.Close()
		b.mu.Lock()
		for _, c := range b.conns {
			_ = c.Close()
		}
		b.mu.Unlock()
		b.serving.Wait()
	})
	return b
}

func (b *broker) accept() {
	for {
		conn, err := b.listener.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.conns = append(b.conns, conn)
		b.mu.Unlock()
		b.serving.Go(func() {
			defer func() { _ = conn.Close() }()
			b.talk(conn)
		})
	}
}

// talk answers packets until the client leaves.
func (b *broker) talk(conn net.Conn) {
	r := bufio.NewReader(conn)
	for {
		kind, body, err := readPacket(r)
		if err != nil {
			return
		}
		var answer []byte
		switch kind {
		case 0x10: // CONNECT
			b.mu.Lock()
			b.logins = append(b.logins, body)
			b.mu.Unlock()
			answer = []byte{0x20, 2, 0, b.code}
		case 0x82: // SUBSCRIBE
			answer = b.granted(body)
			for _, m := range b.messages {
				answer = append(answer, m.packet()...)
			}
		case 0xc0: // PINGREQ
			answer = []byte{0xd0, 0}
		case 0x30, 0x31: // PUBLISH of QoS 0
		default: // DISCONNECT, or no MQTT at all
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// granted is the SUBACK to the body of a SUBSCRIBE.
func (b *broker) granted(body []byte) []byte {
	var codes []byte
	for rest := body[2:]; len(rest) > 2; {
		rest = rest[2+int(binary.BigEndian.Uint16(rest))+1:]
		code := byte(0)
		if b.refuse {
			code = 0x80
		}
		codes = append(codes, code)
	}
	return packet(0x90, append(body[:2:2], codes...))
}

func readPacket(r *bufio.Reader) (kind byte, body []byte, err error) {
	if kind, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r) // MQTT writes lengths the same way
	if err != nil {
		return 0, nil, err
	}
	if n > 1<<20 {
		return 0, nil, errors.New("this is no MQTT")
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return kind, body, err
}

func packet(kind byte, body []byte) []byte {
	return append(binary.AppendUvarint([]byte{kind}, uint64(len(body))), body...)
}

// packet is the message as a PUBLISH of QoS 0.
func (m message) packet() []byte {
	kind := byte(0x30)
	if m.retained {
		kind |= 1
	}
	body := binary.BigEndian.AppendUint16(nil, uint16(len(m.topic)))
	return packet(kind, append(append(body, m.topic...), m.payload...))
}

// publishable are the messages of all fields with all texts that a broker may send at
// all: no wildcards in topics, and no text twice in the same field.
func publishable() []message {
	var all []message
	for _, f := range fields() {
		for _, c := range attack.All() {
			s := newScene()
			s.messages = nil
			f.plant(s, c.Text)
			for _, m := range s.messages {
				if m.topic != "" && !strings.ContainsAny(m.topic, "+#") && len(m.topic) <= 65535 {
					m.properties = nil // the broker speaks MQTT 3.1.1
					all = append(all, m)
				}
			}
		}
	}
	return all
}
