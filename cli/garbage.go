package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	gometrics "runtime/metrics"
)

// Go lets garbage grow to as much as is in use before it is collected. That is right
// for a small lab, and twice the memory for one with a quarter of a million topics.
// So what may be garbage is bounded: with more in use it is a smaller part of it.
const (
	mostGarbage = 24 << 20 // bytes
	// leastGarbage is the smallest part, in per cent: collecting costs time.
	leastGarbage = 10
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
	b := &garbageBound{percent: 100, live: []gometrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	b.next()
}

// garbageBound is used by one finalizer at a time.
type garbageBound struct {
	percent int
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
	percent := garbagePercent(b.live[0].Value.Uint64())
	if percent != b.percent {
		b.percent = percent
		debug.SetGCPercent(percent)
	}
}

// garbagePercent is how much garbage there may be beside so many bytes in use.
func garbagePercent(live uint64) int {
	return int(min(100, max(leastGarbage, mostGarbage*100/max(live, 1))))
}
