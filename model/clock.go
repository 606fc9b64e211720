package model

import "time"

// Times are kept as nanoseconds since 1970, where 0 stands for never. The rules
// are:
//
//   - The store's clock is the latest time that it was given.
//   - A reading older than the one before it is put at the time of that one:
//     histories are in order, whatever a recording holds.
//   - When the clock was set, and whoever feeds the store knows by how much, all
//     times move with it (Shift): ages, intervals, rates and histories stay as they
//     were, and the times on the screen are those of the clock as it is now.
//   - When nobody knows, as in a log of messages, and Tick says that it is more than
//     clockSlack earlier, the clock was set back, or one message came from the
//     future. What had later times is then put at the present, so that new readings
//     follow and nothing is stale, or fresh, until the clock has caught up.

// clockSlack is by how much messages may be ahead of Tick: batches of a
// fast replay are.
const clockSlack = time.Minute

// latestNanos is in the year 2116. Sums of two times do not overflow.
const latestNanos = 1 << 62

// nanos converts a time; what is out of range becomes the nearest time in it.
func nanos(t time.Time) int64 {
	switch seconds := t.Unix(); {
	case seconds < 0:
		return 1
	case seconds >= latestNanos/int64(time.Second):
		return latestNanos
	}
	return max(t.UnixNano(), 1)
}

// stamp converts nanoseconds to a time, 0 to the zero time.
func stamp(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

// times calls f with each time that the store keeps, under its lock.
func (s *Store) times(f func(at *int64)) {
	for _, at := range [...]*int64{&s.now, &s.lastMessage, &s.lastLive, &s.connectedAt, &s.lostAt, &s.certified, &s.awoke, &s.flowedAt, &s.filters.begun} {
		f(at)
	}
	for _, set := range s.filters.sets {
		f(&set.last)
		f(&set.live)
	}
	s.broker.Times(f)
	for _, d := range s.devices {
		f(&d.presenceSince)
		f(&d.seen)
		f(&d.heard)
	}
	for t := range s.topics.all {
		f(&t.live)
		f(&t.at)
		for _, m := range t.metrics {
			f(&m.at)
			f(&m.valueAt)
			m.history.times(f)
		}
	}
}

// setBack puts everything that is later than now at now, under the store's lock.
func (s *Store) setBack(now int64) {
	s.times(func(at *int64) { *at = min(*at, now) })
}
