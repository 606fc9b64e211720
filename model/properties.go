package model

import "time"

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
