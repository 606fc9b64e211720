package subscriber

import (
	"math/rand/v2"
	"time"
)

// The waits between attempts grow from half a second. They stay so short that
// labtop is back at most 5 s after the broker in the first minute, when somebody
// is probably restarting it, and at most 30 s after it later. The time that an
// attempt took counts as waiting. After an error that will last the waits are
// 30 s from the start, as they are when another client takes the connection away
// again and again. All have a random part, so that a class full of clients does
// not come back at once.
const (
	firstWait   = 500 * time.Millisecond
	shortWait   = 4500 * time.Millisecond
	slowWait    = 28 * time.Second
	lastingWait = 30 * time.Second
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

// next is how long to wait now, after an attempt or a loss that took so long;
// lasting says that trying again soon is of no use.
func (b *backoff) next(now time.Time, took time.Duration, lasting bool) time.Duration {
	if b.since.IsZero() {
		b.since, b.wait = now, firstWait/2
	}
	if lasting {
		return lastingWait + jitter(lastingWait/10)
	}
	limit := shortWait
	if now.Sub(b.since) >= freshOutage {
		limit = slowWait
	}
	b.wait = min(2*b.wait, limit)
	return max(b.wait/2+jitter(b.wait/2)-took, firstWait/2)
}

// jitter is a random part of at most the given length.
func jitter(most time.Duration) time.Duration {
	return rand.N(most) //nolint:gosec // it spreads load; nothing is secret about it
}
