package model

import (
	"encoding/binary"
	"slices"
	"time"
)

// Receipt is what a subscription has brought, over all connections: the messages on
// topics that its filter matches.
type Receipt struct {
	Messages uint64
	// QoS counts them by the QoS that they came with, Retained those that the broker had
	// stored, Dup those that it may have sent before.
	QoS           [3]uint64
	Retained, Dup uint64
	// PerSec is how many come each second of late, stored ones not counted.
	PerSec float64
	// Last is when the last one came; zero when none has. Fresh says that it came after
	// the present connection was begun.
	Last  time.Time
	Fresh bool
}

// FilterState is how a subscription does.
type FilterState uint8

// The states of a subscription.
const (
	// FilterAsked: there is no connection, or no answer yet.
	FilterAsked FilterState = iota
	// FilterRefused: the broker sends nothing.
	FilterRefused
	// FilterSilent: granted, but nothing has come on the present connection. A broker may
	// grant what its access rules forbid.
	FilterSilent
	// FilterReceiving: something has.
	FilterReceiving
)

// String returns the state's word as the JSON formats use it.
func (s FilterState) String() string {
	switch s {
	case FilterRefused:
		return "refused"
	case FilterSilent:
		return "silent"
	case FilterReceiving:
		return "receiving"
	}
	return "asked"
}

// Filter is how the i-th of the connection's subscriptions does.
func (s *Status) Filter(i int) FilterState {
	switch sub := &s.Connection.Subscriptions[i]; {
	case s.Connection.State != Connected || !sub.Answered:
		return FilterAsked
	case sub.Refused():
		return FilterRefused
	case !s.Received[i].Fresh:
		return FilterSilent
	}
	return FilterReceiving
}

// filters counts messages by the topic filters that match them. Topics with the
// same filters share one counter, so that a message costs one addition however
// many filters there are. The owner goroutine writes it under the store's lock.
type filters struct {
	names []string
	sets  map[string]*filterSet // by the places of the filters
	begun int64                 // when the present connection was begun; 0 when not known
	key   []byte                // scratch
}

// filterSet are the filters, by their places, that match the same topics.
type filterSet struct {
	places   []int
	messages [16]uint64 // by their flags
	rate     rate
	last     int64 // when the last one came; 0 never
	live     int64 // when the last one came that was not stored; 0 never
}

// set takes the filters of a connection. It says whether they have changed;
// then the counts begin anew, and the topics must forget their sets.
func (f *filters) set(c *Connection) bool {
	if c.State != Connected {
		f.begun = nanos(c.Since)
	}
	names := make([]string, len(c.Subscriptions))
	for i := range names {
		names[i] = c.Subscriptions[i].Filter
	}
	if slices.Equal(names, f.names) {
		return false
	}
	f.names, f.sets = names, make(map[string]*filterSet)
	return true
}

// count counts a message on a topic; t is nil when the topic is not tracked.
func (f *filters) count(t *topicState, m *Message, at int64) {
	if len(f.names) == 0 {
		return
	}
	var set *filterSet
	switch {
	case t == nil:
		set = f.matching(m.Topic)
	case t.matched == nil:
		t.matched = f.matching(m.Topic)
		fallthrough
	default:
		set = t.matched
	}
	set.messages[flagsOf(m)&15]++
	set.last = max(set.last, at)
	if !m.Retained {
		if set.live != 0 {
			set.rate.add(time.Duration(at-set.live), rateWindow)
		}
		set.live = max(set.live, at)
	}
}

// matching finds or makes the set of the filters that match a topic.
func (f *filters) matching(topic string) *filterSet {
	f.key = f.key[:0]
	for i, name := range f.names {
		if MatchTopic(name, topic) {
			f.key = binary.AppendUvarint(f.key, uint64(i))
		}
	}
	if set, ok := f.sets[string(f.key)]; ok {
		return set
	}
	set := &filterSet{}
	for i, name := range f.names {
		if MatchTopic(name, topic) {
			set.places = append(set.places, i)
		}
	}
	f.sets[string(f.key)] = set
	return set
}

// received is what each filter has brought until now, by its place.
func (f *filters) received(now int64) []Receipt {
	receipts := make([]Receipt, len(f.names))
	for _, set := range f.sets {
		for _, i := range set.places {
			receipts[i].add(set, f.begun, now)
		}
	}
	return receipts
}

// add adds what a set has brought.
func (r *Receipt) add(set *filterSet, begun, now int64) {
	for i, n := range set.messages {
		f := flags(i)
		r.Messages += n
		if q := int(f.qos()); q < len(r.QoS) {
			r.QoS[q] += n
		}
		if f.retained() {
			r.Retained += n
		}
		if f.dup() {
			r.Dup += n
		}
	}
	r.PerSec += set.rate.perSec(time.Duration(now-set.live), rateWindow)
	if last := stamp(set.last); last.After(r.Last) {
		r.Last = last
	}
	r.Fresh = r.Fresh || set.last != 0 && set.last >= begun
}
