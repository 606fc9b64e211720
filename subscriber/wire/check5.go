package wire

import "labtop/packet"

// The rules of MQTT 5 that MQTT 3.1.1 does not have:
//   - the properties are those that the packet may have, end with it, and stand there
//     once, unless they may be repeated (2.2.2). Their texts are not looked at.
//   - a code below 0x80 is one that means success there (2.4); what a code from 0x80 on
//     means, whoever tells people of it must know
//   - a server must not use what it was not allowed: topic aliases (3.3.2.3.4), an
//     authentication method, AUTH (4.12)
//   - a server may say DISCONNECT, after CONNACK (3.14)
//
// A CONNACK of 3.1.1, from a server that does not know version 5, is let through when it
// refuses: its code says why.

// Answer is a code of MQTT 5 and what the broker says about it in its own words, which
// may hold anything.
type Answer struct {
	// Code is a reason code (MQTT 5 section 2.4), at MQTT 3.1.1 a return code of CONNACK.
	Code byte
	// Reason is the Reason String, Reference the Server Reference; both may be empty.
	Reason, Reference string
}

// note keeps a property that belongs to an answer.
func (a *Answer) note(x packet.Property) {
	switch x.ID {
	case packet.ReasonString:
		a.Reason = string(x.Text)
	case packet.ServerReference:
		a.Reference = string(x.Text)
	}
}

// ConnAck is what the broker's CONNACK says.
type ConnAck struct {
	Answer
	SessionPresent bool
	// Older says that the answer is one of MQTT 3.1.1 to a CONNECT of MQTT 5.
	Older bool
	// KeepAlive is the keep-alive in seconds that the broker wants instead of ours; nil
	// when it says nothing. So are those that follow.
	KeepAlive *uint16
	// ReceiveMaximum is how many messages of QoS 1 and 2 may be on their way to the broker.
	ReceiveMaximum *uint16
	// MaximumQoS is the highest QoS that may be published.
	MaximumQoS *byte
	// NoRetained says that no retained message may be published, NoSubscriptionIDs that
	// subscriptions have no identifiers.
	NoRetained, NoSubscriptionIDs bool
}

// older says, and notes, whether b is a refusal of MQTT 3.1.1.
func (a *ConnAck) older(b []byte) bool {
	a.Older = len(b) == 2 && b[0] == 0 && b[1] > 0 && b[1] <= 5
	return a.Older
}

// read takes the properties.
func (a *ConnAck) read(b []byte) error {
	if a.Older {
		return nil
	}
	return eachProperty(packet.Connack, b, func(x packet.Property) error {
		switch x.ID {
		case packet.ServerKeepAlive:
			a.KeepAlive = new(uint16(x.Number))
		case packet.ReceiveMaximum:
			if x.Number == 0 {
				return protocolErrorf("CONNACK with a receive maximum of 0")
			}
			a.ReceiveMaximum = new(uint16(x.Number))
		case packet.MaximumQoS:
			if x.Number > 1 {
				return protocolErrorf("CONNACK with a maximum QoS of %d", x.Number)
			}
			a.MaximumQoS = new(byte(x.Number))
		case packet.RetainAvailable:
			a.NoRetained = x.Number == 0
		case packet.SubscriptionIDOK:
			a.NoSubscriptionIDs = x.Number == 0
		case packet.AuthMethod:
			return protocolErrorf("CONNACK with an authentication method")
		}
		a.note(x)
		return nil
	})
}

// eachProperty hands each of the properties to take that are the rest of a packet.
func eachProperty(kind byte, b []byte, take func(packet.Property) error) error {
	b, rest, err := packet.CutProperties(b)
	if err != nil || len(rest) > 0 {
		return protocolErrorf("%s with properties that do not end with it", packet.Name(kind))
	}
	return readProperties(kind, b, take)
}

func readProperties(kind byte, b []byte, take func(packet.Property) error) error {
	all := packet.ParseProperties(b, kind)
	for x, ok := all.Next(); ok; x, ok = all.Next() {
		if err := take(x); err != nil {
			return err
		}
	}
	if all.Err() != nil {
		return protocolErrorf("%s with wrong properties", packet.Name(kind))
	}
	return nil
}

// cutProperties takes the properties off a PUBLISH that begin b, and returns as much of
// the payload as is kept and its true size.
func (c *Conn) cutProperties(h packet.Header, b []byte) (payload []byte, size int, err error) {
	properties, payload, err := packet.CutProperties(b)
	if err != nil {
		return nil, 0, protocolErrorf("PUBLISH of length %d with properties beyond its end", h.Remaining)
	}
	c.properties = Properties{Bytes: properties}
	return payload[:min(len(payload), c.maxPayload)], len(payload), nil
}

// checkMessageProperties checks the properties of a PUBLISH.
func checkMessageProperties(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return readProperties(packet.Publish, b, func(x packet.Property) error {
		if x.ID == packet.TopicAlias {
			return protocolErrorf("PUBLISH with a topic alias, although none is allowed")
		}
		return nil
	})
}

// parseAnswer reads the code and the properties at the end of a packet that has both, or
// only the code, or none of them, which means success.
func parseAnswer(kind byte, b []byte) (Answer, error) {
	if len(b) == 0 {
		return Answer{}, nil
	}
	a := Answer{Code: b[0]}
	if len(b) == 1 {
		return a, nil
	}
	err := eachProperty(kind, b[1:], func(x packet.Property) error {
		a.note(x)
		return nil
	})
	return a, err
}

// checkAnswer checks what follows the id of an acknowledgement.
func checkAnswer(kind byte, b []byte) error {
	if kind == packet.Unsuback {
		_, _, err := cutReason(kind, b)
		return err
	}
	_, err := parseAnswer(kind, b)
	return err
}

// disconnected is the error that a DISCONNECT is.
func disconnected(b []byte) error {
	a, err := parseAnswer(packet.Disconnect, b)
	if err != nil {
		return err
	}
	return &Disconnected{a}
}

// cutReason takes the properties off that begin the rest of a SUBACK or an UNSUBACK, and
// returns the reason among them and the codes behind them.
func cutReason(kind byte, b []byte) (reason string, codes []byte, err error) {
	properties, codes, err := packet.CutProperties(b)
	if err != nil {
		return "", nil, protocolErrorf("%s with properties beyond its end", packet.Name(kind))
	}
	var a Answer
	err = readProperties(kind, properties, func(x packet.Property) error {
		a.note(x)
		return nil
	})
	return a.Reason, codes, err
}
