package wire

import (
	"slices"
	"time"

	"labtop/packet"
)

// paho gives a connection up when a PINGRESP is late, although it may wait
// behind a large packet, or behind thousands of small ones, on a slow link. Any
// byte that comes after the PINGREQ proves as much as the PINGRESP would. So the
// guard answers then, at a packet boundary, and swallows the broker's own answer
// when it comes.

// answerPing sets c.out to a PINGRESP if one is due. It is called before the
// reader waits for the socket, when paho has got every packet that is complete.
func (c *Conn) answerPing() bool {
	if c.pings.Load() == 0 || c.counters.bytes.Load() == c.pingMark.Load() {
		return false
	}
	c.pings.Add(-1)
	c.swallow++
	c.out = pingresp[:]
	return true
}

// pingresp is a PINGRESP packet (MQTT 3.1.1 section 3.13); nobody writes to it.
var pingresp = [...]byte{packet.Pingresp << 4, 0}

// pongReceived notes that the broker answered a PINGREQ itself.
func (c *Conn) pongReceived() {
	if c.pings.Load() > 0 { // a PINGRESP that nobody asked for does no harm
		c.pings.Add(-1)
	}
}

// mostPongs is how many of the last answers to PINGREQs are known.
const mostPongs = 60

// Pings is how long the broker took to answer the last PINGREQs, 60 at most, the newest
// last. Any goroutine may call it.
func (c *Conn) Pings() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.pongs)
}

// ask notes that a PINGREQ is about to be sent.
func (c *Conn) ask() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unanswered++
	c.asked = time.Now()
}

// answered notes that the broker's own answer to a PINGREQ has come. The answers come
// in order, so that the last of them is that to the PINGREQ sent last.
func (c *Conn) answered() {
	c.mu.Lock()
	last, took := c.unanswered == 1, c.now.Sub(c.asked)
	c.unanswered = max(c.unanswered-1, 0) // one that nobody asked for does no harm
	if last {
		c.pongs = append(c.pongs[max(0, len(c.pongs)-mostPongs+1):], took)
	}
	c.mu.Unlock()
	if last && c.pong != nil {
		c.pong(took)
	}
}
