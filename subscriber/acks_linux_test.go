package subscriber_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"labtop/subscriber"
)

// TestUnacknowledgedBytesEndTheSocket asks the system for the option that makes it
// so, and for the one that keeps few bytes unsent.
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
	var after, unsent int
	var failed, failedToo error
	if err := raw.Control(func(fd uintptr) {
		after, failed = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
		unsent, failedToo = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT)
	}); err != nil || failed != nil || failedToo != nil {
		t.Fatal(err, failed, failedToo)
	}
	if after != 8000 {
		t.Errorf("after %d ms, want 8000", after)
	}
	if unsent != 64<<10 {
		t.Errorf("%d bytes may wait unsent, want 64 KiB", unsent)
	}
}
