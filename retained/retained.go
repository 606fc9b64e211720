// Package retained knows what a broker keeps: the retained messages, and which of them a
// device has left there.
//
// The contract: it is pure. Whoever asks a broker hands the messages over with
// [Kept.Add], one goroutine at a time; what is made of them afterwards may be read by
// anybody.
package retained

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"labtop/model"
	"labtop/model/decode"
)

const (
	// DefaultMost is how many topics are looked at unless somebody says otherwise.
	DefaultMost = 250_000
	// beginning is how many bytes of a payload are kept, of an announcement all that
	// can be read; mostBytes bounds them together.
	beginning = 200
	mostBytes = 64 << 20
)

// Message is a message that a broker keeps.
type Message struct {
	Topic string
	// Payload is its beginning, byte for byte, Size its true length.
	Payload []byte
	Size    int
	// QoS is the one that it was published with, when Exact says that it is known.
	QoS   byte
	Exact bool
	// Written is when it was published by what its payload says; zero when it does not
	// say it.
	Written time.Time
}

// Kept are messages that a broker keeps. The zero value is ready to use.
type Kept struct {
	// Most is how many topics are taken; 0 means DefaultMost.
	Most int
	// More counts the messages that there was no room for.
	More int

	byTopic map[string]*Message
	bytes   int
}

// Add takes a message in. Of a topic the last counts; exact says that its QoS is the one
// that it was published with.
func (k *Kept) Add(m *model.Message, exact bool) {
	old := k.byTopic[m.Topic]
	if old != nil && exact {
		old.QoS, old.Exact = m.QoS, true
		return
	}
	n := len(m.Payload)
	if n > decode.MaxRead || !announces(m.Topic) {
		n = min(n, beginning)
	}
	if old != nil {
		k.bytes -= len(old.Payload)
	} else if len(k.byTopic) >= cmp.Or(k.Most, DefaultMost) || k.bytes+n > mostBytes {
		k.More++
		return
	}
	if k.byTopic == nil {
		k.byTopic = map[string]*Message{}
	}
	k.bytes += n
	k.byTopic[m.Topic] = &Message{
		Topic: m.Topic, Payload: bytes.Clone(m.Payload[:n]), Size: m.Size, QoS: m.QoS, Exact: exact,
		Written: decode.Written(m.Payload, m.Time),
	}
}

// Messages are all of them, by topic.
func (k *Kept) Messages() []Message {
	all := make([]Message, 0, len(k.byTopic))
	for _, m := range k.byTopic {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Message) int { return strings.Compare(a.Topic, b.Topic) })
	return all
}
