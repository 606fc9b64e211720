package simulator

import (
	"context"
	"time"
)

// clock maps the lab's own time, counted from the start of a run, to the
// time package's. All that a device measures and plans is in the lab's time;
// only what concerns a connection (keep-alive, retries) is not.
type clock struct {
	start time.Time
	speed float64 // 10: the lab's time goes ten times as fast
}

// now is the lab's time.
func (c clock) now() time.Duration {
	return time.Duration(float64(time.Since(c.start)) * c.speed)
}

// until is how long to wait in real time until the lab's time is t.
func (c clock) until(t time.Duration) time.Duration {
	return time.Duration(float64(t)/c.speed) - time.Since(c.start)
}

// wait waits for d, and says whether it did: false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ctx.Err() == nil
}

// tick is a series of equally spaced points of time.
type tick struct {
	next, every time.Duration
}

// take returns the last point not after now, and moves on to the one after
// it: points that were missed stay missed, as with a [time.Ticker].
func (k *tick) take(now time.Duration) time.Duration {
	late := max(0, now-k.next)
	at := k.next + late - late%k.every
	k.next = at + k.every
	return at
}
