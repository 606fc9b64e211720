package subscriber

import (
	"sync"
	"sync/atomic"
	"time"

	"labtop/model"
)

const (
	// batchSize and batchDelay bound a batch: it goes out when it has so many
	// messages, or so long after its first.
	batchSize  = 256
	batchDelay = 5 * time.Millisecond
	// queueSize is how many batches may wait for the owner.
	queueSize = 16
)

// batcher gathers messages into batches and queues these, with the connection's
// states, in order. When the queue is full everybody waits: nothing is lost.
type batcher struct {
	queue  chan model.Batch
	free   chan []model.Message // recycled slices; more than its capacity are left to the GC
	stalls atomic.Uint64
	done   <-chan struct{} // ends every wait
	timer  *time.Timer     // flushes the pending messages

	// sending holds one token. Who holds it takes the pending messages and
	// queues them, which keeps the order. It is a channel because a wait for it
	// may be long and must not stop a test's virtual clock.
	sending chan struct{}

	// mu guards the fields below; it is held for memory operations only.
	mu      sync.Mutex
	pending []model.Message
	closed  bool
}

func newBatcher() *batcher {
	return &batcher{
		queue:   make(chan model.Batch, queueSize),
		free:    make(chan []model.Message, queueSize+2), // the queue, the pending and the owner's
		sending: make(chan struct{}, 1),
	}
}

// start makes the batcher ready for messages; done, when closed, ends every wait.
func (b *batcher) start(done <-chan struct{}) {
	b.done = done
	b.timer = time.AfterFunc(time.Hour, b.flush)
	b.timer.Stop()
}

// add appends a message. Only one goroutine may call it at a time.
func (b *batcher) add(m model.Message) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	if b.pending == nil {
		b.pending = b.slice()
	}
	b.pending = append(b.pending, m)
	n := len(b.pending)
	b.mu.Unlock()
	switch {
	case n == 1:
		b.timer.Reset(batchDelay)
	case n >= batchSize:
		b.timer.Stop()
		b.flush()
	}
}

// connection queues a state of the connection after all messages added so far.
func (b *batcher) connection(c *model.Connection) {
	b.sending <- struct{}{}
	defer func() { <-b.sending }()
	b.send(model.Batch{Messages: b.take()})
	b.send(model.Batch{Connection: c})
}

// flush queues the pending messages.
func (b *batcher) flush() {
	select {
	case b.sending <- struct{}{}:
	case <-b.done:
		b.take()
		return
	}
	defer func() { <-b.sending }()
	b.send(model.Batch{Messages: b.take()})
}

// take returns the pending messages, which are no longer pending.
func (b *batcher) take() []model.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages := b.pending
	b.pending = nil
	return messages
}

// send queues a batch unless it is empty; once done is closed, only if there is
// room.
func (b *batcher) send(batch model.Batch) {
	if batch.Connection == nil && len(batch.Messages) == 0 {
		return
	}
	select {
	case b.queue <- batch:
		return
	default:
	}
	b.stalls.Add(1)
	select {
	case b.queue <- batch:
	case <-b.done:
	}
}

// full says whether everybody waits for the owner.
func (b *batcher) full() bool { return len(b.queue) == cap(b.queue) }

// close queues what there is room for and closes the queue. Messages added
// later are dropped.
func (b *batcher) close(last *model.Connection) {
	b.timer.Stop()
	b.connection(last)
	b.sending <- struct{}{} // kept, so that nobody sends on the closed queue
	b.mu.Lock()
	b.closed, b.pending = true, nil
	b.mu.Unlock()
	close(b.queue)
}

// slice returns an empty slice of batchSize capacity.
func (b *batcher) slice() []model.Message {
	select {
	case s := <-b.free:
		return s
	default:
		return make([]model.Message, 0, batchSize)
	}
}

// recycle takes a batch's messages back.
func (b *batcher) recycle(batch model.Batch) {
	if cap(batch.Messages) < batchSize {
		return
	}
	clear(batch.Messages)
	select {
	case b.free <- batch.Messages[:0]:
	default:
	}
}
