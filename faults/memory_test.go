//go:build unix

package faults_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/testkit/evilbroker"
)

// The tests in this file look at the whole process and so are not parallel.

// TestManyReconnects loses a hundred connections: nothing is left of them.
func TestManyReconnects(t *testing.T) {
	b := evilbroker.New(t)
	w := watch(t, options(t, b.Listen(t)))
	c := w.until(model.Connected)
	before := settled(t, 0)
	for range 100 {
		b.Cut()
		w.until(model.Waiting)
		w.RetryNow()
		c = w.until(model.Connected)
	}
	if c.Connects != 101 {
		t.Errorf("%d connections", c.Connects)
	}
	after := settled(t, before+2)
	if t.Logf("%d goroutines, then %d", before, after); after > before+2 {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines, then %d:\n%s", before, after, buf[:runtime.Stack(buf, true)])
	}
}

// settled is the number of goroutines once it is at most so many, or does not
// change any more.
func settled(t *testing.T, most int) int {
	t.Helper()
	n, same := runtime.NumGoroutine(), 0
	for same < 50 && n > most {
		time.Sleep(10 * time.Millisecond) // nothing tells when a goroutine has gone
		if now := runtime.NumGoroutine(); now == n {
			same++
		} else {
			n, same = now, 0
		}
	}
	return n
}

// TestHeap sends as much as the source takes while nobody takes it from the
// source: what is kept of it is bounded by twice the largest payload and 8 MiB. In
// the end everything is there.
func TestHeap(t *testing.T) {
	const limit = 1 << 20
	tests := []struct {
		name   string
		packet []byte
		times  int
		each   int // messages in the packet
	}{
		{"payloads at the cap", evilbroker.Publish(0, "a", 0, make([]byte, limit)), 100, 1},
		{"payloads over the cap", evilbroker.Publish(0, "a", 0, make([]byte, 16*limit)), 20, 1},
		{"half as large", evilbroker.Publish(0, "a", 0, make([]byte, limit/2)), 200, 1},
		{"longest topics", evilbroker.Publish(0, strings.Repeat("t", 65_535), 0, nil), 2000, 1},
		{"small messages", bytes.Repeat(evilbroker.Hello, 10_000), 100, 10_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := evilbroker.New(t)
			w := watch(t, options(t, b.Listen(t)))
			w.until(model.Connected)
			before := heapInUse()
			sent := make(chan error, 1)
			go func() {
				var err error
				for i := 0; i < tt.times && err == nil; i++ {
					err = b.Send(tt.packet)
				}
				sent <- err
			}()
			w.stalled(t)
			after := heapInUse()
			if len(sent) > 0 {
				t.Error("nothing held the broker back")
			}
			rise := (after - before) >> 10
			if t.Logf("%d KiB", rise); rise > (2*limit+8<<20)>>10 {
				t.Errorf("the heap grew by %d KiB", rise)
			}
			got := 0
			w.take("got all", func(batch model.Batch) bool {
				got += len(batch.Messages)
				w.messages = nil
				return got == tt.times*tt.each
			})
			if err := <-sent; err != nil {
				t.Error(err)
			}
		})
	}
}

// stalled waits until the source receives nothing more because nobody takes it.
func (w *watched) stalled(t *testing.T) {
	t.Helper()
	bytes, same := uint64(0), 0
	for end := time.Now().Add(patience); same < 30; {
		time.Sleep(10 * time.Millisecond) // nothing tells that nothing happens
		switch s := w.Stats(); {
		case time.Now().After(end):
			t.Fatalf("the source never stalled: %+v", s)
		case s.Bytes == bytes && s.Stalls > 0:
			same++
		default:
			bytes, same = s.Bytes, 0
		}
	}
}

// heapInUse is how many bytes are in use on the heap, garbage not counted.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // what the first one's sweep left
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
