package wire_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"labtop/subscriber/wire"
)

// zeros is an endless stream.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// handshakes are n QoS 2 messages with the ids in turn.
func handshakes(n int) io.Reader {
	var all []byte
	for id := range 65535 {
		all = append(all, publish(4, "a", id+1, nil)...)
	}
	return io.LimitReader(&looped{all: all}, int64(n)*int64(len(all)/65535))
}

// TestHeap reads streams that claim or hold much, and looks at the heap while
// they are under way. It is not parallel: the heap is everybody's. Garbage is collected
// early, for it is not what is asked about.
func TestHeap(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	const limit = 1 << 20
	hugeProperties := join([]byte{0x30}, remaining(1<<28-1), []byte{0, 1, 'a'}, remaining(1<<28-8))
	kept := strings.Repeat("\x26\x00\x01k\x01\xf9"+strings.Repeat("v", 505), 128)
	huge := join([]byte{0x30}, remaining(1<<28-1), []byte{0, 1, 'a'})
	tests := []struct {
		name   string
		stream io.Reader // after the CONNACK
		v5     bool
	}{
		{"256 MiB that never come", bytes.NewReader(huge), false},
		{"256 MiB thrown away", io.MultiReader(bytes.NewReader(huge), io.LimitReader(zeros{}, 1<<28-4)), false},
		{"a hundred at the cap", repeat(publish(0, "a", -1, make([]byte, limit)), 100), false},
		{"longest topics", repeat(publish(0, string(bytes.Repeat([]byte("t"), 65535)), -1, make([]byte, 100)), 1000), false},
		{"longest topics, each another", newDistinct(1000, 65535), false},
		{"many topics", newDistinct(300_000, 20), false},
		{"handshakes that are never completed", handshakes(200_000), false},
		{"256 MiB of properties thrown away", io.MultiReader(bytes.NewReader(hugeProperties), io.LimitReader(zeros{}, 1<<28-8)), true},
		{"properties as large as are kept, and payloads", repeat(publish5(0, "a", -1, kept, make([]byte, limit)), 100), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			heap := new(sampled)
			var last wire.Publish // somebody has it when the next comes
			heap.Reader = io.MultiReader(bytes.NewReader(connack), tt.stream)
			if tt.v5 {
				heap.Reader = io.MultiReader(bytes.NewReader(connack5), tt.stream)
			}
			c := guard(t, heap, nil, wire.Options{V5: tt.v5, MaxPayload: limit, Deliver: func(p wire.Publish) { last = p }})
			if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			runtime.KeepAlive(last)
			if used := int64(heap.most) - int64(before.HeapAlloc); used > 2*limit+8<<20 {
				t.Errorf("the heap grew by %d KiB", used>>10)
			}
		})
	}
}

// sampled looks at the heap now and then.
type sampled struct {
	io.Reader
	reads int
	most  uint64
}

func (s *sampled) Read(p []byte) (int, error) {
	if s.reads++; s.reads%8 == 1 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.most = max(s.most, m.HeapAlloc)
	}
	return s.Reader.Read(p)
}

type onlyReader struct{ io.Reader }

// looped is a stream that repeats itself for ever.
type looped struct {
	all  []byte
	next int
}

func (l *looped) Read(p []byte) (int, error) {
	n := copy(p, l.all[l.next:])
	l.next = (l.next + n) % len(l.all)
	return n, nil
}

// repeat is b, n times.
func repeat(b []byte, n int) io.Reader {
	return io.LimitReader(&looped{all: b}, int64(n)*int64(len(b)))
}

// distinct are n messages on topics of the given length, no two of which are the same.
type distinct struct {
	n    int
	next []byte // the one to come
	left []byte // of it
}

func newDistinct(n, length int) io.Reader {
	return &distinct{n: n, next: publish(0, strings.Repeat("0", length), -1, nil)}
}

func (d *distinct) Read(p []byte) (int, error) {
	read := 0
	for read < len(p) {
		if len(d.left) == 0 {
			if d.n--; d.n < 0 {
				return read, io.EOF
			}
			for i := len(d.next) - 1; ; i-- { // counts
				if d.next[i]++; d.next[i] <= '9' {
					break
				}
				d.next[i] = '0'
			}
			d.left = d.next
		}
		n := copy(p[read:], d.left)
		d.left = d.left[n:]
		read += n
	}
	return read, nil
}

// TestAllocations has messages on known topics: nothing is allocated but the memory
// for their payloads.
func TestAllocations(t *testing.T) {
	const n = 1000
	for _, tt := range []struct {
		connack, message []byte
		v5               bool
		want             float64
	}{
		{connack, publish(0, "a/b", -1, []byte("22.5")), false, n},
		{connack, publish(0, "a/b", -1, nil), false, 0},
		{connack5, publish5(0, "a/b", -1, allProperties, []byte("22.5")), true, n},
		{connack5, publish5(0, "a/b", -1, allProperties, nil), true, 0},
	} {
		seen := 0
		stream := &looped{all: join(bytes.Repeat(tt.message, n), []byte{0xd0, 0})}
		c := guard(t, io.MultiReader(bytes.NewReader(tt.connack), stream), nil,
			wire.Options{V5: tt.v5, Deliver: func(wire.Publish) { seen++ }})
		p := make([]byte, 5)
		_, _ = c.Read(p)
		if got := testing.AllocsPerRun(100, func() { _, _ = c.Read(p) }); got > tt.want || seen != 101*n {
			t.Errorf("%v allocations for each of %d messages %q, want %v", got, seen/n, tt.message, tt.want)
		}
	}
}
