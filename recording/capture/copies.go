package capture

import (
	"hash/maphash"
	"time"
)

// The bounds of telling copies from messages.
const (
	// maxLag is how long after a message its copy may come.
	maxLag = 10 * time.Second
	// maxRecent is how many messages of a topic are remembered.
	maxRecent = 1024
	// maxRemembered bounds the bytes of all that is remembered, about; all is
	// forgotten when more would not fit.
	maxRemembered = 32 << 20
)

// topics tells the copies of messages, which the broker sends to its subscribers, from
// messages that are new. Those of a topic are numbered; a subscriber gets them in their
// order, so that each one stands for one message only.
type topics struct {
	all    map[string]*topic
	bytes  int
	hashes maphash.Seed
}

// topic is what is remembered of a topic.
type topic struct {
	name   string
	recent []original
	first  uint64 // the number of recent[0]
	last   uint64 // the hash of the last payload, for one that was stored
	known  bool   // there was one
	// seen is, by a connection, the number after that of the last message of others
	// that it was sent.
	seen map[uint64]uint64
}

// original is a message, not a copy.
type original struct {
	hash uint64
	from uint64 // the connection that it came in
	at   time.Time
}

func newTopics() topics { return topics{all: map[string]*topic{}, hashes: maphash.MakeSeed()} }

// of is what is remembered of a topic.
func (ts *topics) of(name []byte) *topic {
	const aTopic = 250
	if t := ts.all[string(name)]; t != nil {
		return t
	}
	ts.grow(aTopic + len(name))
	t := &topic{name: string(name)}
	ts.all[t.name] = t
	return t
}

// grow makes room for more.
func (ts *topics) grow(n int) {
	if ts.bytes+n > maxRemembered {
		clear(ts.all)
		ts.bytes = 0
	}
	ts.bytes += n
}

// isCopy says whether a message of a connection repeats one that counted. If not, it
// is one from now on.
func (ts *topics) isCopy(m *message, connection uint64) bool {
	const anOriginal, aPlace = 48, 40
	hash := maphash.Bytes(ts.hashes, m.Payload)
	t := m.topic
	t.forget(m.Time)
	after, seen := t.seen[connection]
	copied := false
	switch {
	case !m.fromBroker:
	case m.Retained && !seen:
		copied = t.known && t.last == hash
	default:
		var place uint64
		if place, copied = t.find(hash, after, connection); copied {
			after = place + 1
		}
	}
	if !copied {
		t.last, t.known = hash, true
		t.recent = append(t.recent, original{hash, connection, m.Time})
		ts.grow(anOriginal)
	}
	if !m.fromBroker {
		return false
	}
	if !seen {
		ts.grow(aPlace)
	}
	if t.seen == nil {
		t.seen = map[uint64]uint64{}
	}
	t.seen[connection] = after
	return copied
}

// forget forgets what is too old to be copied.
func (t *topic) forget(now time.Time) {
	n := max(0, len(t.recent)-maxRecent)
	for n < len(t.recent) && now.Sub(t.recent[n].at) > maxLag {
		n++
	}
	t.recent = t.recent[n:]
	t.first += uint64(n)
}

// find finds the first message of others with a payload among those from a number on.
func (t *topic) find(hash, from, connection uint64) (number uint64, ok bool) {
	for i := max(from, t.first) - t.first; i < uint64(len(t.recent)); i++ {
		if o := &t.recent[i]; o.hash == hash && o.from != connection {
			return t.first + i, true
		}
	}
	return 0, false
}
