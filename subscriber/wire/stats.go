package wire

import (
	"sync/atomic"
	"time"
)

// Stats are a connection's counters; they only grow.
type Stats struct {
	// Bytes counts the bytes received, protocol overhead and what was thrown
	// away included.
	Bytes uint64
	// Packets counts the packets that passed the checks, Publishes the
	// PUBLISHes among them, Truncated those whose payload was cut, Repeats those
	// that were not delivered because they had been before; see Unreleased.
	Packets, Publishes, Truncated, Repeats uint64
}

// counters are written by the reader and read by anybody.
type counters struct {
	bytes, packets, publishes, truncated, repeats atomic.Uint64
	lastByte, lastPart                            atomic.Int64 // Unix time in nanoseconds, 0 for never
}

// tally is what one round of checks adds to the counters.
type tally struct{ packets, publishes, truncated, repeats uint64 }

func (c *counters) received(n int, now time.Time) {
	c.bytes.Add(uint64(n))
	c.lastByte.Store(now.UnixNano())
}

func (c *counters) checked(t tally) {
	if t.packets == 0 {
		return
	}
	c.packets.Add(t.packets)
	c.publishes.Add(t.publishes)
	c.truncated.Add(t.truncated)
	c.repeats.Add(t.repeats)
}

// Stats returns the counters. Any goroutine may call it.
func (c *Conn) Stats() Stats {
	return Stats{
		Bytes:     c.counters.bytes.Load(),
		Packets:   c.counters.packets.Load(),
		Publishes: c.counters.publishes.Load(),
		Truncated: c.counters.truncated.Load(),
		Repeats:   c.counters.repeats.Load(),
	}
}

// LastByte is when the last byte arrived; zero when none has. Any goroutine may
// call it.
func (c *Conn) LastByte() time.Time { return moment(&c.counters.lastByte) }

// LastPart is when the system last accepted a part of a packet of more than 16 KiB;
// zero when there was none. Any goroutine may call it.
func (c *Conn) LastPart() time.Time { return moment(&c.counters.lastPart) }

// moment is a counter's time; zero for never.
func moment(counter *atomic.Int64) time.Time {
	if ns := counter.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}
