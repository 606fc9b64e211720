package simulator

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/crash"
)

const (
	// keepAlive is what devices announce; they ping a little more often.
	keepAlive    = 30 * time.Second
	pingInterval = 20 * time.Second
	// silenceLimit is how long a broker may say nothing, pings considered.
	silenceLimit = 45 * time.Second
	// sendWait bounds each write.
	sendWait = 10 * time.Second
	// leaveWait bounds a graceful shutdown.
	leaveWait = 500 * time.Millisecond
	// inboundLimit bounds a packet from the broker, in bytes.
	inboundLimit = 1 << 20
	// inboundQueue is how many packets may wait for a device.
	inboundQueue = 64
)

// RefusedError is a broker's answer to CONNECT when it is not yes.
type RefusedError struct {
	// Code is the return code of MQTT 3.1.1 section 3.2.2.3.
	Code byte
}

// Error says what the code means.
func (e *RefusedError) Error() string {
	reason := "for a reason that MQTT 3.1.1 does not know"
	switch e.Code {
	case packets.ErrRefusedBadProtocolVersion:
		reason = "it does not speak MQTT 3.1.1"
	case packets.ErrRefusedIDRejected:
		reason = "client identifier rejected"
	case packets.ErrRefusedServerUnavailable:
		reason = "server unavailable"
	case packets.ErrRefusedBadUsernameOrPassword:
		reason = "bad user name or password"
	case packets.ErrRefusedNotAuthorised:
		reason = "not authorised"
	}
	return fmt.Sprintf("the broker refused the connection: %s (code %d)", reason, e.Code)
}

// message is what a device publishes.
type message struct {
	topic, payload string
	qos            byte
	retained       bool
	// again says to send it a second time, marked DUP, with the same packet
	// identifier, as after an acknowledgement that did not come. QoS 1 only.
	again bool
}

// identity is what a device says of itself in its CONNECT.
type identity struct {
	clientID           string
	username, password string
	will               *message // nil: no will
}

// session is one MQTT 3.1.1 connection, always with a clean session. One
// goroutine, the device, owns it and does all the writing; a second one reads
// and never waits for the first: when the queue is full it drops packets. So
// the broker can always write to a device, and the two cannot block each other.
type session struct {
	conn net.Conn
	// in brings the broker's packets; it is closed when the connection ends,
	// and err then says why.
	in  chan packets.ControlPacket
	err error

	packetID uint16
}

// connect says CONNECT and waits for the answer. It owns conn from here on. A panic
// goes to fail.
func connect(conn net.Conn, who identity, fail func(error)) (*session, error) {
	s := &session{conn: conn, in: make(chan packets.ControlPacket, inboundQueue)}
	if err := s.shakeHands(who); err != nil {
		_ = conn.Close()
		return nil, err
	}
	go crash.Guarded(fail, s.read)()
	return s, nil
}

func (s *session) shakeHands(who identity) error {
	if err := s.conn.SetDeadline(time.Now().Add(connectWait)); err != nil {
		return err
	}
	if err := connectPacket(who).Write(s.conn); err != nil {
		return fmt.Errorf("send CONNECT: %w", err)
	}
	var answer [4]byte // section 3.2: always four bytes
	_, err := io.ReadFull(s.conn, answer[:])
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the broker closed the connection without an answer to CONNECT")
	case err != nil:
		return fmt.Errorf("wait for CONNACK: %w", err)
	case answer[0] != packets.Connack<<4 || answer[1] != 2:
		return errors.New("the answer to CONNECT is not MQTT 3.1.1")
	case answer[3] != packets.Accepted:
		return &RefusedError{Code: answer[3]}
	}
	return s.conn.SetDeadline(time.Time{})
}

func connectPacket(who identity) *packets.ConnectPacket {
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion = "MQTT", 4
	p.CleanSession = true
	p.Keepalive = uint16(keepAlive / time.Second)
	p.ClientIdentifier = who.clientID
	if who.username != "" { // no password without a name: section 3.1.2.9
		p.UsernameFlag, p.Username = true, who.username
		p.PasswordFlag, p.Password = who.password != "", []byte(who.password)
	}
	if w := who.will; w != nil {
		p.WillFlag, p.WillTopic, p.WillMessage = true, w.topic, []byte(w.payload)
		p.WillQos, p.WillRetain = w.qos, w.retained
	}
	return p
}

// read brings packets until the connection ends.
func (s *session) read() {
	defer close(s.in)
	r := bufio.NewReader(s.conn)
	for {
		p, err := s.readPacket(r)
		if errors.Is(err, io.EOF) {
			err = errors.New("the broker closed the connection")
		}
		if err != nil {
			s.err = err
			return
		}
		select {
		case s.in <- p:
		default:
		}
	}
}

func (s *session) readPacket(r io.Reader) (packets.ControlPacket, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(silenceLimit)); err != nil {
		return nil, err
	}
	frame, _, err := readFrame(r, inboundLimit)
	if err != nil {
		return nil, err
	}
	return packets.ReadPacket(bytes.NewReader(frame))
}

// send writes one packet.
func (s *session) send(p packets.ControlPacket) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(sendWait)); err != nil {
		return err
	}
	return p.Write(s.conn)
}

// publish sends m, and does not wait for the acknowledgement: a reading that
// was lost with its connection is not sent again.
func (s *session) publish(m message) error {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.Retain = m.topic, []byte(m.payload), m.qos, m.retained
	if m.qos > 0 {
		p.MessageID = s.nextID()
	}
	if err := s.send(p); err != nil || !m.again {
		return err
	}
	p.Dup = true
	return s.send(p)
}

func (s *session) nextID() uint16 {
	s.packetID++
	if s.packetID == 0 { // not a packet identifier: section 2.3.1
		s.packetID = 1
	}
	return s.packetID
}

func (s *session) subscribe(filter string) error {
	p := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	p.MessageID, p.Topics, p.Qoss = s.nextID(), []string{filter}, []byte{0}
	return s.send(p)
}

func (s *session) ping() error { return s.send(packets.NewControlPacket(packets.Pingreq)) }

// release takes the second step of a publication at QoS 2 (section 4.3.3).
func (s *session) release(id uint16) error {
	p := packets.NewControlPacket(packets.Pubrel).(*packets.PubrelPacket)
	p.MessageID = id
	return s.send(p)
}

// leave delivers the last messages and says DISCONNECT. The caller bounds its
// time by closing the connection.
func (s *session) leave(last []message) error {
	if err := s.deliver(last); err != nil {
		return err
	}
	return s.send(packets.NewControlPacket(packets.Disconnect))
}

// deliver publishes messages at QoS 0 and 1, and waits until the broker has
// acknowledged them where their QoS asks for it. What else the broker sends
// meanwhile is lost.
func (s *session) deliver(messages []message) error {
	for _, m := range messages {
		if err := s.publish(m); err != nil {
			return err
		}
		if m.qos == 0 {
			continue
		}
		if err := s.awaitAck(s.packetID); err != nil {
			return err
		}
	}
	return nil
}

// awaitAck waits for the PUBACK of a publication at QoS 1.
func (s *session) awaitAck(id uint16) error {
	for p := range s.in {
		if ack, ok := p.(*packets.PubackPacket); ok && ack.MessageID == id {
			return nil
		}
	}
	return s.err
}

// close ends the connection without DISCONNECT, unless leave has said it, and
// waits for the reading goroutine.
func (s *session) close() {
	_ = s.conn.Close()
	for range s.in { // until read closes it
	}
}

// closeAfter closes conn soon after ctx is done, whatever it is doing then.
// The function it returns ends the arrangement. A panic goes to fail.
func closeAfter(ctx context.Context, conn net.Conn, fail func(error)) (stop func() bool) {
	closing := crash.Guarded(fail, func() { _ = conn.Close() })
	return context.AfterFunc(ctx, crash.Guarded(fail, func() { time.AfterFunc(leaveWait, closing) }))
}
