package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"labtop/model"
)

// known is the last message on each topic, of all that a recording was given, and where
// that one was stored, the last that was said, or the other way round: what each of its
// files but the first begins with. So it is known when a device was seen last, and whether
// the broker has a message to clear. A topic for which there is no room is not in it, so that
// what is in it is the last word. It belongs to the recorder's goroutine.
type known struct {
	topics  map[string]*lastMessage
	bytes   int           // of topics, payloads and properties
	given   uint64        // messages so far
	left    uint64        // of them those that found no room
	shifted time.Duration // by how much the clock was set so far
}

// lastMessage is the last one on a topic. Its time is on the clock of the recording's start.
type lastMessage struct {
	model.Message
	number uint64       // of all messages
	other  *lastMessage // the one before it that was stored, if it was not, or the other way round
}

// The bounds of what is known.
const (
	// knownTopics is how many topics a lab has that is tracked as a whole.
	knownTopics = 250_000
	// knownPayload is how much of a payload is kept: more of it nobody reads as JSON.
	knownPayload = 64 << 10
	knownBytes   = 32 << 20
)

func newKnown() *known { return &known{topics: map[string]*lastMessage{}} }

// take takes in a message, and keeps its payload.
func (k *known) take(m *model.Message) {
	k.given++
	last := k.topics[m.Topic]
	k.bytes -= last.bytes()
	switch {
	case last == nil:
		last = new(lastMessage)
		last.Topic = strings.Clone(m.Topic) // it may be part of something large
	case last.Retained != m.Retained:
		last = last.turned()
	}
	topic := last.Topic
	k.topics[topic] = last
	last.Message, last.number = *m, k.given
	last.Topic, last.Known, last.Time = topic, true, m.Time.Add(-k.shifted)
	if len(m.Payload) > knownPayload {
		last.Payload = slices.Clone(m.Payload[:knownPayload])
	}
	if k.bytes += last.bytes(); k.bytes > knownBytes || len(k.topics) > knownTopics {
		k.left++
		k.bytes -= last.bytes()
		delete(k.topics, topic)
	}
}

// turned is the last message of the other kind, which is to be filled, with m before it.
func (m *lastMessage) turned() *lastMessage {
	other := m.other
	if other == nil {
		other = new(lastMessage)
	}
	other.Topic, other.other, m.other = m.Topic, m, nil
	return other
}

// bytes is how many are kept of it and of the other one; 0 for none.
func (m *lastMessage) bytes() int {
	if m == nil {
		return 0
	}
	return len(m.Topic) + len(m.Payload) + m.Properties.Size() + m.other.bytes()
}

// tell writes what is known at a time, in the order in which it came, and how much is not.
func (k *known) tell(w *Writer, at time.Time) error {
	all := make([]*lastMessage, 0, len(k.topics))
	for _, last := range k.topics {
		for ; last != nil; last = last.other {
			all = append(all, last)
		}
	}
	slices.SortFunc(all, func(a, b *lastMessage) int { return cmp.Compare(a.number, b.number) })
	for _, last := range all {
		m := last.Message
		m.Time = m.Time.Add(k.shifted)
		if err := w.Known(at, &m); err != nil {
			return err
		}
	}
	if k.left == 0 {
		return nil
	}
	return w.Note(at, fmt.Sprintf("not all that was known is at the start of this file: %d messages before it were on topics for which there was no room", k.left))
}
