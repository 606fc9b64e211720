package cli

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	gometrics "runtime/metrics"
)

// Go lets garbage grow to as much as is in use before it is collected. That is right
// for a small lab, and twice the memory for one with a quarter of a million topics.
// So what may be garbage is bounded: with more in use it is a smaller part of it.
const (
	mostGarbage = 18 << 20 // bytes
	// leastGarbage is the smallest part, in per cent: collecting costs time.
	leastGarbage = 10
)

// The runtime keeps a tenth of its heap, and pieces between what is in use, for later.
// With a lab as large as may be tracked that is what would take the process beyond 256
// MiB: there it gives memory back sooner, and collects sooner where that is not enough.
// A lab that was allowed to be larger has no such bound, for then it would do nothing
// but collect.
const (
	mostMemory = 216 << 20 // bytes of the runtime's; the program's own pages come on top
	fromLive   = 112 << 20 // bytes in use from which on that is asked for
	leastRoom  = 24 << 20  // bytes of mostMemory that are not in use
)

// BoundGarbage bounds the process's garbage from now on, unless the environment says
// how to collect it. It looks after each collection, and so costs nothing when there
// is none. It may be called once.
func BoundGarbage() {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if os.Getenv(name) != "" {
			return
		}
	}
	b := &garbageBound{percent: 100, limit: math.MaxInt64, live: []gometrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	b.next()
}

// garbageBound is used by one finalizer at a time.
type garbageBound struct {
	percent int
	limit   int64
	live    []gometrics.Sample
}

// next has settle called after the next collection, which finds that nobody uses
// the mark.
func (b *garbageBound) next() {
	type mark struct{ bound *garbageBound }
	runtime.SetFinalizer(&mark{b}, func(m *mark) {
		m.bound.settle()
		m.bound.next()
	})
}

func (b *garbageBound) settle() {
	gometrics.Read(b.live)
	live := b.live[0].Value.Uint64()
	if percent := garbagePercent(live); percent != b.percent {
		b.percent = percent
		debug.SetGCPercent(percent)
	}
	// A limit that is not ours is the control group's: see fitMemory.
	if limit := memoryLimit(live); limit != b.limit && debug.SetMemoryLimit(-1) == b.limit {
		b.limit = limit
		debug.SetMemoryLimit(limit)
	}
}

// garbagePercent is how much garbage there may be beside so many bytes in use.
func garbagePercent(live uint64) int {
	return int(min(100, max(leastGarbage, mostGarbage*100/max(live, 1))))
}

// memoryLimit is how much memory the runtime may have for so many bytes in use.
func memoryLimit(live uint64) int64 {
	if live < fromLive || live > mostMemory-leastRoom {
		return math.MaxInt64
	}
	return mostMemory
}
