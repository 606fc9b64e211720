package recording

import (
	"encoding/binary"
	"strings"
	"time"
	"unsafe"

	"labtop/model"
)

// segment is a stretch of a buffer. What is in it never changes; the last one of a buffer
// grows, under the buffer's lock. A message is written as
//
//	flags, topic, time since the one before, place among the properties when there are any,
//	payload's length, its true size when cut, payload
//
// with numbers as in encoding/binary, and anything else as a byte that no message begins
// with, and its place among the events.
type segment struct {
	sketch model.Checkpoint // of the lab before what is in it
	number uint64           // of the segment, from 1
	first  uint64           // how many entries there were before,
	before uint64           // and how many messages among them
	moment time.Time        // its beginning, on the clock of the buffer's
	start  time.Time        // and on the clock then

	blocks         [][]byte
	events         []Entry
	topics         []string
	places         map[string]uint64 // of the topics
	properties     []*model.Properties
	propertyPlaces map[*model.Properties]uint64
	last           int64 // the time of the last message, in nanoseconds
	messages       uint64
	density        density
	bytes          int // of all of it
	empty          int // of it without anything in it
}

const (
	// blockBytes is the size of a block, but for a message that is larger.
	blockBytes = 16 << 10
	// mostHead is how much a message takes at most, its payload and properties apart.
	mostHead = 1 + 4*binary.MaxVarintLen64
	// topicBytes is about what the list of topics needs for one, its text apart, and
	// propertiesBytes what that of the properties does.
	topicBytes      = 64
	propertiesBytes = 64
)

// What a message begins with: its QoS and these.
const (
	keptRetained = 1 << (2 + iota)
	keptDup
	keptCut
	keptEvent
	keptProperties
)

// densityBytes is the most that a density needs.
const densityBytes = 8 * mostStretches

// room makes room for n bytes in the last block.
func (s *segment) room(n int) *[]byte {
	if last := len(s.blocks) - 1; last >= 0 && cap(s.blocks[last])-len(s.blocks[last]) >= n {
		return &s.blocks[last]
	}
	s.blocks = append(s.blocks, make([]byte, 0, max(blockBytes, n)))
	s.bytes += max(blockBytes, n)
	return &s.blocks[len(s.blocks)-1]
}

func (s *segment) message(m *model.Message) {
	place, known := s.places[m.Topic]
	if !known {
		topic := strings.Clone(m.Topic) // it may be part of something large
		place = uint64(len(s.topics))
		s.topics, s.places[topic] = append(s.topics, topic), place
		s.bytes += topicBytes + len(topic)
	}
	head := m.QoS & 3
	if m.Retained {
		head |= keptRetained
	}
	if m.Dup {
		head |= keptDup
	}
	if m.Truncated() {
		head |= keptCut
	}
	need := mostHead + len(m.Payload)
	if m.Properties != nil {
		head |= keptProperties
		need += binary.MaxVarintLen64
	}
	at := m.Time.UnixNano()
	block := s.room(need)
	b := append(*block, head)
	b = binary.AppendUvarint(b, place)
	b = binary.AppendVarint(b, at-s.last)
	if m.Properties != nil {
		b = binary.AppendUvarint(b, s.placeOf(m.Properties))
	}
	b = binary.AppendUvarint(b, uint64(len(m.Payload)))
	if m.Truncated() {
		b = binary.AppendUvarint(b, uint64(m.Size))
	}
	*block, s.last = append(b, m.Payload...), at
}

// placeOf is the place of properties, which are those of many messages or of one.
func (s *segment) placeOf(p *model.Properties) uint64 {
	place, known := s.propertyPlaces[p]
	if !known {
		place = uint64(len(s.properties))
		s.properties = append(s.properties, p)
		if s.propertyPlaces == nil {
			s.propertyPlaces = map[*model.Properties]uint64{}
		}
		s.propertyPlaces[p] = place
		s.bytes += propertiesBytes + p.Size()
	}
	return place
}

// event puts in what is no message.
func (s *segment) event(e Entry) {
	block := s.room(mostHead)
	*block = binary.AppendUvarint(append(*block, keptEvent), uint64(len(s.events)))
	s.events = append(s.events, e)
	s.bytes += int(unsafe.Sizeof(e))
}
