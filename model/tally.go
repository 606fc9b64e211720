package model

import (
	"slices"
	"time"
)

// Tally counts the devices by their state. The broker's own topics are left out.
type Tally struct {
	Devices, Topics, Metrics int
	// Online, Offline and Asleep are by presence; Stale devices are counted
	// whatever their presence, unless they are offline or asleep.
	Online, Offline, Asleep, Stale int
}

// settleIntervals finds how often each device speaks that has done so since the last
// tick. The owner is the only writer, so it reads without the lock.
func (s *Store) settleIntervals() {
	var intervals [chunkDevices]time.Duration
	for chunk := range slices.Chunk(s.devices, chunkDevices) {
		spoke := false
		for i, d := range chunk {
			if intervals[i] = d.interval; d.spoke {
				intervals[i], spoke = d.learned(), true
			}
		}
		if !spoke {
			continue
		}
		s.writing(func() {
			for i, d := range chunk {
				d.interval, d.spoke = intervals[i], false
			}
		})
	}
}

// count goes through all devices, for the owner, as settleIntervals does.
func (s *Store) count() Tally {
	t := Tally{Topics: s.topics.n, Metrics: s.metrics}
	for _, d := range s.devices {
		if d.system {
			t.Topics -= int(d.topics)
			t.Metrics -= len(d.metrics)
			continue
		}
		t.Devices++
		switch d.presence {
		case Offline:
			t.Offline++
			continue
		case Asleep:
			t.Asleep++
			continue
		case Online:
			t.Online++
		}
		if s.stale(d) {
			t.Stale++
		}
	}
	return t
}
