package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"labtop/simulator"
)

// This file uses real sockets on loopback, and so the real clock; nothing in it
// depends on how long anything takes.

// dialTCP connects to a listener and sends some packets.
func dialTCP(t *testing.T, addr net.Addr, send string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, send); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestListenAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, addr string
		want       string // a part of the error; empty: none
	}{
		{"loopback", "127.0.0.1:0", ""},
		{"whole network", "127.1.2.3:0", ""},
		{"name", "localhost:0", ""},
		{"all interfaces", ":0", "not a loopback address"},
		{"zero", "0.0.0.0:0", "not a loopback address"},
		{"zero v6", "[::]:0", "not a loopback address"},
		{"elsewhere", "192.0.2.1:0", "not a loopback address"},
		{"mapped elsewhere", "[::ffff:192.0.2.1]:0", "not a loopback address"},
		{"name elsewhere", "localhost.example.org:0", "not a loopback address"},
		{"no port", "127.0.0.1", "missing port"},
		{"bad port", "127.0.0.1:99999", "invalid port"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			addr, err := newBroker(t).Listen(test.addr)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("Listen: %v", err)
			case test.want == "" && !addr.(*net.TCPAddr).IP.IsLoopback():
				t.Errorf("listens on %v", addr)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("Listen: %v, want %q", err, test.want)
			}
		})
	}
}

func TestListenServesMQTT311Only(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	addr, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{
		connect5 + subscribe5:         "\x20\x03\x00\x84\x00",
		connect31:                     "\x20\x02\x00\x01",
		connect311 + subscribe5:       accepted,
		connect311 + connect5:         accepted,
		"GET / HTTP/1.1\r\nHost: x\r": "",
	}
	for send, want := range answers {
		conn := dialTCP(t, addr, send)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("answer to % x: % x, %v", send, got, err)
		}
		// The broker may have closed with bytes unread, which is a reset.
		if rest, _ := io.ReadAll(conn); len(rest) > 0 {
			t.Errorf("more than an answer to % x: % x", send, rest)
		}
	}

	dial := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr.String())
	}
	got := make(chan string, 1)
	p := newClient(t, dial, "over TCP")
	p.Subscribe("a", 1, func(_ paho.Client, m paho.Message) { got <- string(m.Payload()) }).Wait()
	newClient(t, b.Dial, "over a pipe").Publish("a", 1, false, "hello").Wait()
	if text := <-got; text != "hello" {
		t.Errorf("got %q", text)
	}
}

func TestListenIsBounded(t *testing.T) {
	t.Parallel()
	b := newBroker(t)
	addr, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	for i := range simulator.MaxListenConns {
		conn := dialTCP(t, addr, connect311[:len(connect311)-4]+fmt.Sprintf("%04d", i))
		if _, err := io.ReadFull(conn, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	extra := dialTCP(t, addr, "")
	if n, err := extra.Read(make([]byte, 1)); n > 0 || isTimeout(err) {
		t.Errorf("a connection too many: %d bytes, %v", n, err)
	}
	_ = conns[0].Close()
	for { // until the broker has noticed
		again, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(again, connect311)
		_, err = io.ReadFull(again, make([]byte, 4))
		_ = again.Close()
		if err == nil {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("the place was not given back")
		}
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
