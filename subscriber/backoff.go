package subscriber

import (
	"math/rand/v2"
	"time"
)

// The waits between attempts grow from half a second; they stay at most 5 s in
// the first minute, when somebody is probably restarting the broker, and at most
// 30 s after it. After an error that will last they are 30 s from the start, as
// they are when a connection does not last. All have a random part, so that a
// class full of clients does not come back at once.
const (
	firstWait   = 500 * time.Millisecond
	shortWait   = 5 * time.Second
	longWait    = 30 * time.Second
	freshOutage = time.Minute

	// stableAfter is how long a connection must last to count as one.
	stableAfter = 5 * time.Second
	// flapsAllowed is how many in a row may be shorter.
	flapsAllowed = 3
)

// backoff computes the waits of one outage. The zero value is ready.
type backoff struct {
	since time.Time // start of the outage; zero when there is none
	wait  time.Duration
	flaps int // connections in a row that did not last
}

// lost notes that a connection which stood for the duration was lost.
func (b *backoff) lost(stood time.Duration) {
	if stood >= stableAfter {
		*b = backoff{}
		return
	}
	b.flaps++
}

// flapping says that connections are made and do not last.
func (b *backoff) flapping() bool { return b.flaps >= flapsAllowed }

// next is how long to wait now.
func (b *backoff) next(now time.Time, lasting bool) time.Duration {
	if b.since.IsZero() {
		b.since, b.wait = now, firstWait/2
	}
	if lasting || b.flapping() {
		return longWait + jitter(longWait/10)
	}
	limit := shortWait
	if now.Sub(b.since) >= freshOutage {
		limit = longWait
	}
	b.wait = min(2*b.wait, limit)
	return b.wait/2 + jitter(b.wait/2)
}

// jitter is a random part of at most the given length.
func jitter(most time.Duration) time.Duration {
	return rand.N(most) //nolint:gosec // it spreads load; nothing is secret about it
}
