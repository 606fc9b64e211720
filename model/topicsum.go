package model

import (
	"slices"
	"time"
)

// topicSum is what came on some topics.
type topicSum struct {
	count  uint64
	perSec float64
}

func (s *topicSum) add(t *topicState, now int64) {
	s.count += uint64(t.count)
	s.perSec += t.perSec(now)
}

// chunkTopics is how many topics are added up together, and under one lock.
const chunkTopics = 256

// topicSums tell what came on any part of a list of topics, without looking at each of
// them: the list is added up chunk by chunk, once a second. It belongs to one goroutine at
// a time; nothing in the list changes its place.
type topicSums struct {
	store  *Store
	topics []*topicState
	// before is what came on all topics before a chunk, the first and the one after the
	// last included; empty until it is added up.
	before []topicSum
	at     time.Duration // when that was, on the store's clock
}

// add adds up what came on the topics, when that is due. It takes the store's lock.
func (s *topicSums) add(now time.Duration) {
	if len(s.before) > 0 && s.at <= now && now < s.at+time.Second {
		return
	}
	s.at = now
	var sum topicSum
	s.before = append(slices.Grow(s.before[:0], len(s.topics)/chunkTopics+2), sum)
	for chunk := range slices.Chunk(s.topics, chunkTopics) {
		s.store.reading(func() {
			for _, t := range chunk {
				sum.add(t, s.store.now)
			}
		})
		s.before = append(s.before, sum)
	}
}

// of is the sum of the topics from first on, before last: of whole chunks as it was when
// they were added up, of the others as it is now. It reads under the store's lock.
func (s *topicSums) of(first, last int) (sum topicSum) {
	if from, to := (first+chunkTopics-1)/chunkTopics, last/chunkTopics; from < to {
		sum.count = s.before[to].count - s.before[from].count
		sum.perSec = max(s.before[to].perSec-s.before[from].perSec, 0)
		for _, t := range s.topics[first : from*chunkTopics] {
			sum.add(t, s.store.now)
		}
		first = to * chunkTopics
	}
	for _, t := range s.topics[first:last] {
		sum.add(t, s.store.now)
	}
	return sum
}
