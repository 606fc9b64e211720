package wire

import (
	"encoding/binary"

	"labtop/packet"
)

// The rules are those of MQTT 3.1.1 for packets that a server sends; what is different
// at MQTT 5 is in check5.go:
//   - CONNACK comes first and once (3.2); its code is 0 to 5, and a session is
//     present with code 0 only (3.2.2)
//   - the type is one that a server may send (2.2.1), its flags are the fixed
//     ones (2.2.2), its length is the fixed one
//   - PUBLISH: QoS 0 to 2, no DUP with QoS 0 (3.3.1), a topic name that fits,
//     is not empty and has no wildcards (3.3.2, 4.7), an id other than 0 with
//     QoS 1 and 2 (2.3.1). The topic's other bytes are not looked at.
//   - SUBACK answers a SUBSCRIBE that was sent, with at most as many codes as
//     that had filters, each 0, 1, 2 or 0x80 (3.9.3). Fewer codes are let
//     through: the rest counts as refused.
//   - the id of a PUBACK, PUBREC, PUBREL, PUBCOMP or UNSUBACK is not 0 and not
//     that of a SUBSCRIBE under way, which paho would take for its answer.

// check looks at the packet at the start of b, which is not empty, and says what
// becomes of it. Each rule is applied as soon as its bytes are there, always in the
// same order, so that the result does not depend on how the stream is cut. The
// rules for the variable header of a PUBLISH are applied when it is taken apart.
func (c *Conn) check(b []byte) (packet.Header, verdict, error) {
	h, lengthErr := parseHeader(b)
	if err := c.checkFirstByte(h); err != nil {
		return h, incomplete, err
	}
	if lengthErr != nil || h.Size == 0 {
		return h, incomplete, lengthErr
	}
	if err := c.checkLength(h); err != nil {
		return h, incomplete, err
	}
	if h.Type == packet.Publish {
		v, err := c.checkPublish(h, b)
		return h, v, err
	}
	if len(b) < h.Length() {
		return h, incomplete, nil
	}
	if h.Type == packet.Pingresp {
		c.answered()
	}
	if h.Type == packet.Pingresp && c.swallow > 0 {
		return h, swallow, nil
	}
	if err := c.checkBody(h, b[h.Size:h.Length()]); err != nil {
		return h, incomplete, err
	}
	if h.Type == packet.Pubrel {
		return h, release, nil
	}
	return h, whole, nil
}

// checkFirstByte checks the type, its turn and the flags.
func (c *Conn) checkFirstByte(h packet.Header) error {
	switch {
	case h.Type == packet.Connack && c.acked:
		return protocolErrorf("second CONNACK")
	case h.Type != packet.Connack && !c.acked:
		if h.Type == packet.Connect && h.Flags >= 4 && h.Flags <= 7 { // 0x14 to 0x17 begin a TLS record
			return &ProtocolError{Reason: "the answer is TLS, not MQTT", TLS: true}
		}
		return protocolErrorf("%s before CONNACK", packet.Name(h.Type))
	case h.Type == packet.Publish && h.QoS() == 3:
		return protocolErrorf("PUBLISH with QoS 3")
	case h.Type == packet.Publish && h.QoS() == 0 && h.Dup():
		return protocolErrorf("PUBLISH with DUP and QoS 0")
	case h.Type == packet.Publish:
		return nil
	}
	switch h.Type {
	case packet.Connack, packet.Puback, packet.Pubrec, packet.Pubcomp, packet.Suback, packet.Unsuback, packet.Pingresp:
		return checkFlags(h, 0)
	case packet.Pubrel:
		return checkFlags(h, 2)
	case packet.Disconnect:
		if c.v5 {
			return checkFlags(h, 0)
		}
	}
	return protocolErrorf("%s from the broker", packet.Name(h.Type))
}

func checkFlags(h packet.Header, want byte) error {
	if h.Flags != want {
		return protocolErrorf("%s with flags %d instead of %d", packet.Name(h.Type), h.Flags, want)
	}
	return nil
}

// checkLength checks the remaining length as far as the type fixes it.
func (c *Conn) checkLength(h packet.Header) error {
	least, most := 2, 2
	if c.v5 {
		most = bufferSize - h.Size // the properties
	}
	switch h.Type {
	case packet.Publish:
		least, most = 3, packet.MaxRemaining
	case packet.Suback:
		most = bufferSize - h.Size // more filters than we ever ask for at once
	case packet.Disconnect:
		least = 0
	case packet.Pingresp:
		least, most = 0, 0
	}
	if h.Remaining < least || h.Remaining > most {
		return protocolErrorf("%s of length %d", packet.Name(h.Type), h.Remaining)
	}
	return nil
}

// checkPublish checks the PUBLISH at the start of b.
func (c *Conn) checkPublish(h packet.Header, b []byte) (verdict, error) {
	if len(b) < h.Size+2 {
		return incomplete, nil
	}
	topic := int(binary.BigEndian.Uint16(b[h.Size:]))
	variable := h.Variable(topic)
	switch {
	case variable > h.Remaining:
		return incomplete, protocolErrorf("PUBLISH of length %d with a topic of length %d", h.Remaining, topic)
	case c.v5 && variable == h.Remaining:
		return incomplete, protocolErrorf("PUBLISH of length %d with properties beyond its end", h.Remaining)
	case topic == 0:
		return incomplete, protocolErrorf("PUBLISH with an empty topic")
	case h.Remaining-variable > c.maxPayload && !c.v5 || h.Length() > bufferSize:
		return tooLarge, nil
	case len(b) < h.Length():
		return incomplete, nil
	}
	return message, nil
}

// checkBody checks what follows the fixed header of any packet but PUBLISH.
func (c *Conn) checkBody(h packet.Header, b []byte) error {
	switch h.Type {
	case packet.Pingresp:
		c.pongReceived()
		return nil
	case packet.Connack:
		return c.checkConnack(b)
	case packet.Disconnect:
		return disconnected(b)
	}
	id := binary.BigEndian.Uint16(b)
	if id == 0 {
		return protocolErrorf("%s with packet id 0", packet.Name(h.Type))
	}
	if h.Type == packet.Suback {
		return c.checkSuback(id, b[2:])
	}
	if h.Type != packet.Pubrel && c.subscribing(id) {
		return protocolErrorf("%s in answer to a SUBSCRIBE", packet.Name(h.Type))
	}
	if c.v5 {
		return checkAnswer(h.Type, b[2:])
	}
	return nil
}

func (c *Conn) checkConnack(b []byte) error {
	flags, code := b[0], b[1]
	said := &ConnAck{Answer: Answer{Code: code}, SessionPresent: flags == 1}
	unknown := code > 5
	if c.v5 {
		unknown = code != 0 && code < refused && !said.older(b)
	}
	switch {
	case flags > 1:
		return protocolErrorf("CONNACK with flags %d", flags)
	case unknown:
		return protocolErrorf("CONNACK with the unknown code %d", code)
	case code != 0 && flags != 0:
		return protocolErrorf("CONNACK with code %d and a session", code)
	}
	if c.v5 {
		if err := said.read(b[2:]); err != nil {
			return err
		}
	}
	c.acked = true
	if code == 0 && flags == 0 { // a refusal tells nothing of the session
		clear(c.unreleased[:]) // they were those of another session
	}
	c.connAck.Store(said)
	return nil
}

// ConnAck returns what the broker's CONNACK said, nil as long as none has come. Nobody
// writes to it. Any goroutine may call it.
func (c *Conn) ConnAck() *ConnAck { return c.connAck.Load() }
