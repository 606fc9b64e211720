package model

import (
	"math"
	"slices"
	"time"
)

// topicState is what is known of one topic. The owner goroutine reads it
// freely and writes it under the store's lock.
type topicState struct {
	name    string
	decoder Decoder
	device  *device
	metrics []*metric          // by order of appearance
	places  map[string]*metric // by path, once there are manyPlaces

	written int64      // when the last message was published by its own word, if it was a stored one; 0 unknown
	live    int64      // when the last message that was not retained came; 0 never
	pace    *pace      // nil until it has spoken live twice
	matched *filterSet // the filters that match it; nil when not looked up yet
	dup     uint32
	next    uint16 // where in metrics the search for one starts

	numbers    bool // a live reading was a number
	class      Class
	hadStore   bool     // the broker had a retained message here
	saidOld    bool     // a stored message told said
	said       Presence // the last word about the device, or Unsaid
	flags      flags    // of the last message, as all that follows but saidAt
	size       uint32
	count      uint32      // of messages; it stops at its end
	payload    []byte      // of its last one, as keep has cut it
	properties *Properties // of it, cut likewise
	at         int64
	saidAt     uint64 // orders the words of a device; 0: stored before we came
}

// flags are those of a message, as the first byte of its PUBLISH has them (MQTT
// 3.1.1 section 3.3.1).
type flags byte

const (
	flagRetained flags = 1
	flagDup      flags = 8
)

func flagsOf(m *Message) flags {
	f := flags(m.QoS << 1)
	if m.Retained {
		f |= flagRetained
	}
	if m.Dup {
		f |= flagDup
	}
	return f
}

func (f flags) qos() byte      { return byte(f>>1) & 3 }
func (f flags) retained() bool { return f&flagRetained != 0 }
func (f flags) dup() bool      { return f&flagDup != 0 }

// rateWindow is the time constant of a topic's rate: long, because boards speak
// every few seconds.
const rateWindow = 30 * time.Second

// observe counts a message, unless it is one that was known. It says whether the message
// clears the topic: the device deleted the retained message (MQTT 3.1.1 section 3.3.1.3).
func (t *topicState) observe(m *Message, at int64) (cleared bool) {
	t.size, t.at = uint32(min(max(m.Size, len(m.Payload)), math.MaxUint32)), at
	t.flags = flagsOf(m)
	if !m.Known {
		t.count = max(t.count, t.count+1)
		if m.Dup {
			t.dup++
		}
	}
	t.hadStore = t.hadStore || m.Retained || t.class == PresenceTopic
	cleared = t.hadStore && m.empty()
	if m.Retained {
		return cleared
	}
	if t.live != 0 {
		gap := time.Duration(max(at-t.live, 0))
		if t.pace == nil {
			t.pace = &pace{}
		}
		t.pace.rate.add(gap, rateWindow)
		if gap > 0 && !m.Dup {
			t.pace.interval.add(gap)
		}
	}
	t.live = max(t.live, at)
	return cleared
}

// Last is a copy of the last message on a topic, its payload perhaps cut; ok is false
// when there was none. Owner goroutine only.
func (s *Store) Last(topic string) (m Message, ok bool) {
	t := s.topics.find(topic)
	if t == nil || t.at == 0 {
		return m, false
	}
	return t.last(), true
}

// last is a copy of the last message.
func (t *topicState) last() Message {
	return Message{
		Topic: t.name, Payload: slices.Clone(t.payload), Size: int(t.size), Time: stamp(t.at), Properties: t.properties,
		QoS: t.flags.qos(), Retained: t.flags.retained(), Dup: t.flags.dup(),
	}
}

// Known is the last message on each topic, in any order but for those of one topic: as much
// of it as is kept. Where some were stored and some were not it is told in both ways, with
// when the device spoke last. Nobody else writes to the payloads. Owner goroutine only, or
// while it rests.
func (s *Store) Known() []Message {
	whole := make(map[string]*Message, s.recent.n)
	for i := range s.recent.n {
		m := s.recent.at(i)
		whole[m.Topic] = m
	}
	known := make([]Message, 0, s.topics.n)
	for t := range s.topics.all {
		if t.at == 0 {
			continue
		}
		last := t.last()
		if m := whole[t.name]; m != nil {
			last = *m
		}
		last.Known = true
		if last.Retained && t.live != 0 || !last.Retained && t.hadStore && t.class != PresenceTopic {
			known = append(known, t.other(last))
		}
		known = append(known, last)
	}
	return known
}

// other is the last message as one before it that was stored, if it was not, or the other
// way round: what that one held is not kept.
func (t *topicState) other(last Message) Message {
	if last.Retained {
		last.Time = stamp(min(t.live, t.at)) // the clock may have been set back
	}
	last.Retained = !last.Retained
	return last
}

// perSec is how often the topic speaks, stored messages not counted.
func (t *topicState) perSec(now int64) float64 {
	if t.pace == nil {
		return 0
	}
	return t.pace.rate.perSec(time.Duration(now-t.live), rateWindow)
}

// learned is the topic's interval, 0 while it is not known.
func (t *topicState) learned() time.Duration {
	if t.pace == nil {
		return 0
	}
	return t.pace.interval.learned()
}

// manyPlaces is the number of metrics from which on a topic has an index.
const manyPlaces = 64

// place finds the metric at a place of the payload, or nil. Payloads keep their
// order, so the search starts where the last one ended.
func (t *topicState) place(path string) *metric {
	i := int(t.next)
	if i >= len(t.metrics) {
		i = 0
	}
	if i < len(t.metrics) && t.metrics[i].path == path {
		t.next = uint16(i + 1)
		return t.metrics[i]
	}
	if t.places != nil {
		return t.places[path]
	}
	for i, m := range t.metrics {
		if m.path == path {
			t.next = uint16(i + 1) // it is only where to look first
			return m
		}
	}
	return nil
}

func (t *topicState) addMetric(m *metric) {
	t.metrics = append(t.metrics, m)
	switch {
	case t.places != nil:
		t.places[m.path] = m
	case len(t.metrics) == manyPlaces:
		t.indexPlaces()
	}
}

// indexPlaces makes the index of the metrics by their paths.
func (t *topicState) indexPlaces() {
	t.places = make(map[string]*metric, 2*len(t.metrics))
	for _, m := range t.metrics {
		t.places[m.path] = m
	}
}

// patience is the silence after which the topic's values are stale; 0 means
// never. A presence topic speaks only when something changes, and a broker
// repeats only those of its own topics that have changed.
func (t *topicState) patience(configured time.Duration) time.Duration {
	switch {
	case t.class != Readings || t.live == 0:
		return 0
	case configured > 0:
		return configured
	}
	return patience(t.cadence())
}

// cadence is the learned interval of a topic whose silence means something: one
// with numbers. Switches and texts speak when something happens, so that even
// regular gaps between them promise nothing.
func (t *topicState) cadence() time.Duration {
	if t.class != Readings || !t.numbers {
		return 0
	}
	return t.learned()
}

// shortestPatience keeps the jitter of a network from making fast topics stale.
const shortestPatience = 2 * time.Second

// patience is three times the learned interval, at least two seconds, or 0
// when the interval is not known.
func patience(learned time.Duration) time.Duration {
	if learned == 0 {
		return 0
	}
	return max(3*learned, shortestPatience)
}
