package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"labtop/subscriber/wire"
)

// transcript is what comes of a stream: messages and bytes that paho gets, in order,
// and the acknowledgements.
type transcript struct {
	events []event
	acks   []byte
}

// event is a message, or else what paho gets before the next message.
type event struct {
	Message wire.Publish // without its time
	Paho    []byte
}

func (tr *transcript) deliver(p wire.Publish) {
	p.Time = time.Time{}
	if p.Properties != nil {
		p.Properties = &wire.Properties{Bytes: bytes.Clone(p.Properties.Bytes), Unread: p.Properties.Unread}
	}
	tr.events = append(tr.events, event{Message: p})
}

func (tr *transcript) paho(b []byte) {
	if n := len(tr.events); n > 0 && tr.events[n-1].Paho != nil {
		tr.events[n-1].Paho = append(tr.events[n-1].Paho, b...)
	} else if len(b) > 0 {
		tr.events = append(tr.events, event{Paho: bytes.Clone(b)})
	}
}

// play reads the stream through a guard to its end.
func play(tb testing.TB, stream []byte, cut func() int, o wire.Options) (*wire.Conn, transcript, error) {
	tb.Helper()
	var tr transcript
	o.Deliver = tr.deliver
	socket := &fakeSocket{stream: bytes.NewReader(stream), cut: cut}
	c := subscribed(tb, socket, o)
	socket.taken()
	b := make([]byte, 1000)
	for {
		n, err := c.Read(b)
		tr.paho(b[:n])
		if err != nil {
			_ = c.Close()
			c.Wait()
			tr.acks = socket.taken()
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return c, tr, err
		}
	}
}

// plain is the transcript of a right stream, made in the simplest way: packet by
// packet from the whole stream. What does not parse ends it.
func plain(stream []byte, maxPayload int) transcript { return plainOf(stream, maxPayload, false) }

// plainOf is plain for either version of MQTT.
func plainOf(stream []byte, maxPayload int, v5 bool) transcript {
	var tr transcript
	unreleased := make(map[uint16]bool)
	ack := func(first byte, id uint16) {
		tr.acks = append(tr.acks, first, 2, byte(id>>8), byte(id))
	}
	for len(stream) > 1 {
		length, n := binary.Uvarint(stream[1:min(len(stream), 5)]) // MQTT's lengths are of the same kind
		if n <= 0 || int(length) > len(stream)-1-n {
			break
		}
		first, packet, body := stream[0], stream[:1+n+int(length)], stream[1+n:1+n+int(length)]
		stream = stream[len(packet):]
		qos := first >> 1 & 3
		switch {
		case first>>4 == 6 && (len(body) == 2 || v5 && len(body) > 2): // PUBREL
			id := binary.BigEndian.Uint16(body)
			delete(unreleased, id)
			ack(0x70, id)
			continue
		case first>>4 != 3:
			tr.paho(packet)
			continue
		}
		var id uint16
		if len(body) < 2 || len(body) < 2+int(binary.BigEndian.Uint16(body)) {
			break
		}
		topic := body[2 : 2+int(binary.BigEndian.Uint16(body))]
		payload := body[2+len(topic):]
		if qos > 0 {
			if len(payload) < 2 {
				break
			}
			id, payload = binary.BigEndian.Uint16(payload), payload[2:]
		}
		var properties *wire.Properties
		if v5 {
			length, n := binary.Uvarint(payload[:min(len(payload), 4)])
			if n <= 0 || int(length) > len(payload)-n {
				break
			}
			properties, payload = &wire.Properties{Bytes: payload[n : n+int(length)]}, payload[n+int(length):]
		}
		if qos != 2 || !unreleased[id] {
			tr.deliver(wire.Publish{
				Topic: string(topic), Properties: properties, Payload: append([]byte{}, payload[:min(len(payload), maxPayload)]...), Size: len(payload),
				QoS: qos, Retained: first&1 != 0, Dup: first&8 != 0,
			})
		}
		switch qos {
		case 1:
			ack(0x40, id)
		case 2:
			unreleased[id] = true
			ack(0x50, id)
		}
	}
	return tr
}

// compare compares two transcripts.
func compare(tb testing.TB, want, got transcript) {
	tb.Helper()
	if w, g := len(want.events), len(got.events); w != g {
		tb.Errorf("%d events, want %d", g, w)
	}
	for i := range min(len(want.events), len(got.events)) {
		if w, g := want.events[i], got.events[i]; !same(w, g) {
			tb.Errorf("event %d is %.200q (%d bytes of %d, paho %.100x)\nwant %.200q (%d bytes of %d, paho %.100x)", i,
				g.Message.Topic, len(g.Message.Payload), g.Message.Size, g.Paho, w.Message.Topic, len(w.Message.Payload), w.Message.Size, w.Paho)
			break
		}
	}
	if !bytes.Equal(want.acks, got.acks) {
		tb.Errorf("acknowledged with %x, want %x", got.acks, want.acks)
	}
}

// same is what cmp.Equal says, which takes long for many bytes.
func same(a, b event) bool {
	sameBytes := bytes.Equal(a.Message.Payload, b.Message.Payload) && bytes.Equal(a.Paho, b.Paho) &&
		(a.Message.Payload == nil) == (b.Message.Payload == nil)
	a.Message.Payload, a.Paho, b.Message.Payload, b.Paho = nil, nil, nil, nil
	return sameBytes && a.Message.Topic == b.Message.Topic && cmp.Equal(a, b, cmpopts.EquateEmpty())
}
