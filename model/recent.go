package model

import "slices"

// recent keeps the last messages whole, over all topics, bounded in number and
// in bytes.
type recent struct {
	ring  []Message // grows to most
	most  int
	head  int // the oldest
	n     int
	total uint64 // of all that were ever added
	bytes int    // of their topics, payloads and properties
	limit int
}

func newRecent(messages, bytes int) recent {
	return recent{most: messages, limit: bytes}
}

// add keeps a message under the given name of its topic. A payload for which the whole
// room is not enough is cut. The name counts too: nobody else keeps that of a topic that
// is not tracked.
func (r *recent) add(m *Message, topic string) {
	payload := m.Payload
	if most := max(r.limit-len(topic), 0); len(payload) > most {
		payload = slices.Clone(payload[:most])
	}
	bytes := len(topic) + len(payload) + m.Properties.Size()
	for r.n > 0 && (r.n == r.most || r.bytes+bytes > r.limit) {
		oldest := r.at(0)
		r.bytes -= len(oldest.Topic) + len(oldest.Payload) + oldest.Properties.Size()
		*oldest = Message{}
		if r.head++; r.head == len(r.ring) {
			r.head = 0
		}
		r.n--
	}
	if r.n == len(r.ring) {
		r.grow()
	}
	r.n++
	kept := r.at(r.n - 1)
	*kept = *m
	kept.Topic, kept.Payload = topic, payload
	r.total++
	r.bytes += bytes
}

// at is the i-th of the messages, the oldest being the first.
func (r *recent) at(i int) *Message {
	if i += r.head; i >= len(r.ring) {
		i -= len(r.ring)
	}
	return &r.ring[i]
}

// grow doubles the ring, which is full.
func (r *recent) grow() {
	ring := make([]Message, min(max(2*len(r.ring), 64), r.most))
	for i := range r.n {
		ring[i] = *r.at(i)
	}
	r.ring, r.head = ring, 0
}

// gone is how many messages were kept and no longer are.
func (r *recent) gone() uint64 { return r.total - uint64(r.n) }

// since returns a copy of the messages whose number is at least first, the
// oldest first. The newest has the number total.
func (r *recent) since(first uint64) []LogMessage {
	if first > r.total {
		return nil
	}
	n := min(int(r.total-first+1), r.n)
	messages := make([]LogMessage, n)
	for i := range messages {
		messages[i] = LogMessage{r.total - uint64(n-1-i), *r.at(r.n - n + i)}
	}
	return messages
}

// of returns the last messages of one topic, the newest first, at most n.
func (r *recent) of(topic string, n int) []Message {
	var found []Message
	for i := r.n - 1; i >= 0 && len(found) < n; i-- {
		if m := r.at(i); m.Topic == topic {
			found = append(found, *m)
		}
	}
	return found
}
