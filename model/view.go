package model

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sort"
	"time"
	"unicode"
	"unicode/utf8"
)

// View is one viewer's sorted and filtered list of lines. It belongs to one
// goroutine at a time; the store that it reads is shared.
type View struct {
	store   *Store
	system  bool
	seed    maphash.Seed
	built   bool
	entries []entry
	lines   int

	order   Order
	layout  uint64
	builtAt time.Duration // on the store's clock
	// restored is the store's: the entries are of that state and of no other.
	restored uint64
	version  uint64 // of order, as the caller counts it
	cursor   int    // its line at the last read, -1 when there was none
	offset   int    // and that line's place in its device
}

// entry is a device in the list; its lines start at line and end where those of the next
// one start. There may be very many.
type entry struct {
	device  *device
	metrics []*metric
	key     float64 // for sorting; small first
	line    uint32  // until they are in order, how many it has

	folded  bool
	starred bool
	// ambiguous says that another entry has a device of the same name.
	ambiguous bool
}

// NewView makes a view. With system the broker's own topics are listed too.
func NewView(s *Store, system bool) *View {
	return &View{store: s, system: system, seed: maphash.MakeSeed()}
}

// rebuild makes the list anew when the store's devices or the order have
// changed. What depends on the time, and long lists that grow, are made anew
// once a second.
func (v *View) rebuild(order Order, version uint64) {
	s := v.store
	s.mu.RLock()
	devices, layout, restored, now := s.devices, s.layout, s.restored, time.Duration(s.now)
	s.mu.RUnlock()
	if v.built && version == v.version && restored == v.restored {
		due := now-v.builtAt >= time.Second || now < v.builtAt
		moved := layout != v.layout
		if !moved && (order.Sort == SortName || !due) || moved && len(devices) > manyDevices && !due {
			return
		}
	}
	v.built, v.order, v.version, v.layout, v.builtAt, v.restored = true, order, version, layout, now, restored
	match := newMatcher(order.Filter)
	v.entries = slices.Grow(v.entries[:0], len(devices))
	for chunk := range slices.Chunk(devices, chunkDevices) {
		s.reading(func() {
			for _, d := range chunk {
				if e, ok := v.entry(d, match); ok {
					v.entries = append(v.entries, e)
				}
			}
		})
	}
	if order.Sort == SortState && order.Severity != nil {
		for i := range v.entries {
			e := &v.entries[i]
			e.key -= float64(order.Severity(e.device.id)) * worse
		}
	}
	slices.SortFunc(v.entries, func(a, b entry) int {
		return cmp.Or(-compareBool(a.starred, b.starred), cmp.Compare(a.key, b.key), compareNatural(a.device.id, b.device.id))
	})
	ambiguous := sameNames(v.seed, len(v.entries), func(i int) string { return v.entries[i].device.name })
	v.lines = 0
	for i := range v.entries {
		e := &v.entries[i]
		lines := int(e.line)
		e.ambiguous, e.line = ambiguous(i), uint32(v.lines)
		v.lines += lines
	}
}

// sameNames says which of n names another one is the same as, letter case ignored. Names
// are told apart by their hashes: there may be very many, and a pair that is taken for
// the same without need only shows its ids.
func sameNames(seed maphash.Seed, n int, name func(i int) string) (same func(i int) bool) {
	var upper []byte
	hash := func(i int) uint64 {
		upper = upper[:0]
		for _, r := range name(i) {
			upper = utf8.AppendRune(upper, unicode.ToUpper(r))
		}
		return maphash.Bytes(seed, upper)
	}
	sorted := make([]uint64, n)
	for i := range sorted {
		sorted[i] = hash(i)
	}
	slices.Sort(sorted)
	return func(i int) bool {
		h := hash(i)
		at, _ := slices.BinarySearch(sorted, h)
		return at+1 < n && sorted[at+1] == h
	}
}

// worse is more than any difference between states, so that severity decides
// first.
const worse = 10

// manyDevices is the number of devices from which on a growing list is made
// anew once a second only.
const manyDevices = 2000

func (v *View) entry(d *device, match matcher) (entry, bool) {
	if d.system && !v.system {
		return entry{}, false
	}
	e := entry{device: d, metrics: match.metrics(d)}
	if len(e.metrics) == 0 && !match.device(d) {
		return entry{}, false
	}
	e.folded = v.order.Folded[d.id] != v.order.FoldAll
	e.starred = v.order.Starred[d.id]
	e.line = 1
	if !e.folded {
		// The name has the first line, what is known of the presence the second.
		e.line = uint32(max(len(e.metrics), 1))
		if d.presence != Unknown {
			e.line = max(e.line, 2)
		}
	}
	s := v.store
	switch v.order.Sort {
	case SortState:
		e.key = float64(3 - severity(d, s))
	case SortAge:
		e.key = -float64(d.heard)
	case SortRate:
		for _, m := range d.metrics {
			if m == m.topic.metrics[0] {
				e.key -= m.topic.perSec(s.now)
			}
		}
	}
	return e, true
}

// severity orders the states of a device by how much they want a look.
func severity(d *device, s *Store) int {
	switch {
	case d.presence == Offline:
		return 3
	case d.presence == Asleep:
		return 0
	case s.stale(d):
		return 2
	case d.presence == Unknown:
		return 1
	}
	return 0
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// at finds the entry that holds a line.
func (v *View) at(line int) int {
	return sort.Search(len(v.entries), func(i int) bool { return v.end(i) > line })
}

// end is the line after the last one of an entry.
func (v *View) end(i int) int {
	if i+1 < len(v.entries) {
		return int(v.entries[i+1].line)
	}
	return v.lines
}

// find returns the line of a key, or -1.
func (v *View) find(k Key) int {
	i := v.at(max(v.cursor, 0)) // mostly it has not moved
	if i >= len(v.entries) || v.entries[i].device.id != k.Device {
		i = slices.IndexFunc(v.entries, func(e entry) bool { return e.device.id == k.Device })
	}
	if i < 0 {
		return -1
	}
	e := &v.entries[i]
	line := int(e.line)
	if e.folded {
		return line
	}
	for j, m := range e.metrics {
		if m.topic.name == k.Topic && m.path == k.Path {
			return line + j
		}
	}
	if k.Topic == "" && v.offset >= len(e.metrics) && line+v.offset < v.end(i) {
		return line + v.offset // one of the lines without a metric
	}
	return line
}

// key names what a line shows, and keeps the line's place in its device.
func (v *View) key(line int) Key {
	if line < 0 || line >= v.lines {
		return Key{}
	}
	e := &v.entries[v.at(line)]
	k := Key{Device: e.device.id}
	v.offset = line - int(e.line)
	if i := v.offset; !e.folded && i < len(e.metrics) {
		k.Topic, k.Path = e.metrics[i].topic.name, e.metrics[i].path
	}
	return k
}
