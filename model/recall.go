package model

import (
	"math"
	"slices"
	"time"
)

// Recalled is a metric with all that the store still knows of what it said.
type Recalled struct {
	Device Device
	Metric Metric
	// Readings are numbers and switches, the oldest first: older ones are summed up,
	// the newest are there one by one. Empty for a metric that is text.
	Readings []Summary
}

// Summary is what the readings of a stretch of time were, or a single one.
type Summary struct {
	// From and Until are the times of the first and of the last reading.
	From, Until    time.Time
	Min, Max, Last float64
	// N is how many there are; 0 says that the sender had no reading then.
	N int
}

// Recall returns a copy of all that is known of a metric or, when the key names none, of
// all metrics of a device. It is for files; a screen uses [Store.Detail]. Any goroutine
// may call it.
func (s *Store) Recall(k Key) []Recalled {
	var metrics []*metric
	s.reading(func() {
		switch d := s.byID.find(k.Device); {
		case d == nil:
		case k.Topic == "":
			metrics = slices.Clone(d.metrics)
		default:
			if m := s.lookup(k); m != nil {
				metrics = append(metrics, m)
			}
		}
	})
	all := make([]Recalled, 0, len(metrics))
	for _, m := range metrics {
		s.reading(func() {
			all = append(all, Recalled{s.deviceCopy(m.topic.device), s.metricCopy(m), m.history.recall()})
		})
	}
	return all
}

func (h *history) recall() []Summary {
	all := make([]Summary, 0, len(h.buckets())+len(h.ring))
	for _, b := range h.buckets() {
		all = append(all, Summary{stamp(b.at), stamp(b.until), b.min, b.max, b.last, int(b.n)})
	}
	for i := range h.ring {
		p := h.at(i)
		r := Summary{From: stamp(p.at), Until: stamp(p.at), Min: p.value, Max: p.value, Last: p.value, N: 1}
		if p.gap() {
			r.Min, r.Max, r.Last, r.N = math.NaN(), math.NaN(), math.NaN(), 0
		}
		all = append(all, r)
	}
	return all
}
