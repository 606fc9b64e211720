package model

import (
	"cmp"
	"slices"
	"time"
)

// device is everything that is known of one device.
type device struct {
	id, name string
	voices   []*topicState // the topics that have said whether the device is there
	metrics  []*metric     // in reading order; replaced, never changed in place

	presenceSince int64
	seen          int64         // when it last spoke; 0 when only retained messages came
	heard         int64         // when any message came
	interval      time.Duration // as learned, at the last tick

	topics           uint32 // how many there are
	system           bool
	presence         Presence
	presenceRetained bool
	reports          bool   // a topic that is not about presence spoke live
	hook             uint32 // the watcher's; 0 when it was not asked yet
	spoke            bool   // since the last tick, so that its interval may be another
}

// arranged merges added metrics into their places. The result is a new slice,
// so that readers may keep the old one.
func (d *device) arranged(added []*metric) []*metric {
	slices.SortFunc(added, compareMetrics)
	merged := make([]*metric, 0, len(d.metrics)+len(added))
	old := d.metrics
	for len(old) > 0 && len(added) > 0 {
		if compareMetrics(added[0], old[0]) < 0 {
			merged, added = append(merged, added[0]), added[1:]
		} else {
			merged, old = append(merged, old[0]), old[1:]
		}
	}
	return append(append(merged, old...), added...)
}

// say takes in what a message says about the presence. order grows with each
// word. A stored word that differs from what the topic said before must have
// been said since; one that repeats it, or is the first, says nothing about
// when.
func (t *topicState) say(word Presence, order uint64, stored bool) {
	if !stored || t.said != Unsaid && t.said != word {
		t.saidAt, t.saidOld = order, stored
	} else if t.said == Unsaid {
		t.saidOld = true
	}
	t.said = word
}

// settlePresence derives the presence from what each presence topic of the
// device last said. The rules are:
//
//   - The latest word wins: `online` after a reconnect beats an old will on
//     another topic.
//   - Stored words say nothing about when. If they agree, that is the presence;
//     if they contradict each other, it is unknown.
//   - A word that is in no table, and a cleared topic, have no say.
func (d *device) settlePresence(at int64) {
	presence, retained := Unknown, false
	var latest *topicState
	for _, t := range d.voices {
		switch {
		case t.said == Unknown:
		case latest == nil || t.saidAt > latest.saidAt:
			presence, retained, latest = t.said, t.saidOld, t
		case t.saidAt == latest.saidAt && presence != t.said:
			presence = Unknown
		}
	}
	if presence != d.presence {
		d.presence, d.presenceSince = presence, at
	}
	d.presenceRetained = retained && presence != Unknown
}

// learned is the shortest interval of the device's topics, 0 when none is known.
func (d *device) learned() time.Duration {
	var shortest time.Duration
	for _, m := range d.metrics {
		if i := m.topic.cadence(); m == m.topic.metrics[0] && i > 0 && (shortest == 0 || i < shortest) {
			shortest = i
		}
	}
	return shortest
}

// stale says whether the device has been silent for too long: by configured,
// or where that is 0 by three times its own interval.
func (d *device) stale(now int64, configured time.Duration) bool {
	if !d.reports {
		return false
	}
	limit := configured
	if limit == 0 {
		limit = patience(d.interval)
	}
	return limit > 0 && now-d.seen > int64(limit)
}

// compareNatural compares two names so that lab2 comes before lab10.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na > 0 && nb > 0 {
			if c := compareNumbers(a[:na], b[:nb]); c != 0 {
				return c
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// compareNumbers compares two runs of digits of any length by value, then by
// their leading zeros.
func compareNumbers(a, b string) int {
	trim := func(s string) string {
		for len(s) > 1 && s[0] == '0' {
			s = s[1:]
		}
		return s
	}
	ta, tb := trim(a), trim(b)
	return cmp.Or(cmp.Compare(len(ta), len(tb)), cmp.Compare(ta, tb), cmp.Compare(len(a), len(b)))
}
