package wire

import (
	"sync"

	"labtop/crash"
	"labtop/packet"
)

// maxAcks is how many bytes of acknowledgements may wait to be written; then the
// reader waits, for the write timeout at most.
const maxAcks = 64 << 10

// acks are the acknowledgements owed to the broker, in the order of the packets
// that they answer (MQTT 3.1.1 section 4.6). A goroutine writes them, many at once,
// as long as there are any: the reader goes on reading from a broker that reads
// nothing before it has sent what it has.
type acks struct {
	owed []byte // the reader's: not yet in the queue

	mu      sync.Mutex
	changed sync.Cond // on mu
	queue   []byte    // waits to be written
	out     []byte    // is being written, or was
	writing bool      // the goroutine is there
	broken  bool      // nothing can be written any more
}

// owe notes an acknowledgement; the reader calls it.
func (a *acks) owe(kind byte, id uint16) {
	a.owed = append(a.owed, kind<<4, 2, byte(id>>8), byte(id))
}

// Release has a PUBREL written for a message of ours that the broker has received (PUBREC),
// as acknowledgements are: the reader goes on reading. It is the reader that calls it,
// between two Reads.
func (c *Conn) Release(id uint16) {
	c.acks.owed = append(c.acks.owed, packet.Pubrel<<4|2, 2, byte(id>>8), byte(id))
}

// acknowledge has what is owed written. The reader calls it.
func (c *Conn) acknowledge() {
	a := &c.acks
	if len(a.owed) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.queue) > maxAcks && !a.broken {
		a.changed.Wait()
	}
	if !a.broken {
		a.queue = append(a.queue, a.owed...)
	}
	a.owed = a.owed[:0]
	if !a.writing && !a.broken {
		a.writing = true
		go crash.Guarded(c.crashed, c.writeAcks)()
	}
}

// writeAcks writes until nothing waits any more. That it could not, the reader
// learns from the socket.
func (c *Conn) writeAcks() {
	well := false
	defer func() {
		if !well {
			c.acks.abandon()
		}
	}()
	for b := c.acks.next(); len(b) > 0; b = c.acks.next() {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
	well = true
}

// next is what is to be written next. When that is nothing, the writing has ended.
func (a *acks) next() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue, a.out = a.out[:0], a.queue
	a.writing = len(a.out) > 0
	a.changed.Broadcast()
	return a.out
}

// abandon ends the writing for ever.
func (a *acks) abandon() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken, a.writing = true, false
	a.changed.Broadcast()
}

// wait waits until nobody writes. The connection must be closed, and have no reader.
func (a *acks) wait() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.writing {
		a.changed.Wait()
	}
}
