package subscriber

import (
	"bytes"
	"cmp"
	"io"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"labtop/crash"
	"labtop/subscriber/wire"
)

// client5 speaks MQTT 5 with the packets of paho.golang. Its own client is not used: it
// panics in goroutines of its own, where nobody can catch it, on a PUBREC that comes
// while it disconnects and on a CONNACK with an authentication method; it keeps the order
// of messages only when one waits for the other; it takes a CONNACK of MQTT 3.1.1 for
// nothing in particular; and it finds a dead connection after two keep-alives.
type client5 struct {
	session  *session
	password string

	greeted chan struct{} // closed by the CONNACK
	pong    chan struct{} // gets a token for a PINGRESP
	ended   chan struct{} // closed when nothing is read any more
	err     error         // why, set before
	running sync.WaitGroup

	waiting waiting
	filters identifiers
}

func newClient5(s *session, password string) *client5 {
	return &client5{
		session: s, password: password,
		greeted: make(chan struct{}), pong: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

func (c *client5) connect() error {
	c.running.Go(crash.Guarded(c.session.fail, c.read))
	if err := c.send(c.introduction()); err != nil {
		return err
	}
	select {
	case <-c.greeted:
	case <-c.ended:
		return c.err
	}
	c.running.Go(crash.Guarded(c.session.fail, c.stayAlive))
	return nil
}

// introduction is the CONNECT. What it leaves out is as MQTT 5 section 3.1.2.11 has it:
// no topic aliases, and packets of any size, for a broker drops what is larger without a
// word, and the guard bounds what is kept.
func (c *client5) introduction() *packets.Connect {
	o := c.session.options
	p := &packets.Connect{
		ProtocolName: "MQTT", ProtocolVersion: 5, ClientID: o.ClientID,
		CleanStart: !o.PersistentSession, KeepAlive: uint16(o.KeepAlive / time.Second),
		UsernameFlag: o.Username != "", Username: o.Username,
		PasswordFlag: c.password != "", Password: []byte(c.password),
		Properties: &packets.Properties{ReceiveMaximum: new(uint16(min(o.Queue, 65535)))},
	}
	if will := c.session.presence; will != nil {
		p.WillFlag, p.WillTopic, p.WillMessage, p.WillQOS, p.WillRetain = true, will.topic, []byte(offline), 1, true
		p.WillProperties = &packets.Properties{}
	}
	if o.PersistentSession {
		p.Properties.SessionExpiryInterval = new(uint32(min(o.SessionExpiry/time.Second, 1<<32-1)))
	}
	return p
}

// send writes a packet at once, as the guard wants it.
func (c *client5) send(p io.WriterTo) error {
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		return err //nolint:wrapcheck // a buffer takes everything
	}
	_, err := c.session.guard.Write(b.Bytes())
	return err //nolint:wrapcheck // the guard's own, which session asks for
}

// subscribe asks for each filter in a packet of its own, for it to have an identifier of
// its own, if the broker has any.
func (c *client5) subscribe(filters []Filter) []receipt {
	var receipts []receipt
	for _, f := range filters {
		p := &packets.Subscribe{
			Subscriptions: []packets.SubOptions{{Topic: f.Topic, QoS: f.QoS}},
			Properties:    &packets.Properties{},
		}
		id := c.filters.identify(f.Topic)
		if !c.session.guard.ConnAck().NoSubscriptionIDs {
			p.Properties.SubscriptionIdentifier = &id
		}
		receipts = append(receipts, c.exchange(packets.SUBACK, func(id uint16) io.WriterTo {
			p.PacketID = id
			return p
		}))
	}
	return receipts
}

func (c *client5) filter(id uint32) string { return c.filters.filter(id) }

func (c *client5) publish(m Publication) receipt {
	said := c.session.guard.ConnAck()
	switch {
	case said.MaximumQoS != nil && m.QoS > *said.MaximumQoS:
		return settled(&reasonError{wire.Answer{Code: qosNotSupported}})
	case said.NoRetained && m.Retain:
		return settled(&reasonError{wire.Answer{Code: retainNotSupported}})
	}
	p := &packets.Publish{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Properties: propertiesOf(m.Properties)}
	if m.QoS == 0 {
		return settled(c.send(p))
	}
	answer := packets.PUBACK
	if m.QoS == 2 {
		answer = packets.PUBCOMP
	}
	return c.exchange(answer, func(id uint16) io.WriterTo {
		p.PacketID = id
		return p
	})
}

// window is the broker's receive maximum (MQTT 5 section 3.2.2.3.3).
func (c *client5) window() int {
	if most := c.session.guard.ConnAck().ReceiveMaximum; most != nil {
		return int(*most)
	}
	return publishAtOnce
}

// exchange sends a packet that gets an identifier and waits for its answer.
func (c *client5) exchange(answer byte, with func(id uint16) io.WriterTo) *receipt5 {
	r, id := c.waiting.add(answer)
	if err := c.send(with(id)); err != nil {
		c.waiting.settle(id, answer, err)
	}
	return r
}

// read takes the broker's answers until the connection ends.
func (c *client5) read() {
	defer c.end()
	for {
		p, err := packets.ReadPacket(c.session.guard)
		if err != nil {
			c.err = err
			return
		}
		c.take(p)
	}
}

// end tells everybody that nothing will come any more.
func (c *client5) end() {
	c.err = cmp.Or(c.err, io.ErrUnexpectedEOF) // after a panic
	close(c.ended)
	c.session.lose(c.err)
	c.waiting.settleAll(c.err)
}

// take takes an answer. Messages, their PUBRELs and DISCONNECT the guard keeps to itself.
func (c *client5) take(p *packets.ControlPacket) {
	switch p := p.Content.(type) {
	case *packets.Connack: // the guard lets one pass
		close(c.greeted)
	case *packets.Suback:
		c.waiting.settle(p.PacketID, packets.SUBACK, nil)
	case *packets.Puback:
		c.waiting.settle(p.PacketID, packets.PUBACK, failure(p.ReasonCode, p.Properties))
	case *packets.Pubrec:
		if err := failure(p.ReasonCode, p.Properties); err != nil {
			c.waiting.settle(p.PacketID, packets.PUBCOMP, err)
		} else {
			c.session.guard.Release(p.PacketID)
		}
	case *packets.Pubcomp:
		c.waiting.settle(p.PacketID, packets.PUBCOMP, failure(p.ReasonCode, p.Properties))
	case *packets.Pingresp:
		select {
		case c.pong <- struct{}{}:
		default:
		}
	}
}

// failure is the error of an acknowledgement, nil when its code means success.
func failure(code byte, p *packets.Properties) error {
	if code < 0x80 {
		return nil
	}
	return &reasonError{wire.Answer{Code: code, Reason: p.ReasonString}}
}

// stayAlive asks the broker for a sign of life once in each keep-alive, whatever else
// there is, and gives the connection up when it gets none: the guard takes anything that
// comes for one. It asks as often as we want where the broker wants it less often, or not
// at all: its keep-alive is the most that may be between two packets of ours (MQTT 5
// section 3.1.2.10), and a broker that hangs is found no later for it.
func (c *client5) stayAlive() {
	every := c.session.options.KeepAlive
	if wanted := c.session.options.keepAlive(c.session.guard.ConnAck()); wanted > 0 {
		every = min(every, wanted)
	}
	for c.after(every) {
		select {
		case <-c.pong: // one that came late, or that somebody else asked for
		default:
		}
		if c.send(packets.NewControlPacket(packets.PINGREQ)) != nil {
			return // the next read says so
		}
		late := time.NewTimer(pingTimeout)
		select {
		case <-c.pong:
		case <-c.ended:
		case <-late.C:
			c.session.lose(errKeepAlive)
		}
		late.Stop()
	}
}

// keepAlive is the one that holds: the broker may want another than ours, or none.
func (o *Options) keepAlive(said *wire.ConnAck) time.Duration {
	if said.KeepAlive != nil {
		return time.Duration(*said.KeepAlive) * time.Second
	}
	return o.KeepAlive
}

// after waits for so long; it is false when the connection ended meanwhile.
func (c *client5) after(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ended:
		return false
	}
}

func (c *client5) close() {
	guard := c.session.guard
	select {
	case <-c.greeted:
		hurry := time.AfterFunc(quiesce*time.Millisecond, crash.Guarded(c.session.fail, func() { _ = guard.Close() }))
		_ = c.send(&packets.Disconnect{}) // who hangs gets none
		hurry.Stop()
	default:
	}
	_ = guard.Close()
	c.running.Wait()
}
