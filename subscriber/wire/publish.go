package wire

import (
	"encoding/binary"
	"time"

	"labtop/packet"
)

// Publish is a PUBLISH as the broker sent it. It belongs to whom it is delivered to.
type Publish struct {
	Topic string
	// Payload is never nil and never written to again. It is cut at the payload cap.
	Payload []byte
	// Size is the payload's true length in bytes.
	Size int
	// Time is when the packet's last bytes were read from the socket: it does not
	// move when the delivery has to wait.
	Time time.Time
	// Properties is nil unless MQTT 5 is spoken.
	Properties    *Properties
	QoS           byte
	Retained, Dup bool
}

// Properties are those of a PUBLISH of MQTT 5. They are right, and there until the
// delivery ends.
type Properties struct {
	// Bytes are they without their length; see [packet.ParseProperties].
	Bytes []byte
	// Unread is how many bytes there were when they are too many: then none are there.
	Unread int
}

// publish takes a PUBLISH apart, delivers it and notes its acknowledgement. The
// variable header is the one in the packet, its properties apart; the payload, of the
// given true size, is not written to again.
func (c *Conn) publish(h packet.Header, variable, payload []byte, size int) error {
	topic, id := variable[2:], uint16(0)
	if h.QoS() > 0 {
		id = binary.BigEndian.Uint16(topic[len(topic)-2:])
		topic = topic[:len(topic)-2]
		if id == 0 {
			return protocolErrorf("PUBLISH with packet id 0")
		}
	}
	var properties *Properties
	if c.v5 {
		if err := checkMessageProperties(c.properties.Bytes); err != nil {
			return err
		}
		properties = &c.properties
	}
	name, err := c.topics.name(topic)
	if err != nil {
		return err
	}
	c.seen.publishes++
	if size > len(payload) {
		c.seen.truncated++
	}
	if h.QoS() == 2 && !c.unreleased.add(id) {
		c.seen.repeats++
	} else if c.deliver != nil {
		c.deliver(Publish{
			Topic: name, Properties: properties, Payload: payload, Size: size, Time: c.now,
			QoS: h.QoS(), Retained: h.Retained(), Dup: h.Dup(),
		})
	}
	switch h.QoS() {
	case 1:
		c.acks.owe(packet.Puback, id)
	case 2:
		c.acks.owe(packet.Pubrec, id)
	}
	return nil
}

// released takes what follows the fixed header of a PUBREL: the message with its id is
// done with, and the id may come again with another. What was never received is done
// with too (MQTT 3.1.1 section 4.3.3).
func (c *Conn) released(b []byte) {
	id := binary.BigEndian.Uint16(b)
	c.unreleased.remove(id)
	c.acks.owe(packet.Pubcomp, id)
}

// Unreleased is the set of packet ids of the QoS 2 messages that were delivered and
// not released by the broker yet (PUBREL): a message with such an id is the same one
// again, and is not delivered (MQTT 3.1.1 section 4.3.3). The zero value is empty. It
// belongs to the MQTT session, which may outlive the connection: it is handed from one
// [Conn] to the next, and emptied by a CONNACK that accepts the connection and says that no session is present.
type Unreleased [1 << 16 / 64]uint64

// add says whether id was not in the set before.
func (u *Unreleased) add(id uint16) bool {
	bit := uint64(1) << (id % 64)
	had := u[id/64]&bit != 0
	u[id/64] |= bit
	return !had
}

func (u *Unreleased) remove(id uint16) { u[id/64] &^= 1 << (id % 64) }
