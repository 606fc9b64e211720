package subscriber

import (
	"hash/crc32"
	"sync"
)

// mostIdentifier is the highest identifier of a subscription (MQTT 5 section 3.3.2.3.8).
const mostIdentifier = 1<<28 - 1

// identifiers are the filters that were asked for, by their subscription identifiers. The
// zero value has none. Any goroutine may call its methods.
type identifiers struct {
	mu      sync.Mutex // guards what follows
	filters map[uint32]string
}

// identify gives a filter its identifier. It is made of the filter: in a session that the
// broker keeps, messages come on filters of another time too, and must not be taken for
// those of one of now.
func (s *identifiers) identify(filter string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.filters == nil {
		s.filters = make(map[uint32]string)
	}
	id := crc32.ChecksumIEEE([]byte(filter))%mostIdentifier + 1
	for s.filters[id] != "" && s.filters[id] != filter {
		id = id%mostIdentifier + 1
	}
	s.filters[id] = filter
	return int(id)
}

// filter is the filter with an identifier, empty when there is none.
func (s *identifiers) filter(id uint32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.filters[id]
}
