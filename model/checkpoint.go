package model

import (
	"maps"
	"slices"
	"time"
	"unsafe"
)

// Checkpoint is all that a store knew at one moment, and its watcher. Nobody changes
// it; any goroutine may restore it, in the store that it is from or in another one.
type Checkpoint struct {
	facts     *facts
	histories *facts // where the histories come from; nil for the facts themselves
	watcher   any
	bytes     int
}

// Size is roughly how much memory the checkpoint holds, in bytes. The names of topics
// and the payloads that the store still keeps are shared with it; the payloads count,
// for the store forgets them.
func (c Checkpoint) Size() int { return c.bytes }

// Checkpoint copies all that later messages can change. It takes as long as it has to
// copy: see BenchmarkCheckpoint. Owner goroutine only.
func (s *Store) Checkpoint() Checkpoint { return s.checkpoint((*copier).history) }

// Sketch is a checkpoint without the histories, which are most of what there is and
// seldom differ from what the store still has later: see [Checkpoint.WithHistory]. Owner
// goroutine only.
func (s *Store) Sketch() Checkpoint { return s.checkpoint(noHistory) }

// SketchSize is about how large a Sketch of the store would be now, in bytes, its
// watcher apart. Owner goroutine only.
func (s *Store) SketchSize() int {
	const pointers, lists = 8, 32 // with the places in indexes
	return s.topics.n*int(unsafe.Sizeof(topicState{})+unsafe.Sizeof(pace{})+decoderBytes+lists) +
		s.metrics*int(unsafe.Sizeof(metric{})+pointers) + len(s.devices)*int(unsafe.Sizeof(device{})+lists) +
		len(s.recent.ring)*int(unsafe.Sizeof(Message{})) + s.recent.bytes + s.limits.TextBytes - int(s.texts.left)
}

// WithHistory is a sketch with the histories of a later checkpoint, as far as they go
// back: what had come by the time of the sketch, as finely as the later one knows it.
func (c Checkpoint) WithHistory(later Checkpoint) Checkpoint {
	c.histories = later.facts
	return c
}

func (s *Store) checkpoint(history copyHistory) Checkpoint {
	var c Checkpoint
	c.facts, c.bytes = s.copied(history)
	if s.watcher != nil {
		watcher, bytes := s.watcher.Checkpoint()
		c.watcher, c.bytes = watcher, c.bytes+bytes
	}
	return c
}

// Restore makes the store, and its watcher, what they were at the checkpoint, which
// must be of a store with the same limits, decoders and rules. For viewers it is one
// change. Owner goroutine only.
func (s *Store) Restore(c Checkpoint) {
	history := (*copier).history
	if c.histories != nil {
		history = c.earlierHistory
	}
	facts, _ := c.facts.copied(history)
	if c.histories != nil {
		facts.memory.left = s.limits.HistoryBytes - facts.historyBytes()
	}
	if s.watcher != nil {
		s.watcher.Restore(c.watcher)
	}
	s.writing(func() {
		s.facts = *facts
		s.restored++
	})
}

// copier copies facts. The rules are:
//
//   - A struct is copied whole, so that a number that is added to it is not forgotten.
//     What it points to is copied too, unless nobody ever changes it: names, payloads
//     of whole messages, connections and their losses, a source's pings.
//   - The copies of topics and devices are found by their names, those of metrics by
//     their places in their topics.
//   - A ring of readings keeps the room that it had, for that is part of its state, and
//     so do the buckets and the texts.
type copier struct {
	to   facts
	from copyHistory
	sets map[*filterSet]*filterSet
	rooms
	paces   room[pace]
	lists   room[*metric]
	voices  room[*topicState]
	points  room[point]
	pasts   room[past]
	buckets room[bucket]
	texts   room[byte]
	shared  int // bytes of what the store has too, until it changes it
}

// decoderBytes is about what a decoder needs.
const decoderBytes = 64

// copied returns a copy that shares nothing that changes, and its size in bytes.
func (f *facts) copied(from copyHistory) (*facts, int) {
	c := copier{to: *f, from: from, sets: make(map[*filterSet]*filterSet)}
	c.copyFilters()
	c.to.byID = f.byID.copied(c.devices.one)
	c.to.topics = f.topics.copied(c.topic)
	c.to.commands = make([]*topicState, len(f.commands))
	for i, t := range f.commands {
		c.to.commands[i] = c.to.topics.find(t.name)
	}
	c.to.devices = slices.Clone(f.devices)
	for i, d := range f.devices {
		c.to.devices[i] = c.fillDevice(d)
	}
	c.to.added = make(map[*device][]*metric, len(f.added))
	for d, metrics := range f.added {
		c.to.added[c.to.byID.find(d.id)] = c.list(metrics)
	}
	c.to.units = units{names: slices.Clone(f.units.names), places: maps.Clone(f.units.places)}
	c.to.recent.ring = slices.Clone(f.recent.ring)
	c.to.broker, c.to.figures = f.broker.Copy(), maps.Clone(f.figures)
	return &c.to, c.bytes()
}

// bytes is about what the copy needs.
func (c *copier) bytes() int {
	const pointer = int(unsafe.Sizeof(uintptr(0)))
	n := len(c.to.topics.slots) + len(c.to.byID.slots) + len(c.to.devices)
	n = n*pointer + len(c.to.recent.ring)*int(unsafe.Sizeof(Message{})) + c.to.recent.bytes + c.to.topics.n*decoderBytes
	return n + c.shared + c.topics.bytes + c.paces.bytes + c.devices.bytes + c.metrics.bytes + c.lists.bytes + c.voices.bytes +
		c.points.bytes + c.pasts.bytes + c.buckets.bytes + c.texts.bytes
}

func (c *copier) copyFilters() {
	f := &c.to.filters
	f.key = nil
	f.sets = maps.Clone(f.sets)
	for key, set := range f.sets {
		n := *set // its places never change
		f.sets[key], c.sets[set] = &n, &n
	}
}

func (c *copier) topic(t *topicState) *topicState {
	n := c.topics.one(t)
	n.decoder = t.decoder.Copy()
	if t.pace != nil {
		n.pace = c.paces.one(t.pace)
	}
	if t.device != nil {
		n.device = c.to.byID.find(t.device.id)
	}
	n.metrics = c.lists.copy(slices.Clip(t.metrics))
	for i, m := range n.metrics {
		n.metrics[i] = c.metric(m, n)
	}
	if t.places != nil {
		n.indexPlaces()
	}
	n.matched = c.sets[t.matched]
	n.payload = c.texts.copy(t.payload)
	c.shared += t.properties.Size()
	return n
}

func (c *copier) metric(m *metric, t *topicState) *metric {
	n := c.metrics.one(m)
	n.topic = t
	n.raw = c.texts.copy(m.raw)
	n.history = c.from(c, m)
	return n
}

// copyHistory makes the history of a metric's copy.
type copyHistory func(c *copier, m *metric) history

func (c *copier) history(m *metric) history {
	n := m.history
	n.ring = c.points.copy(n.ring)
	if n.past != nil {
		n.past = c.past(n.past)
	}
	return n
}

// past copies what fell out of a ring. It is most of what there is, and hardly changes:
// a checkpoint has the buckets of the store, but for the newest, which still grows.
func (c *copier) past(p *past) *past {
	n := c.pasts.one(p)
	n.fixed = 0
	switch last := len(p.buckets) - 1; {
	case p.room > 0: // from a checkpoint
		n.buckets = append(append(c.buckets.take(p.room)[:0], p.buckets...), p.newest)
		n.newest, n.room = bucket{}, 0
	case last >= 0:
		n.buckets, n.newest, n.room = p.buckets[:last:last], p.buckets[last], cap(p.buckets)
		c.shared += (last - p.fixed) * bucketSize
		p.fixed = last
	}
	return n
}

func noHistory(*copier, *metric) history { return history{} }

// earlierHistory takes a history from the later checkpoint, on the clock of this one.
func (c Checkpoint) earlierHistory(_ *copier, m *metric) history {
	t := c.histories.topics.find(m.topic.name)
	if t == nil {
		return history{}
	}
	i := slices.IndexFunc(t.metrics, func(o *metric) bool { return o.path == m.path })
	if i < 0 {
		return history{}
	}
	return t.metrics[i].history.until(c.facts.now, time.Duration(c.histories.shifted-c.facts.shifted))
}

// historyBytes is how much memory all histories have taken.
func (f *facts) historyBytes() (bytes int64) {
	for t := range f.topics.all {
		for _, m := range t.metrics {
			bytes += int64(cap(m.history.ring))*pointSize + int64(cap(m.history.buckets()))*bucketSize
		}
	}
	return bytes
}

// fillDevice gives the copy of a device, which is in its place, what it points to.
func (c *copier) fillDevice(d *device) *device {
	n := c.to.byID.find(d.id)
	n.metrics = c.list(d.metrics)
	n.voices = c.voices.copy(slices.Clip(d.voices))
	for i, t := range n.voices {
		n.voices[i] = c.to.topics.find(t.name)
	}
	return n
}

// list returns the copies of some metrics.
func (c *copier) list(metrics []*metric) []*metric {
	copies := c.lists.copy(slices.Clip(metrics))
	for i, m := range copies {
		t := c.to.topics.find(m.topic.name)
		if t.places != nil {
			copies[i] = t.places[m.path]
		} else {
			copies[i] = t.metrics[slices.Index(m.topic.metrics, m)]
		}
	}
	return copies
}
