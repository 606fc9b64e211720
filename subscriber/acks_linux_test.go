package subscriber_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"labtop/subscriber"
)

// TestUnacknowledgedBytesEndTheSocket asks the system for the option that makes it so.
func TestUnacknowledgedBytesEndTheSocket(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	o := subscriber.Options{Broker: brokerAt(t, "mqtt", "127.0.0.1", l.Addr().String())}
	conn, err := o.DialBroker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var after int
	var failed error
	if err := raw.Control(func(fd uintptr) {
		after, failed = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if after != 8000 {
		t.Errorf("after %d ms, want 8000", after)
	}
}
