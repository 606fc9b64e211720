// Package port finds ports for servers that tests start: those that cannot be given port 0,
// or keep theirs while they are down. Its one function may be called from any goroutine.
package port

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
)

// next is where this process looks for a free port next: below those that systems
// give to outgoing connections (from 32768 on), and at a place of its own, so that the
// port of a broker that was killed is nobody's until it is started again.
var next = func() *atomic.Int64 {
	p := new(atomic.Int64)
	p.Store(rand.Int64N(22_000)) //nolint:gosec // only to keep out of others' way
	return p
}()

// Free is a loopback address that nobody listened on a moment ago, and that this
// process gets once.
func Free(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		address := net.JoinHostPort("127.0.0.1", strconv.FormatInt(10_000+next.Add(1)%22_000, 10))
		if l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	tb.Fatal("no port is free")
	return ""
}
