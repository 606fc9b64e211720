package faults_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

// The tests in this file look at the whole process and so are not parallel.

// TestManyReconnects loses a hundred connections: nothing is left of them.
func TestManyReconnects(t *testing.T) {
	b := evilbroker.New(t)
	w := watch(t, options(t, b.Listen(t)))
	c := w.until(model.Connected, 5*time.Second)
	before := settled(t, 0)
	for range 100 {
		b.Cut()
		w.until(model.Waiting, 5*time.Second)
		w.RetryNow()
		c = w.until(model.Connected, 10*time.Second)
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

// TestHeap receives as much as it can get, and looks at what is kept of it:
// twice the largest payload and 8 MiB, whether or not somebody takes it.
func TestHeap(t *testing.T) {
	const limit = 1 << 20
	tests := []struct {
		name   string
		packet []byte
		times  int
	}{
		{"payloads at the cap", evilbroker.Publish(0, "a", 0, make([]byte, limit)), 100},
		{"payloads over the cap", evilbroker.Publish(0, "a", 0, make([]byte, 16*limit)), 10},
		{"half as large", evilbroker.Publish(0, "a", 0, make([]byte, limit/2)), 200},
		{"longest topics", evilbroker.Publish(0, strings.Repeat("t", 65_535), 0, nil), 2000},
		{"small messages", repeated(evilbroker.Hello, 10_000), 100},
	}
	for _, tt := range tests {
		for owner, takes := range map[string]bool{"taken": true, "left": false} {
			t.Run(tt.name+", "+owner, func(t *testing.T) {
				b := evilbroker.New(t)
				s := subscriber.New(options(t, b.Listen(t)))
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				before := live64()
				var running sync.WaitGroup
				running.Go(func() { _ = s.Run(ctx) })
				for batch := range s.Batches() {
					if c := batch.Connection; c != nil && c.State == model.Connected {
						break
					}
				}
				release := make(chan struct{})
				running.Go(func() {
					if !takes {
						<-release
					}
					for batch := range s.Batches() {
						s.Recycle(batch)
					}
				})
				var most uint64
				sent := make(chan struct{})
				running.Go(func() {
					defer close(sent)
					for range tt.times {
						if b.Send(tt.packet) != nil {
							return
						}
					}
				})
				for watching, end := true, time.After(2*time.Second); watching; {
					most = max(most, live64())
					select {
					case <-sent:
						watching = false
					case <-end: // it cannot be sent because nobody takes it
						watching = false
					case <-time.After(5 * time.Millisecond):
					}
				}
				most = max(most, live64())
				stop()
				close(release)
				b.Cut()
				running.Wait()
				rise := int64(most) - int64(before)
				if t.Logf("%d KiB", rise>>10); rise > 2*limit+8<<20 {
					t.Errorf("the heap grew by %d KiB", rise>>10)
				}
			})
		}
	}
}

func repeated(b []byte, n int) []byte { return []byte(strings.Repeat(string(b), n)) }

// live64 is what is in use on the heap, without garbage.
func live64() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
