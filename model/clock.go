package model

import "time"

// Times are kept as nanoseconds since 1970, where 0 stands for never. The rules
// are:
//
//   - The store's clock is the latest time that it was given.
//   - A reading older than the one before it is put at the time of that one:
//     histories are in order, whatever a recording holds.
//   - When Tick says that it is more than clockSlack earlier, the clock was set
//     back (or one message came from the future). What had later times is
//     then put at the present, so that new readings follow and nothing is
//     stale, or fresh, until the clock has caught up.

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

// setBack puts everything that is later than now at now, under the store's
// lock.
func (s *Store) setBack(now int64) {
	s.now = now
	s.lastMessage = min(s.lastMessage, now)
	s.lastLive = min(s.lastLive, now)
	s.connectedAt = min(s.connectedAt, now)
	for _, d := range s.devices {
		d.presenceSince = min(d.presenceSince, now)
		d.seen, d.heard = min(d.seen, now), min(d.heard, now)
	}
	for t := range s.topics.all {
		t.live, t.at = min(t.live, now), min(t.at, now)
		for _, m := range t.metrics {
			m.at, m.valueAt = min(m.at, now), min(m.valueAt, now)
			m.history.setBack(now)
		}
	}
}
