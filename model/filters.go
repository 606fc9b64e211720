package model

import (
	"encoding/binary"
	"slices"
)

// filters counts messages by the topic filters that match them. Topics with the
// same filters share one counter, so that a message costs one addition however
// many filters there are. The owner goroutine writes it under the store's lock.
type filters struct {
	names []string
	sets  map[string]*filterSet // by the places of the filters
	key   []byte                // scratch
}

// filterSet are the filters, by their places, that match the same topics.
type filterSet struct {
	places   []int
	messages uint64
}

// set takes the filters of a connection. It says whether they have changed;
// then the counts begin anew, and the topics must forget their sets.
func (f *filters) set(subscriptions []Subscription) bool {
	names := make([]string, len(subscriptions))
	for i := range subscriptions {
		names[i] = subscriptions[i].Filter
	}
	if slices.Equal(names, f.names) {
		return false
	}
	f.names, f.sets = names, make(map[string]*filterSet)
	return true
}

// count counts a message on a topic; t is nil when the topic is not tracked.
func (f *filters) count(t *topicState, topic string) {
	switch {
	case len(f.names) == 0:
	case t == nil:
		f.matching(topic).messages++
	default:
		if t.matched == nil {
			t.matched = f.matching(topic)
		}
		t.matched.messages++
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

// received is how many messages each filter has brought, by its place.
func (f *filters) received() []uint64 {
	counts := make([]uint64, len(f.names))
	for _, set := range f.sets {
		for _, i := range set.places {
			counts[i] += set.messages
		}
	}
	return counts
}
