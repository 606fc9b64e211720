package subscriber

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// mostUnsent is how many bytes the system may hold that it has not sent.
const mostUnsent = 64 << 10

// boundAcks makes a socket fail when what it sent is not acknowledged for
// ackTimeout (TCP_USER_TIMEOUT, RFC 5482). Without it a message that is sent into
// a network that swallows everything is retried for a quarter of an hour, and the
// keep-alive waits behind it. The system is also made to hold little that it has not
// sent yet (TCP_NOTSENT_LOWAT): how fast it accepts a large payload then tells how
// fast that goes out. A system that does not know an option goes on without.
func boundAcks(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(ackTimeout.Milliseconds()))
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, mostUnsent)
	})
}
