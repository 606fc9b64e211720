package model

import (
	"bytes"
	"strconv"
)

// drops follows what the broker says of messages that it has dropped, most
// often because a client was slower than its queue is long. The figure is of
// all clients together and counts since the broker's start, so that only its
// growth means something to us.
type drops struct {
	known bool
	last  uint64
}

// The topics that tell it: Mosquitto's, and the one that mochi and others have
// from the MQTT community wiki. EMQX counts messages without a subscriber too,
// so its figure would say nothing about a loss.
func tellsDrops(topic string) bool {
	return topic == "$SYS/broker/publish/messages/dropped" || topic == "$SYS/broker/messages/dropped"
}

// heard takes in one of the broker's own messages and returns how many more
// messages were dropped.
func (d *drops) heard(m *Message) uint64 {
	if !tellsDrops(m.Topic) {
		return 0
	}
	total, err := strconv.ParseUint(string(bytes.TrimSpace(m.Payload)), 10, 64)
	if err != nil {
		return 0
	}
	more := uint64(0)
	switch {
	case !d.known:
	case total < d.last:
		more = total // the broker has started anew
	default:
		more = total - d.last
	}
	d.known, d.last = true, total
	return more
}
