package model

import "slices"

// recent keeps the last messages whole, over all topics, bounded in number and
// in bytes.
type recent struct {
	ring  []Message
	head  int // the oldest
	n     int
	bytes int // payload bytes held
	limit int
}

func newRecent(messages, bytes int) recent {
	return recent{ring: make([]Message, messages), limit: bytes}
}

// add keeps a message under the given name of its topic. A payload larger than
// the whole room is cut.
func (r *recent) add(m *Message, topic string) {
	payload := m.Payload
	if len(payload) > r.limit {
		payload = slices.Clone(payload[:r.limit])
	}
	for r.n > 0 && (r.n == len(r.ring) || r.bytes+len(payload) > r.limit) {
		oldest := &r.ring[r.head]
		r.bytes -= len(oldest.Payload)
		*oldest = Message{}
		if r.head++; r.head == len(r.ring) {
			r.head = 0
		}
		r.n--
	}
	i := r.head + r.n
	if i >= len(r.ring) {
		i -= len(r.ring)
	}
	kept := &r.ring[i]
	*kept = *m
	kept.Topic, kept.Payload = topic, payload
	r.n++
	r.bytes += len(payload)
}

// of returns the last messages of one topic, the newest first, at most n.
func (r *recent) of(topic string, n int) []Message {
	var found []Message
	for i := r.n - 1; i >= 0 && len(found) < n; i-- {
		if m := &r.ring[(r.head+i)%len(r.ring)]; m.Topic == topic {
			found = append(found, *m)
		}
	}
	return found
}
