package model

import "unsafe"

// rooms hold what there is very many of in few large pieces: the allocator and the
// collector have less to do, and nothing is lost to rounding up. Nothing in them is
// ever given back, as no topic is ever forgotten.
type rooms struct {
	topics  room[topicState]
	devices room[device]
	metrics room[metric]
}

// room holds copies of values and slices in few large pieces of memory.
type room[T any] struct {
	free  []T
	bytes int // of all pieces
}

// pieceBytes is the size of a piece, but for a slice that is larger. The first ones are
// smaller, for small labs.
const pieceBytes = 32 << 10

// take returns room for n.
func (r *room[T]) take(n int) []T {
	if n > len(r.free) {
		size := int(unsafe.Sizeof(*new(T)))
		r.free = make([]T, max(n, min(r.bytes, pieceBytes)/size))
		r.bytes += len(r.free) * size
	}
	taken := r.free[:n:n]
	r.free = r.free[n:]
	return taken
}

// copy returns a copy of s with the same capacity.
func (r *room[T]) copy(s []T) []T {
	if cap(s) == 0 {
		return s
	}
	c := r.take(cap(s))[:len(s)]
	copy(c, s)
	return c
}

// one returns a copy of *v.
func (r *room[T]) one(v *T) *T {
	c := r.take(1)
	c[0] = *v
	return &c[0]
}
