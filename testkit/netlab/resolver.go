package netlab

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// Resolver is a name server in the broker's place; the programs of a lab ask it.
// Any goroutine may call its methods.
type Resolver struct {
	mu      sync.Mutex // guards what follows
	names   map[string][]netip.Addr
	silent  bool
	queries int
}

// Resolver starts the lab's name server, which knows no names. There is one in a
// lab at most; it ends with the test.
func (l *Lab) Resolver(tb testing.TB) *Resolver {
	tb.Helper()
	var conn net.PacketConn
	var err error
	if failed := l.Broker.within(func() {
		conn, err = new(net.ListenConfig).ListenPacket(tb.Context(), "udp", l.Broker.IP+":53")
	}); failed != nil || err != nil {
		tb.Fatalf("the name server: %v, %v", failed, err)
	}
	r := &Resolver{names: make(map[string][]netip.Addr)}
	var serving sync.WaitGroup
	serving.Go(func() { r.serve(conn) })
	tb.Cleanup(func() {
		_ = conn.Close()
		serving.Wait()
	})
	return r
}

// Set makes the name, which ends in no dot, stand for the addresses; none means
// that there is no such name.
func (r *Resolver) Set(name string, addresses ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.names, name)
	for _, a := range addresses {
		r.names[name] = append(r.names[name], netip.MustParseAddr(a))
	}
}

// Silence makes the server take questions and answer none, or answer again.
func (r *Resolver) Silence(silent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = silent
}

// Queries counts the questions so far.
func (r *Resolver) Queries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queries
}

func (r *Resolver) serve(conn net.PacketConn) {
	packet := make([]byte, 512)
	for {
		n, from, err := conn.ReadFrom(packet)
		if err != nil {
			return
		}
		if reply := r.answer(packet[:n]); reply != nil {
			_, _ = conn.WriteTo(reply, from)
		}
	}
}

// The record types of addresses (RFC 1035 section 3.2.2, RFC 3596).
const (
	typeA    = 1
	typeAAAA = 28
)

// answer is the reply to a query with one question (RFC 1035 section 4.1), nil
// for none.
func (r *Resolver) answer(query []byte) []byte {
	name, question := readQuestion(query)
	if question == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries++
	if r.silent {
		return nil
	}
	addresses, known := r.names[name]
	status := byte(0x80) // recursion is available
	if !known {
		status |= 3 // there is no such name
	}
	kind := binary.BigEndian.Uint16(question[len(question)-4:])
	var records []byte
	count := 0
	for _, a := range addresses {
		if a.Is4() != (kind == typeA) || kind != typeA && kind != typeAAAA {
			continue
		}
		count++
		records = append(records, 0xc0, 12) // the name of the question
		records = binary.BigEndian.AppendUint16(records, kind)
		records = append(records, 0, 1, 0, 0, 0, 0) // Internet, not to be kept
		records = binary.BigEndian.AppendUint16(records, uint16(len(a.AsSlice())))
		records = append(records, a.AsSlice()...)
	}
	reply := append([]byte{query[0], query[1], 0x84, status, 0, 1, 0, byte(count), 0, 0, 0, 0}, question...)
	return append(reply, records...)
}

// readQuestion returns the name of the question and its bytes, nil if there is
// none.
func readQuestion(query []byte) (name string, question []byte) {
	var labels []string
	for at := 12; at < len(query); {
		n := int(query[at])
		switch {
		case n == 0 && at+5 <= len(query):
			return strings.ToLower(strings.Join(labels, ".")), query[12 : at+5]
		case n == 0 || at+1+n > len(query):
			return "", nil
		}
		labels = append(labels, string(query[at+1:at+1+n]))
		at += 1 + n
	}
	return "", nil
}
