package packet

import "errors"

// The properties of MQTT 5 that somebody here looks at (MQTT 5 section 2.2.2.2).
const (
	PayloadFormat    = 0x01
	MessageExpiry    = 0x02
	ContentType      = 0x03
	ResponseTopic    = 0x08
	CorrelationData  = 0x09
	SubscriptionID   = 0x0b
	SessionExpiry    = 0x11
	ServerKeepAlive  = 0x13
	AuthMethod       = 0x15
	ServerReference  = 0x1c
	ReasonString     = 0x1f
	ReceiveMaximum   = 0x21
	TopicAlias       = 0x23
	MaximumQoS       = 0x24
	RetainAvailable  = 0x25
	UserProperty     = 0x26
	SubscriptionIDOK = 0x29
)

var errProperties = errors.New("the properties are none of the packet's")

// Property is one property of a packet. Its fields are parts of the packet.
type Property struct {
	ID byte
	// Number is the value of a property that is one.
	Number uint32
	// Text is the value of another, and the name of a user property, whose value is Value.
	Text, Value []byte
}

// Properties reads the properties of a packet one by one.
type Properties struct {
	r    reader
	kind byte   // of packet
	seen uint64 // the ids that were there
}

// ParseProperties reads properties, without their length, of a packet of a type.
func ParseProperties(b []byte, kind byte) Properties {
	return Properties{r: reader{b: b}, kind: kind}
}

// ParseVarint reads the variable byte integer that begins b (MQTT 5 section 1.5.5).
func ParseVarint(b []byte) (int, bool) {
	r := reader{b: b}
	v := r.varint()
	return v, r.err == nil
}

// CutProperties splits b, which begins with the length of properties, behind them.
func CutProperties(b []byte) (properties, rest []byte, err error) {
	r := reader{b: b}
	properties = r.take(r.varint())
	return properties, r.b, r.err
}

// Err is what was wrong with the properties that were read so far; nil for nothing.
func (p *Properties) Err() error { return p.r.err }

// Next is the next property; false when there is none, or it is not right: it belongs to
// another packet, does not end, or is there twice and may not be (MQTT 5 section 2.2.2).
func (p *Properties) Next() (Property, bool) {
	if p.r.err != nil || len(p.r.b) == 0 {
		return Property{}, false
	}
	x := Property{ID: p.r.byte()} // a longer one has no meaning
	bit := uint64(1) << (x.ID & 63)
	repeats := x.ID == UserProperty || x.ID == SubscriptionID && p.kind == Publish
	if x.ID > 63 || !repeats && p.seen&bit != 0 {
		p.r.err = errProperties
		return Property{}, false
	}
	p.seen |= bit
	p.value(&x)
	return x, p.r.err == nil
}

// value reads the value of a property, if its packet may have it.
func (p *Properties) value(x *Property) {
	r := &p.r
	switch {
	case x.ID == UserProperty:
		x.Text, x.Value = r.text(), r.text()
	case !allowed(p.kind, x.ID):
		r.err = errProperties
	case x.ID == SubscriptionID:
		if x.Number = uint32(r.varint()); x.Number == 0 && r.err == nil {
			r.err = errProperties
		}
	default:
		switch size := fixed(x.ID); size {
		case 0:
			x.Text = r.text()
		default:
			for _, b := range r.take(size) {
				x.Number = x.Number<<8 | uint32(b)
			}
		}
	}
}

// allowed says whether a packet of a type may have a property, user properties apart
// (MQTT 5 table 2-4).
func allowed(kind, id byte) bool {
	switch id {
	case PayloadFormat, MessageExpiry, ContentType, ResponseTopic, CorrelationData, SubscriptionID, TopicAlias:
		return kind == Publish
	case ReasonString:
		return kind != Publish
	case ServerReference:
		return kind == Connack || kind == Disconnect
	case SessionExpiry:
		return kind == Connack || kind == Disconnect || kind == Connect
	case AuthMethod, authData:
		return kind == Connack || kind == Connect || kind == Auth
	case ReceiveMaximum, topicAliasMaximum, maximumPacketSize:
		return kind == Connack || kind == Connect
	case ServerKeepAlive, MaximumQoS, RetainAvailable, SubscriptionIDOK, assignedClientID, responseInformation, wildcardsOK, sharedOK:
		return kind == Connack
	}
	return false
}

// Those that only have to be known.
const (
	assignedClientID    = 0x12
	authData            = 0x16
	responseInformation = 0x1a
	topicAliasMaximum   = 0x22
	maximumPacketSize   = 0x27
	wildcardsOK         = 0x28
	sharedOK            = 0x2a
)

// fixed is the length of a property's number, 0 when it is a text.
func fixed(id byte) int {
	switch id {
	case PayloadFormat, MaximumQoS, RetainAvailable, SubscriptionIDOK, wildcardsOK, sharedOK:
		return 1
	case ServerKeepAlive, ReceiveMaximum, topicAliasMaximum, TopicAlias:
		return 2
	case MessageExpiry, SessionExpiry, maximumPacketSize:
		return 4
	}
	return 0
}
