package recording

import (
	"encoding/binary"
	"io"
	"slices"
	"time"

	"labtop/model"
)

// rewindReader reads a buffer from a segment on, up to what was received last, and then what
// comes. Where a segment begins it tells the sketch of it.
type rewindReader struct {
	buffer  *Rewind
	segment *segment
	sketch  func(*segment) model.Checkpoint
	begun   bool // the sketch was told
	// What of the segment was seen last: all that is there does not change.
	topics     []string
	properties []*model.Properties
	events     []Entry
	number     int    // of the block
	read       int    // bytes of it
	block      []byte // what is left of them
	last       int64
}

// newest is the number of the last segment.
func (t *Rewind) newest() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.segments) == 0 {
		return 0
	}
	return t.segments[len(t.segments)-1].number
}

// segmentAt is the last segment that begins at or before a moment, or the first there
// is; nil when there is none.
func (t *Rewind) segmentAt(moment time.Time) *segment {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.segments) == 0 {
		return nil
	}
	i, found := slices.BinarySearchFunc(t.segments, moment, func(s *segment, m time.Time) int { return s.moment.Compare(m) })
	if !found {
		i--
	}
	return t.segments[max(i, 0)]
}

// Next reads the next entry; io.EOF says that nothing more has come so far.
func (r *rewindReader) Next(e *Entry) error {
	if !r.begun {
		r.begun, r.last = true, r.segment.start.UnixNano()
		sketch := r.sketch(r.segment)
		*e = Entry{Kind: SketchEntry, Time: r.segment.start, Sketch: &sketch}
		return nil
	}
	if len(r.block) == 0 && !r.more() {
		return io.EOF
	}
	if !r.begun {
		return r.Next(e)
	}
	r.entry(e)
	return nil
}

// more takes what is new of the segment, or begins the next one.
func (r *rewindReader) more() bool {
	t, s := r.buffer, r.segment
	t.mu.Lock()
	defer t.mu.Unlock()
	for ; r.number < len(s.blocks); r.number, r.read = r.number+1, 0 {
		if block := s.blocks[r.number]; len(block) > r.read {
			r.block, r.read = block[r.read:], len(block)
			r.topics, r.properties, r.events = s.topics, s.properties, s.events
			return true
		}
		if r.number == len(s.blocks)-1 {
			break // it may grow
		}
	}
	for _, next := range t.segments {
		if next.number > s.number {
			*r = rewindReader{buffer: t, segment: next, sketch: r.sketch}
			return true
		}
	}
	return false
}

// entry takes one entry from the block. The payload is the buffer's own.
func (r *rewindReader) entry(e *Entry) {
	head := r.block[0]
	r.block = r.block[1:]
	if head&keptEvent != 0 {
		*e = r.events[r.uvarint()]
		return
	}
	topic := r.topics[r.uvarint()]
	since, n := binary.Varint(r.block)
	r.block = r.block[n:]
	r.last += since
	var properties *model.Properties
	if head&keptProperties != 0 {
		properties = r.properties[r.uvarint()]
	}
	length := int(r.uvarint())
	size := length
	if head&keptCut != 0 {
		size = int(r.uvarint())
	}
	at := time.Unix(0, r.last)
	*e = Entry{Kind: MessageEntry, Time: at, Message: model.Message{
		Topic: topic, Payload: r.block[:length:length], Size: size, Time: at,
		QoS: head & 3, Retained: head&keptRetained != 0, Dup: head&keptDup != 0, Properties: properties,
	}}
	r.block = r.block[length:]
}

func (r *rewindReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.block)
	r.block = r.block[n:]
	return v
}
