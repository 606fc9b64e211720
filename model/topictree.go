package model

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// The tree of topics is never built. The rules are:
//
//   - A viewer keeps the topics sorted level by level, so that all below a place of the
//     tree stand together, and a place is a part of that list.
//   - Of the tree only the rows are kept that are not folded away. They are made anew
//     when something was opened or folded, when the filter has changed, and when there
//     are new topics, of many at most once a second.
//   - Levels with one way to go make one row, so that there are fewer than two rows a
//     topic, however many levels they have.
//   - A message costs the tree nothing. What a place has in all is added up once a
//     second, from the topics below it.

// deepest is how far rows are indented; what is deeper makes one row a topic.
const deepest = 64

// TopicQuery asks for the rows of the tree of topics that fit on a screen.
type TopicQuery struct {
	// Filter is a text that topics contain, letter case ignored, or an MQTT topic filter
	// with wildcards.
	Filter string
	// Opened are the places that are open, or with OpenAll those that are folded, by
	// their paths. It is never changed once it was handed over.
	Opened  map[string]bool
	OpenAll bool
	// Version changes whenever one of the above does.
	Version uint64
	// Cursor is the path of the chosen row; Move is how many rows the cursor moves from
	// there, down when positive.
	Cursor string
	Move   int
	// Top is the first visible row of the last page, Height how many fit.
	Top, Height int
}

// TopicRow is one row of the tree: a place, a topic, or both.
type TopicRow struct {
	// Path is the topic down to here, Label what of it the row above does not say.
	Path, Label string
	Depth       int
	// Inner says that there are topics below it, Open that they are shown.
	Inner, Open bool
	// Topics, Count and PerSec are of all topics from here on down: how many, what came
	// on them, and how many messages a second.
	Topics int
	Count  uint64
	PerSec float64
	// Last is the last message on the topic of this path, its payload perhaps cut; nil
	// when it is no topic.
	Last *Message
}

// TopicPage is what a viewer shows of the tree: a copy that belongs to the viewer.
type TopicPage struct {
	Rows []TopicRow
	// Top is the first row's place among the Total rows that are not folded away,
	// Cursor that of Path's row, -1 when there is none.
	Top, Total, Cursor int
	Path               string
	// Topics is how many topics match, Known how many there are.
	Topics, Known int
	// Last is the last message on the topic of the cursor, as whole as it is kept, and
	// Key its first metric; nil and zero when there is none.
	Last   *Message
	Key    Key
	Status Status
}

// TopicView is one viewer's tree of topics. It belongs to one goroutine at a time; the
// store that it reads is shared.
type TopicView struct {
	store    *Store
	restored uint64
	sorted   []*topicState // all of them, by their levels
	layout   uint64        // the store's, of sorted
	topics   []*topicState // those that match
	rows     []topicRow
	built    bool
	version  uint64
	builtAt  time.Duration // on the store's clock
	sums     topicSums     // of topics
}

// topicRow is a row: n topics from first on. Its path is the first end bytes of their
// names, its label begins at from.
type topicRow struct {
	first, n  uint32
	from, end uint16
	depth     uint8
	open      bool
}

// NewTopicView makes a view.
func NewTopicView(s *Store) *TopicView { return &TopicView{store: s} }

func (v *TopicView) path(r *topicRow) string { return v.topics[r.first].name[:r.end] }

// topic is the topic whose name is the row's path, nil when there is none.
func (v *TopicView) topic(r *topicRow) *topicState {
	if t := v.topics[r.first]; len(t.name) == int(r.end) {
		return t
	}
	return nil
}

// inner says whether topics are below the row.
func (v *TopicView) inner(r *topicRow) bool { return r.n > 1 || v.topic(r) == nil }

// Read makes the page that q asks for. It may be called by the goroutine that owns the
// view.
func (v *TopicView) Read(q TopicQuery) TopicPage {
	for {
		if p, ok := v.read(&q); ok {
			return p
		}
	}
}

// read makes the page, unless the store was restored meanwhile.
func (v *TopicView) read(q *TopicQuery) (p TopicPage, ok bool) {
	v.rebuild(q)
	height := clamp(q.Height, 0, len(v.rows))
	cursor := -1
	if n := len(v.rows); n > 0 {
		cursor = clamp(v.find(q.Cursor)+clamp(q.Move, -n, n), 0, n-1)
	}
	visible := max(height, 1)
	top := clamp(clamp(q.Top, cursor-visible+1, cursor), 0, max(len(v.rows)-visible, 0))
	p = TopicPage{Top: top, Total: len(v.rows), Cursor: cursor, Topics: len(v.topics), Known: len(v.sorted)}

	s := v.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if v.restored != s.restored {
		return TopicPage{}, false
	}
	p.Status = s.status()
	p.Rows = make([]TopicRow, 0, height)
	for i := top; i < top+height; i++ {
		p.Rows = append(p.Rows, v.copyRow(&v.rows[i]))
	}
	if cursor >= 0 {
		r := &v.rows[cursor]
		p.Path = v.path(r)
		if t := v.topic(r); t != nil {
			p.Last, p.Key = s.lastOf(t), t.firstKey()
		}
	}
	return p, true
}

// shownBytes is how much of a payload a row gets.
const shownBytes = 4 << 10

func (v *TopicView) copyRow(r *topicRow) TopicRow {
	path := v.path(r)
	row := TopicRow{
		Path: path, Label: path[r.from:], Depth: int(r.depth), Inner: v.inner(r), Open: r.open, Topics: int(r.n),
	}
	all := v.sums.of(int(r.first), int(r.first+r.n))
	row.Count, row.PerSec = all.count, all.perSec
	t := v.topic(r)
	if t == nil {
		return row
	}
	row.Last = &Message{
		Topic: path, Payload: slices.Clone(t.payload[:min(len(t.payload), shownBytes)]), Size: int(t.size), Time: stamp(t.at),
		QoS: t.flags.qos(), Retained: t.flags.retained(), Dup: t.flags.dup(),
	}
	return row
}

// lastOf is the last message on a topic, whole where it is kept so.
func (s *Store) lastOf(t *topicState) *Message {
	if whole := s.recent.of(t.name, 1); len(whole) > 0 {
		return &whole[0]
	}
	last := t.last()
	return &last
}

// firstKey names the topic's first metric; zero when it has none.
func (t *topicState) firstKey() Key {
	if t.device == nil || len(t.metrics) == 0 {
		return Key{}
	}
	return Key{Device: t.device.id, Topic: t.name, Path: t.metrics[0].path}
}

// find is the row of a path, or the nearest one that is shown: the place that it is
// folded away in, or what stands where it would.
func (v *TopicView) find(path string) int {
	i := sort.Search(len(v.rows), func(i int) bool { return compareTopics(v.path(&v.rows[i]), path) >= 0 })
	if i < len(v.rows) && v.path(&v.rows[i]) == path {
		return i
	}
	for above := i - 1; above >= 0; above-- {
		if Below(path, v.path(&v.rows[above])) {
			return above
		}
		if v.rows[above].depth == 0 {
			break
		}
	}
	return i
}

// rebuild makes anew what has changed.
func (v *TopicView) rebuild(q *TopicQuery) {
	s := v.store
	s.mu.RLock()
	devices, commands, layout, restored, now := s.devices, s.commands, s.layout, s.restored, time.Duration(s.now)
	s.mu.RUnlock()
	if restored != v.restored {
		*v = TopicView{store: s, restored: restored}
	}
	due := now-v.builtAt >= time.Second || now < v.builtAt
	grown := !v.built || layout != v.layout && (len(v.sorted) <= manyDevices || due)
	if grown {
		v.layout = layout
		v.take(devices, commands)
	}
	if grown || q.Version != v.version {
		v.built, v.version, v.builtAt = true, q.Version, now
		v.choose(q.Filter)
		v.rows = v.rows[:0]
		v.grow(q, 0, len(v.topics), 0, 0)
		v.sums = topicSums{store: s, topics: v.topics, before: v.sums.before[:0]}
	}
	v.sums.add(now)
}

// take takes the topics anew.
func (v *TopicView) take(devices []*device, commands []*topicState) {
	v.sorted = v.sorted[:0]
	for chunk := range slices.Chunk(devices, chunkDevices) {
		v.store.reading(func() {
			for _, d := range chunk {
				for _, m := range d.metrics {
					if m == m.topic.metrics[0] {
						v.sorted = append(v.sorted, m.topic)
					}
				}
			}
		})
	}
	v.sorted = append(v.sorted, commands...)
	slices.SortFunc(v.sorted, func(a, b *topicState) int { return compareTopics(a.name, b.name) })
}

// choose takes the topics that match a filter.
func (v *TopicView) choose(filter string) {
	if filter == "" {
		v.topics = v.sorted
		return
	}
	match := newMatcher(filter)
	v.topics = nil
	for _, t := range v.sorted {
		if match.topic(t.name) {
			v.topics = append(v.topics, t)
		}
	}
}

// grow adds the rows of the topics from first to last, which have the same beginning of
// so many bytes.
func (v *TopicView) grow(q *TopicQuery, first, last, from, depth int) {
	for first < last {
		name := v.topics[first].name
		end := len(name)
		next := first + 1
		if depth < deepest-1 {
			end = levelEnd(name, from)
			next = v.until(first, last, name[:end])
			for end < len(name) {
				further := levelEnd(name, end+1)
				if !Below(v.topics[next-1].name, name[:further]) {
					break
				}
				end = further
			}
		}
		r := topicRow{first: uint32(first), n: uint32(next - first), from: uint16(from), end: uint16(end), depth: uint8(depth)}
		inner := v.inner(&r)
		r.open = inner && q.Opened[name[:end]] != q.OpenAll
		v.rows = append(v.rows, r)
		if r.open {
			if v.topic(&r) != nil {
				first++
			}
			v.grow(q, first, next, end+1, depth+1)
		}
		first = next
	}
}

// levelEnd is where the level that begins at from ends.
func levelEnd(name string, from int) int {
	if i := strings.IndexByte(name[from:], '/'); i >= 0 {
		return from + i
	}
	return len(name)
}

// until is the first of the topics from first to last that is not below a place.
func (v *TopicView) until(first, last int, place string) int {
	step := 1
	for first+step < last && Below(v.topics[first+step].name, place) {
		first += step
		step *= 2
	}
	n := min(step, last-first)
	return first + sort.Search(n, func(i int) bool { return !Below(v.topics[first+i].name, place) })
}

// compareTopics orders topics level by level, the broker's own last.
func compareTopics(a, b string) int {
	if c := compareBool(strings.HasPrefix(a, "$"), strings.HasPrefix(b, "$")); c != 0 {
		return c
	}
	for {
		levelA, restA, moreA := strings.Cut(a, "/")
		levelB, restB, moreB := strings.Cut(b, "/")
		if c := cmp.Or(compareNatural(levelA, levelB), compareBool(moreA, moreB)); c != 0 || !moreA {
			return c
		}
		a, b = restA, restB
	}
}
