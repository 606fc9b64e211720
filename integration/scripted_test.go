package integration_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// scripted is a broker that grants everything and then sends what a test says.
// It sends to the newest client.
type scripted struct {
	t    *testing.T
	conn net.Conn
	mute atomic.Bool // answer nothing more
}

func (s *scripted) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	s.conn = theirs
	go s.serve(theirs)
	return ours, nil
}

// serve answers the client's packets until it is gone.
func (s *scripted) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for {
		packet, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		if s.mute.Load() {
			continue
		}
		var answer packets.ControlPacket
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			answer = packets.NewControlPacket(packets.Connack)
		case *packets.SubscribePacket:
			ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			ack.MessageID, ack.ReturnCodes = p.MessageID, p.Qoss
			answer = ack
		case *packets.PubrecPacket:
			release := packets.NewControlPacket(packets.Pubrel).(*packets.PubrelPacket)
			release.MessageID = p.MessageID
			answer = release
		case *packets.PingreqPacket:
			answer = packets.NewControlPacket(packets.Pingresp)
		default:
			continue
		}
		if answer.Write(conn) != nil {
			return
		}
	}
}

// send publishes one message on the board's counter.
func (s *scripted) send(payload string, qos byte, id uint16, dup bool) {
	s.t.Helper()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.MessageID, p.Dup = "iotclass/lab1/counter", []byte(payload), qos, id, dup
	if err := p.Write(s.conn); err != nil {
		s.t.Error(err)
	}
}
