package model

import "hash/maphash"

// index finds topics and devices by their names: a hash table of pointers. Go's own
// maps keep each name a second time, and at a quarter of a million topics that is
// what half of all else costs. Nothing is ever taken out.
type index[T indexed] struct {
	seed  maphash.Seed
	slots []T // a power of two of them; the zero T is an empty one
	n     int
}

// indexed is what an index can hold: pointers.
type indexed interface {
	comparable
	key() string
}

func (t *topicState) key() string { return t.name }
func (d *device) key() string     { return d.id }

func newIndex[T indexed]() index[T] {
	return index[T]{seed: maphash.MakeSeed(), slots: make([]T, 64)}
}

// find returns the one with a name, or the zero T.
func (x *index[T]) find(name string) T {
	return x.slots[x.place(x.slots, name)]
}

// put takes one in whose name is new.
func (x *index[T]) put(v T) {
	if x.n++; x.n > len(x.slots)*3/4 {
		slots := make([]T, 2*len(x.slots))
		for old := range x.all {
			slots[x.place(slots, old.key())] = old
		}
		x.slots = slots
	}
	x.slots[x.place(x.slots, v.key())] = v
}

// place is the place of a name, or the empty one where it belongs.
func (x *index[T]) place(slots []T, name string) int {
	var none T
	last := len(slots) - 1
	i := int(maphash.String(x.seed, name)) & last
	for slots[i] != none && slots[i].key() != name {
		i = (i + 1) & last
	}
	return i
}

// all yields each of them once, in no order.
func (x *index[T]) all(yield func(T) bool) {
	var none T
	for _, v := range x.slots {
		if v != none && !yield(v) {
			return
		}
	}
}

// copied is the index of the copies of what is in this one, whose names are the same.
func (x *index[T]) copied(copyOf func(T) T) index[T] {
	var none T
	slots := make([]T, len(x.slots))
	for i, v := range x.slots {
		if v != none {
			slots[i] = copyOf(v)
		}
	}
	return index[T]{seed: x.seed, slots: slots, n: x.n}
}
