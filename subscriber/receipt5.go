package subscriber

import "sync"

// receipt5 is a packet that waits for its answer, a packet of the given type.
type receipt5 struct {
	answer byte
	done   chan struct{}
	err    error // set before done is closed
}

func (r *receipt5) Done() <-chan struct{} { return r.done }
func (r *receipt5) Error() error          { return r.err }

func (r *receipt5) settle(err error) {
	r.err = err
	close(r.done)
}

// settled is a receipt that waits for nothing.
func settled(err error) *receipt5 {
	r := &receipt5{done: make(chan struct{})}
	r.settle(err)
	return r
}

// waiting are the packets on their way that wait for an answer, by their packet
// identifiers (MQTT 5 section 2.2.1). The zero value has none. Any goroutine may call its
// methods.
type waiting struct {
	mu       sync.Mutex // guards what follows
	receipts map[uint16]*receipt5
	last     uint16 // the identifier given last
}

// add makes a packet wait for an answer under an identifier that is free; there are far
// fewer packets on their way than there are identifiers.
func (w *waiting) add(answer byte) (r *receipt5, id uint16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.receipts == nil {
		w.receipts = make(map[uint16]*receipt5)
	}
	for w.last++; w.last == 0 || w.receipts[w.last] != nil; {
		w.last++
	}
	r = &receipt5{answer: answer, done: make(chan struct{})}
	w.receipts[w.last] = r
	return r, w.last
}

// settle ends the wait of the packet with an identifier for an answer of a type. What
// nobody waits for is let pass, as a packet that was given up may be answered still.
func (w *waiting) settle(id uint16, answer byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.receipts[id]; r != nil && r.answer == answer {
		delete(w.receipts, id)
		r.settle(err)
	}
}

// settleAll ends the wait of all of them.
func (w *waiting) settleAll(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, r := range w.receipts {
		delete(w.receipts, id)
		r.settle(err)
	}
}
