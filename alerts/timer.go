package alerts

// timers orders what must be done by the clock: a heap of trackers by their wake,
// then by their age, so that the order does not depend on how time passes.
type timers []*tracker

func (h timers) less(i, j int) bool {
	a, b := h[i], h[j]
	return a.wake < b.wake || a.wake == b.wake && a.order < b.order
}

func (h timers) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = int32(i), int32(j)
}

func (h timers) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h timers) down(i int) {
	for {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(h) && h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}

// add puts t in, or moves it when it is in already.
func (h *timers) add(t *tracker) {
	if t.place < 0 {
		t.place = int32(len(*h))
		*h = append(*h, t)
	}
	h.up(int(t.place))
	h.down(int(t.place))
}

// pop takes the first one out.
func (h *timers) pop() *tracker {
	old := *h
	t := old[0]
	last := len(old) - 1
	old.swap(0, last)
	old[last] = nil
	*h = old[:last]
	t.place = -1
	h.down(0)
	return t
}

// wakeAt makes the engine look at t when the clock has passed at. A wake that is
// earlier already stays: when it comes, the engine looks what is due, and sleeps
// on. So a message only pushes a due time back, without moving the heap.
func (e *Engine) wakeAt(t *tracker, at int64) {
	if t.place >= 0 && t.wake <= at {
		return
	}
	t.wake = at
	e.timers.add(t)
}
