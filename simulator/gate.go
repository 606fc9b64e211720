package simulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

const (
	// connectLimit bounds a CONNECT packet, in bytes.
	connectLimit = 64 << 10
	// connectWait is how long a new connection may take to send its CONNECT.
	connectWait = 10 * time.Second
)

// errVersion says that a client does not speak MQTT 3.1.1.
var errVersion = errors.New("not an MQTT 3.1.1 client")

// gate is the broker's end of a connection. The rules are:
//
//   - the first packet is a CONNECT of MQTT 3.1.1, complete and bounded; mochi
//     v2.7.9 dies of an 8-byte MQTT 5 SUBSCRIBE
//     (https://github.com/mochi-mqtt/server/issues/501), and the version of a
//     connection is what its CONNECT said;
//   - no later packet is a CONNECT, nor of a type that clients do not send;
//   - writes never wait (see outbox).
//
// One goroutine may read and others write, as with every net.Conn.
type gate struct {
	*outbox
	connect bytes.Reader // the checked CONNECT, what mochi has not read of it
	stream  frameCheck
}

// admit reads the CONNECT packet of conn and answers the versions that it
// refuses. The caller closes conn after an error.
func admit(conn net.Conn) (*gate, error) {
	if err := conn.SetDeadline(time.Now().Add(connectWait)); err != nil {
		return nil, err
	}
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return nil, fmt.Errorf("read CONNECT: %w", err)
	}
	if first[0] != packets.Connect<<4 {
		return nil, fmt.Errorf("%w: no CONNECT", errMalformed)
	}
	frame, start, err := readFrame(io.MultiReader(bytes.NewReader(first[:]), conn), connectLimit)
	if err != nil {
		return nil, fmt.Errorf("read CONNECT: %w", err)
	}
	if refusal := refuse(frame[start:]); refusal != nil {
		_, err := conn.Write(refusal)
		return nil, errors.Join(errVersion, err)
	}
	g := &gate{outbox: newOutbox(conn)}
	g.connect.Reset(frame)
	return g, conn.SetDeadline(time.Time{})
}

// refuse returns the CONNACK for a CONNECT of another MQTT version, nothing
// for another protocol, and nil for MQTT 3.1.1. The variable header begins with
// the protocol's name and level (MQTT 3.1.1 section 3.1.2.1 and 3.1.2.2).
func refuse(header []byte) []byte {
	const name, name31 = "\x00\x04MQTT", "\x00\x06MQIsdp"
	begins := func(with string) bool { return bytes.HasPrefix(header, []byte(with)) }
	switch {
	case begins(name + "\x04"):
		return nil
	case begins(name + "\x05"):
		// MQTT 5 section 3.2: unsupported protocol version, no properties.
		return []byte{packets.Connack << 4, 3, 0, 0x84, 0}
	case begins(name), begins(name31):
		return []byte{packets.Connack << 4, 2, 0, packets.ErrRefusedBadProtocolVersion}
	}
	return []byte{}
}

// Read gives the checked CONNECT first, then the checked rest of the stream.
func (g *gate) Read(p []byte) (int, error) {
	if g.connect.Len() > 0 {
		return g.connect.Read(p)
	}
	n, err := g.outbox.Read(p)
	if bad := g.stream.check(p[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}

// SetDeadline sets the deadline for reading only, the keep-alive for which
// mochi uses it.
func (g *gate) SetDeadline(t time.Time) error { return g.SetReadDeadline(t) }

// frameCheck follows the frames of a client's stream after its CONNECT.
type frameCheck struct {
	body   int  // bytes left of the present packet's body
	length int  // the remaining length as far as it is known
	shift  uint // bits of length that are known
	inside bool // the first byte was seen, the length is not complete
}

// clientSends has a bit for each packet type that a client may send after its
// CONNECT (MQTT 3.1.1 section 2.2.1).
const clientSends = 1<<packets.Publish | 1<<packets.Puback | 1<<packets.Pubrec | 1<<packets.Pubrel |
	1<<packets.Pubcomp | 1<<packets.Subscribe | 1<<packets.Unsubscribe | 1<<packets.Pingreq | 1<<packets.Disconnect

// check takes the next bytes of the stream.
func (c *frameCheck) check(b []byte) error {
	for len(b) > 0 {
		if c.body > 0 {
			n := min(c.body, len(b))
			c.body -= n
			b = b[n:]
			continue
		}
		if err := c.header(b[0]); err != nil {
			return err
		}
		b = b[1:]
	}
	return nil
}

// header takes one byte of a fixed header.
func (c *frameCheck) header(b byte) error {
	if !c.inside {
		if clientSends>>(b>>4)&1 == 0 {
			return fmt.Errorf("%w: type %d from a client", errMalformed, b>>4)
		}
		c.inside, c.length, c.shift = true, 0, 0
		return nil
	}
	c.length |= int(b&0x7f) << c.shift
	c.shift += 7
	switch {
	case b&0x80 == 0:
		c.inside, c.body = false, c.length
	case c.shift == 28:
		return fmt.Errorf("%w: remaining length of more than four bytes", errMalformed)
	}
	return nil
}
