package subscriber

import (
	"sync"
	"sync/atomic"
	"time"

	"labtop/crash"
	"labtop/model"
)

const (
	// maxBatch, batchBytes and batchDelay bound a batch: it goes out when it has
	// so many messages, or so many bytes of topics and payloads, or so long after
	// its first. Of a queue there are batchesQueued at least.
	maxBatch      = 256
	batchBytes    = 256 << 10
	batchDelay    = 5 * time.Millisecond
	batchesQueued = 16
	// bytesPerMessage is how many bytes of topics and payloads may wait for the
	// owner or be in its hands for each message that may, unless it is a single
	// batch.
	bytesPerMessage = 512
)

// batcher gathers messages into batches and queues these, with the connection's
// states, in order. When the queue is full everybody waits: nothing is lost.
type batcher struct {
	size    int   // messages of a batch at most
	most    int64 // bytes held at most
	queue   chan model.Batch
	free    chan []model.Message // recycled slices; more than its capacity are left to the GC
	held    atomic.Int64         // bytes queued and not recycled
	given   chan struct{}        // gets a token when bytes were recycled
	stalls  atomic.Uint64
	stalled atomic.Bool     // somebody waits for the owner now
	done    <-chan struct{} // ends every wait
	timer   *time.Timer     // flushes the pending messages

	// sending holds one token. Who holds it takes the pending messages and
	// queues them, which keeps the order. It is a channel because a wait for it
	// may be long and must not stop a test's virtual clock.
	sending chan struct{}

	// mu guards the fields below; it is held for memory operations only.
	mu      sync.Mutex
	pending []model.Message
	bytes   int // of the pending
	closed  bool
}

// newBatcher makes a batcher in whose queue so many messages may wait, 1 or more.
func newBatcher(messages int) *batcher {
	size := min(maxBatch, (messages+batchesQueued-1)/batchesQueued)
	return &batcher{
		size:    size,
		most:    int64(messages) * bytesPerMessage,
		queue:   make(chan model.Batch, messages/size),
		free:    make(chan []model.Message, batchesQueued+2), // those of a queue, the pending and the owner's
		given:   make(chan struct{}, 1),
		sending: make(chan struct{}, 1),
	}
}

// start makes the batcher ready for messages; done, when closed, ends every wait, and
// fail gets a panic.
func (b *batcher) start(done <-chan struct{}, fail func(error)) {
	b.done = done
	b.timer = time.AfterFunc(time.Hour, crash.Guarded(fail, b.flush))
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
	b.bytes += weight(&m)
	n, bytes := len(b.pending), b.bytes
	b.mu.Unlock()
	switch {
	case n >= b.size || bytes >= batchBytes:
		b.timer.Stop()
		b.flush()
	case n == 1:
		b.timer.Reset(batchDelay)
	}
}

// weight is how many bytes a message keeps alive, its own few apart.
func weight(m *model.Message) int { return len(m.Topic) + len(m.Payload) + m.Properties.Size() }

// connection queues a state of the connection after all messages added so far.
func (b *batcher) connection(c *model.Connection) {
	b.sending <- struct{}{}
	defer func() { <-b.sending }()
	b.sendPending()
	b.send(model.Batch{Connection: c}, 0)
}

// flush queues the pending messages; once done is closed, only if nobody waits with
// others.
func (b *batcher) flush() {
	select {
	case b.sending <- struct{}{}:
	default:
		select {
		case b.sending <- struct{}{}:
		case <-b.done:
			b.take()
			return
		}
	}
	defer func() { <-b.sending }()
	b.sendPending()
}

// sendPending queues the pending messages, if there are any.
func (b *batcher) sendPending() {
	if messages, bytes := b.take(); len(messages) > 0 {
		b.send(model.Batch{Messages: messages}, int64(bytes))
	}
}

// take returns the pending messages, which are no longer pending, and their bytes.
func (b *batcher) take() ([]model.Message, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	messages, bytes := b.pending, b.bytes
	b.pending, b.bytes = nil, 0
	return messages, bytes
}

// send queues a batch that holds so many bytes; once done is closed, only if
// there is room.
func (b *batcher) send(batch model.Batch, bytes int64) {
	room := b.hold(bytes)
	if room {
		select {
		case b.queue <- batch:
			return
		default:
		}
	}
	b.stalls.Add(1)
	b.stalled.Store(true)
	defer b.stalled.Store(false)
	for !room {
		select {
		case <-b.given:
			room = b.hold(bytes)
		case <-b.done:
			return
		}
	}
	select {
	case b.queue <- batch:
	case <-b.done:
	}
}

// hold counts the bytes of a batch as held if they fit, or nothing is held.
func (b *batcher) hold(bytes int64) bool {
	if held := b.held.Load(); held > 0 && held+bytes > b.most {
		return false
	}
	b.held.Add(bytes)
	return true
}

// close queues what there is room for and closes the queue. Messages added
// later are dropped.
func (b *batcher) close(last *model.Connection) {
	b.timer.Stop()
	b.connection(last)
	b.sending <- struct{}{} // kept, so that nobody sends on the closed queue
	b.mu.Lock()
	b.closed, b.pending, b.bytes = true, nil, 0
	b.mu.Unlock()
	close(b.queue)
}

// slice returns an empty slice with room for a batch.
func (b *batcher) slice() []model.Message {
	select {
	case s := <-b.free:
		return s
	default:
		return make([]model.Message, 0, b.size)
	}
}

// recycle takes a batch's messages back.
func (b *batcher) recycle(batch model.Batch) {
	var bytes int64
	for i := range batch.Messages {
		bytes += int64(weight(&batch.Messages[i]))
	}
	b.held.Add(-bytes)
	select {
	case b.given <- struct{}{}:
	default:
	}
	if cap(batch.Messages) < b.size {
		return
	}
	clear(batch.Messages)
	select {
	case b.free <- batch.Messages[:0]:
	default:
	}
}
