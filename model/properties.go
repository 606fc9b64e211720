package model

import (
	"bytes"
	"time"

	"labtop/packet"
)

// Properties are what a message of MQTT 5 says besides its payload (MQTT 5 section
// 3.3.2.3). They may be those of many messages, and nobody writes to them. Texts may hold
// anything.
type Properties struct {
	// Expires says that the message is to be forgotten, and Expiry how long after it was
	// received; the broker takes off for how long it has kept the message itself.
	Expires bool
	Expiry  time.Duration
	// Text says that the sender declares the payload to be UTF-8.
	Text bool
	// ContentType, ResponseTopic and CorrelationData are the sender's; empty for none.
	ContentType, ResponseTopic string
	CorrelationData            []byte
	// User are the user properties, in the order in which they were sent.
	User []UserProperty
	// Filters are the subscriptions that brought the message, when the broker tells.
	Filters []string
	// LeftOut counts the bytes of properties that were not kept, because they were too
	// many.
	LeftOut int
}

// UserProperty is a name and a value, of which a message may have any number, also of
// the same name.
type UserProperty struct{ Name, Value string }

const (
	// mostUserProperties, mostFilters and mostPropertyBytes bound what is kept of one
	// message's properties; the rest is counted. There are seldom two subscriptions.
	mostUserProperties = 64
	mostFilters        = 16
	mostPropertyBytes  = 4 << 10
)

// Sent are the properties as they are in a PUBLISH, see [packet.ParseProperties]; nil for
// none. filter is the filter of a subscription's identifier, or empty; unread counts the
// bytes that are not there, for there were too many.
func Sent(b []byte, unread int, filter func(id uint32) string) *Properties {
	k := PropertyKeeper{LeftOut: unread}
	all := packet.ParseProperties(b, packet.Publish)
	for x, ok := all.Next(); ok; x, ok = all.Next() {
		switch x.ID {
		case packet.PayloadFormat:
			k.Text = x.Number == 1
		case packet.MessageExpiry:
			k.Expire(x.Number)
		case packet.ContentType:
			k.ContentType(x.Text)
		case packet.ResponseTopic:
			k.ResponseTopic(x.Text)
		case packet.CorrelationData:
			k.CorrelationData(x.Text)
		case packet.UserProperty:
			k.User(x.Text, x.Value)
		case packet.SubscriptionID:
			k.Filter(filter(x.Number))
		}
	}
	return k.Properties()
}

// PropertyKeeper gathers the properties of a message, as many as are kept. The zero one has
// none.
type PropertyKeeper struct {
	// Text and LeftOut are those of [Properties].
	Text    bool
	LeftOut int

	p    Properties
	kept int // bytes
}

// Properties are those that were gathered, nil for none.
func (k *PropertyKeeper) Properties() *Properties {
	if !k.Text && !k.p.Expires && k.kept == 0 && k.LeftOut == 0 && len(k.p.User) == 0 {
		return nil
	}
	p := k.p
	p.Text, p.LeftOut = k.Text, k.LeftOut
	return &p
}

// Expire says after how many seconds the message is to be forgotten.
func (k *PropertyKeeper) Expire(seconds uint32) {
	k.p.Expires, k.p.Expiry = true, time.Duration(seconds)*time.Second
}

// ContentType keeps a content type.
func (k *PropertyKeeper) ContentType(text []byte) {
	if k.room(len(text)) {
		k.p.ContentType = string(text)
	}
}

// ResponseTopic keeps a response topic.
func (k *PropertyKeeper) ResponseTopic(topic []byte) {
	if k.room(len(topic)) {
		k.p.ResponseTopic = string(topic)
	}
}

// CorrelationData keeps a copy of correlation data.
func (k *PropertyKeeper) CorrelationData(b []byte) {
	if len(b) > 0 && k.room(len(b)) {
		k.p.CorrelationData = bytes.Clone(b)
	}
}

// User keeps a user property.
func (k *PropertyKeeper) User(name, value []byte) {
	if len(k.p.User) == mostUserProperties {
		k.LeftOut += len(name) + len(value)
	} else if k.room(len(name) + len(value)) {
		k.p.User = append(k.p.User, UserProperty{string(name), string(value)})
	}
}

// Filter keeps the filter of a subscription, if it is known.
func (k *PropertyKeeper) Filter(filter string) {
	if filter != "" && len(k.p.Filters) < mostFilters && k.room(len(filter)) {
		k.p.Filters = append(k.p.Filters, filter)
	}
}

// room says whether there is room for so many bytes more; else they are left out.
func (k *PropertyKeeper) room(n int) bool {
	if k.kept+n > mostPropertyBytes {
		k.LeftOut += n
		return false
	}
	k.kept += n
	return true
}

// Size is about how many bytes of memory they take; 0 for nil.
func (p *Properties) Size() int {
	if p == nil {
		return 0
	}
	const own, text = 160, 16
	n := own + len(p.ContentType) + len(p.ResponseTopic) + len(p.CorrelationData) + text*len(p.Filters)
	for _, u := range p.User {
		n += 2*text + len(u.Name) + len(u.Value)
	}
	return n
}

// Left is what is left of the message's life at a time; ok is false when it has no end.
// It is negative afterwards.
func (m *Message) Left(now time.Time) (left time.Duration, ok bool) {
	if m.Properties == nil || !m.Properties.Expires {
		return 0, false
	}
	return m.Properties.Expiry - now.Sub(m.Time), true
}

// within are the properties, their texts left out where they take more than so many bytes.
func (p *Properties) within(bytes int) *Properties {
	if p.Size() <= bytes {
		return p
	}
	bare := &Properties{Expires: p.Expires, Expiry: p.Expiry, Text: p.Text}
	bare.LeftOut = p.LeftOut + p.Size() - bare.Size()
	return bare
}
