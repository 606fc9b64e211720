// Package port finds ports for servers that tests start: those that cannot be given port 0,
// or keep theirs while they are down. Its one function may be called from any goroutine.
package port

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// The ports are below those that systems give to outgoing connections (from 32768 on). A
// process has a block of them for itself, which it holds by listening on the first, so that
// the port of a broker that was killed is nobody's until it is started again.
const (
	first  = 10_000
	blocks = 220
	size   = 100
)

var (
	mu        sync.Mutex     // guards what follows
	held      []net.Listener // of the blocks, until the process ends
	next, end int            // what is left of the last block
)

// Free is a loopback address that nobody listened on a moment ago, and that this
// process gets once.
func Free(tb testing.TB) string {
	tb.Helper()
	mu.Lock()
	defer mu.Unlock()
	listen := func(port int) net.Listener {
		l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return nil // it is somebody else's
		}
		return l
	}
	for range 1000 {
		if next == end {
			block := first + size*rand.IntN(blocks) //nolint:gosec // only to keep out of others' way
			if l := listen(block); l != nil {
				held, next, end = append(held, l), block+1, block+size
			}
			continue
		}
		next++
		if l := listen(next - 1); l != nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	tb.Fatal("no port is free")
	return ""
}
