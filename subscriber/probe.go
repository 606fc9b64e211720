package subscriber

import (
	"sync"
	"time"

	"labtop/crash"
	"labtop/subscriber/wire"
)

// A connection whose broker or network hangs looks like one on which nothing
// happens. So when nothing has come for a while the broker is asked for a sign
// of life, and what it leaves unanswered is shown long before the keep-alive
// gives the connection up.
const (
	// askAfter is how long nothing has come before the broker is asked.
	askAfter = 2 * time.Second
	// silentAfter is the silence that is worth a word. A broker that was asked
	// has had patienceAfterAsking by then, however the looks fall. The screen may
	// be a look and a tick of the clock later, and has 6 s.
	silentAfter         = 4 * time.Second
	patienceAfterAsking = 1700 * time.Millisecond

	// probeInterval is how often is looked: a silence is noticed as late as that.
	probeInterval = 200 * time.Millisecond
)

// probe watches one connection. All its times are monotonic.
type probe struct {
	guard *wire.Conn
	// held says that we do not read because the owner is behind.
	held func() bool
	stop chan struct{}
	done chan struct{}

	mu    sync.Mutex
	bytes uint64
	heard time.Time // when the last bytes were seen to have come
	asked time.Time // zero when no question is open
}

// startProbe watches the connection behind guard until the probe is closed. A panic
// goes to fail.
func startProbe(guard *wire.Conn, held func() bool, fail func(error)) *probe {
	p := &probe{guard: guard, held: held, heard: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	go crash.Guarded(fail, p.run)()
	return p
}

func (p *probe) run() {
	defer close(p.done)
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if p.due() {
				_, _ = p.guard.Write(pingreq[:]) // that it failed, the reader learns
			}
		case <-p.stop:
			return
		}
	}
}

// due looks for new bytes and says whether it is time to ask.
func (p *probe) due() bool {
	bytes, held := p.guard.Stats().Bytes, p.held()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if bytes != p.bytes || held {
		p.bytes, p.heard, p.asked = bytes, now, time.Time{}
		return false
	}
	if !p.asked.IsZero() || now.Sub(p.heard) < askAfter {
		return false
	}
	p.asked = now
	return true
}

// silence is how long the broker has answered nothing, 0 while that is no cause
// for concern. Any goroutine may call it.
func (p *probe) silence() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	silent := time.Since(p.heard)
	if p.asked.IsZero() || silent < silentAfter || time.Since(p.asked) < patienceAfterAsking {
		return 0
	}
	return silent
}

// close ends the watch. The guard must be closed before, so that no write hangs.
func (p *probe) close() {
	close(p.stop)
	<-p.done
}
