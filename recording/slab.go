package recording

// slab makes the memory for payloads: small ones share blocks, so that one costs no
// allocation, and one that is kept keeps no more than a block.
type slab struct{ free []byte }

const (
	slabBytes = 4 << 10
	// ownBytes is the length from which on a payload gets memory of its own.
	ownBytes = 1 << 10
)

// copy returns a copy of b that nobody changes any more; nil when it is empty.
func (s *slab) copy(b []byte) []byte {
	n := len(b)
	switch {
	case n == 0:
		return nil
	case n >= ownBytes:
		own := make([]byte, n)
		copy(own, b)
		return own
	case n > len(s.free):
		s.free = make([]byte, slabBytes)
	}
	copy(s.free, b)
	c := s.free[:n:n]
	s.free = s.free[n:]
	return c
}
