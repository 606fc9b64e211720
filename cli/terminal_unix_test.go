//go:build unix

package cli

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestFollowTerminal has a storm of sizes: each frame looks at one at most, and the
// last is not missed.
func TestFollowTerminal(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const frame = 50 * time.Millisecond
	done, ended := make(chan struct{}), make(chan struct{})
	var size, seen, looks, stops atomic.Int64
	follow := followTerminal(done, frame, func() {
		seen.Store(size.Load())
		looks.Add(1)
	}, func() { stops.Add(1) })
	tell := func(s syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for i := range 300 {
		if i == 100 { // what came before is not missed either
			go func() {
				defer close(ended)
				follow()
			}()
		}
		size.Add(1)
		tell(syscall.SIGWINCH)
		time.Sleep(time.Millisecond) // the pace of the storm
	}
	last := size.Load()
	for late := time.Now().Add(time.Minute); seen.Load() != last; {
		if time.Now().After(late) {
			t.Fatalf("the last size that was seen is %d, not %d", seen.Load(), last)
		}
		time.Sleep(time.Millisecond) // nothing else tells
	}
	if n, most := looks.Load(), int64(time.Since(began)/frame)+1; n > most {
		t.Errorf("looked %d times in %v", n, time.Since(began))
	}
	tell(syscall.SIGCONT)
	for late := time.Now().Add(time.Minute); stops.Load() == 0; {
		if time.Now().After(late) {
			t.Fatal("was not told that the process goes on")
		}
		time.Sleep(time.Millisecond) // nothing else tells
	}
	close(done)
	<-ended
}
