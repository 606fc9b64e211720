package wire_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"labtop/subscriber/wire"
)

// zeros is an endless stream.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestHeap reads streams that claim or hold much, and looks at the heap while
// they are under way. It is not parallel: the heap is everybody's.
func TestHeap(t *testing.T) {
	const limit = 1 << 20
	huge := join([]byte{0x30}, remaining(1<<28-1), []byte{0, 1, 'a'})
	tests := []struct {
		name   string
		stream io.Reader
	}{
		{"256 MiB that never come", bytes.NewReader(join(connack, huge))},
		{"256 MiB thrown away", io.MultiReader(bytes.NewReader(join(connack, huge)), io.LimitReader(zeros{}, 1<<28-4))},
		{"a hundred at the cap", io.MultiReader(bytes.NewReader(connack), repeat(publish(0, "a", -1, make([]byte, limit)), 100))},
		{"longest topics", io.MultiReader(bytes.NewReader(connack), repeat(publish(0, string(bytes.Repeat([]byte("t"), 65535)), -1, make([]byte, 100)), 1000))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			heap := &sampled{Reader: tt.stream}
			c := guard(t, heap, nil, wire.Options{MaxPayload: limit})
			if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
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

func repeat(b []byte, n int) io.Reader {
	readers := make([]io.Reader, n)
	for i := range readers {
		readers[i] = bytes.NewReader(b)
	}
	return io.MultiReader(readers...)
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	stream := io.MultiReader(bytes.NewReader(connack), repeat(bytes.Repeat(hello, 1000), 1000))
	c := guard(t, stream, nil, wire.Options{})
	p := make([]byte, 13)
	if n := testing.AllocsPerRun(10000, func() { _, _ = io.ReadFull(c, p) }); n > 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
