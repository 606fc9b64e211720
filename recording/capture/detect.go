package capture

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"labtop/packet"
)

// opening is what the first bytes of a connection say that it carries; unknown when
// they say nothing, or when more of them are needed.
func opening(b []byte) (says protocol, more bool) {
	switch {
	case isTLS(b):
		return encrypted, false
	case startsLike(b, "\x10"):
		return connecting(b)
	case startsLike(b, "GET "), startsLike(b, "HTTP/1.1 101"):
		return upgrading(b)
	}
	return unknown, false
}

// connecting is what begins as a CONNECT may begin.
func connecting(b []byte) (says protocol, more bool) {
	h, err := packet.ParseHeader(b)
	switch {
	case err != nil:
		return other, false
	case h.Size == 0 || len(b) < h.Size+8:
		return unknown, true
	}
	if name := b[h.Size:]; bytes.HasPrefix(name, []byte("\x00\x04MQTT")) || bytes.HasPrefix(name, []byte("\x00\x06MQIsdp")) {
		return mqtt, false
	}
	return other, false
}

// upgrading is what begins as an HTTP request, or as the answer to one that asked for
// another protocol.
func upgrading(b []byte) (says protocol, more bool) {
	head, _, whole := bytes.Cut(b, []byte("\r\n\r\n"))
	head = bytes.ToLower(head)
	switch {
	case bytes.Contains(head, []byte("upgrade: websocket")) && bytes.Contains(head, []byte("sec-websocket-protocol: mqtt")):
		return webSocket, false
	case whole || len(b) > 4<<10:
		return other, false
	}
	return unknown, true
}

// startsLike says whether b begins with a text, as far as it goes.
func startsLike(b []byte, text string) bool {
	return len(b) > 0 && bytes.HasPrefix(b, []byte(text[:min(len(text), len(b))]))
}

// isTLS says whether a record of TLS begins here. No packet of MQTT does so.
func isTLS(b []byte) bool {
	return len(b) >= 5 && b[0] >= 0x14 && b[0] <= 0x17 && b[1] == 3 && b[2] <= 4 && binary.BigEndian.Uint16(b[3:]) <= 1<<14+2048
}

// evidence is what a run of packets tells of a stream.
type evidence struct {
	packets   int  // that are whole
	publishes int  // among them, with a topic that people would use
	client    bool // there is one that only clients send
	broker    bool // or only brokers
}

// roleOf is what a packet of a type tells of who sends it.
func roleOf(kind byte) (e evidence) {
	switch kind {
	case packet.Connect, packet.Subscribe, packet.Unsubscribe, packet.Pingreq:
		e.client = true
	case packet.Connack, packet.Suback, packet.Unsuback, packet.Pingresp:
		e.broker = true
	}
	return e
}

// Verdicts on bytes that may be packets.
const (
	isNone = iota
	isRun
	isUnclear // more bytes are needed
)

// certain says whether a run is enough to tell packets within a connection from other
// bytes: one acknowledgement is found in many of them.
func (e evidence) certain() bool { return e.publishes > 0 || e.packets >= 2 }

// mostPackets is how many packets are looked at to tell that they are ones.
const mostPackets = 4

// examine says whether b begins with packets of MQTT: at least one whole one and,
// as far as b goes, nothing else after it.
func examine(b []byte) (e evidence, verdict int) {
	for len(b) > 0 && e.packets < mostPackets {
		h, err := packet.ParseHeader(b)
		if err != nil || !possible(h) {
			return e, isNone
		}
		if h.Size == 0 || len(b) < h.Length() {
			if e.packets == 0 && (h.Type != packet.Publish || !topicBegins(h, b)) {
				return e, isNone
			}
			break
		}
		if h.Type == packet.Publish {
			if !goodTopic(h, b[h.Size:h.Length()]) {
				return e, isNone
			}
			e.publishes++
		}
		role := roleOf(h.Type)
		e.client, e.broker = e.client || role.client, e.broker || role.broker
		e.packets++
		b = b[h.Length():]
	}
	switch {
	case e.client && e.broker:
		return e, isNone
	case e.packets == 0:
		return e, isUnclear
	}
	return e, isRun
}

// possible says whether there can be a packet with such a header.
func possible(h packet.Header) bool {
	if h.Type == packet.Publish {
		return h.QoS() <= 2 && (h.QoS() > 0 || !h.Dup()) && (h.Size == 0 || h.Remaining >= 3)
	}
	least, most, flags := 2, 1<<18, byte(0)
	switch h.Type {
	case 0:
		return false
	case packet.Connect:
		least = 10
	case packet.Subscribe, packet.Unsubscribe:
		least, flags = 5, 2
	case packet.Pubrel:
		flags = 2
	case packet.Pingreq, packet.Pingresp:
		least, most = 0, 0
	case packet.Disconnect, packet.Auth:
		least = 0
	}
	return h.Flags == flags && (h.Size == 0 || h.Remaining >= least && h.Remaining <= most)
}

// topicBegins says whether the PUBLISH at the start of b, of which not all is there,
// can be one: it is not too long to be waited for, and its topic is good as far as it
// goes.
func topicBegins(h packet.Header, b []byte) bool {
	if h.Size == 0 || len(b) < h.Size+2 {
		return true
	}
	length := int(binary.BigEndian.Uint16(b[h.Size:]))
	topic := b[h.Size+2:]
	return length > 0 && h.Variable(length) <= h.Remaining && plausible(topic[:min(length, len(topic))])
}

// goodTopic says whether a PUBLISH has a topic that people would use.
func goodTopic(h packet.Header, body []byte) bool {
	if len(body) < 2 {
		return false
	}
	length := int(binary.BigEndian.Uint16(body))
	if length == 0 { // it has an alias
		_, err := packet.ParsePublish(h, body, packet.V5)
		return err == nil
	}
	return h.Variable(length) <= len(body) && plausible(body[2:][:length])
}

// plausible says whether a topic looks like one; of a long one the start.
func plausible(topic []byte) bool {
	const looked = 256
	for i := 0; i < min(len(topic), looked); {
		r, size := utf8.DecodeRune(topic[i:])
		if r < ' ' || r == 0x7f || r == '#' || r == '+' || r == utf8.RuneError && utf8.FullRune(topic[i:]) {
			return false
		}
		i += size
	}
	return true
}

// likeV5 says whether the PUBLISH packets at the start of b can all be MQTT 5's. In
// older versions a payload stands where MQTT 5 has properties.
func likeV5(b []byte) bool {
	for len(b) > 0 {
		h, err := packet.ParseHeader(b)
		if err != nil || h.Size == 0 || len(b) < h.Length() {
			return true
		}
		if h.Type == packet.Publish {
			m, err := packet.ParsePublish(h, b[h.Size:h.Length()], packet.V5)
			if err != nil || len(m.Topic) == 0 && m.Alias == 0 {
				return false
			}
		}
		b = b[h.Length():]
	}
	return true
}
