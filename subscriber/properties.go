package subscriber

import (
	"bytes"
	"time"

	"labtop/model"
	"labtop/packet"
	"labtop/subscriber/wire"
)

const (
	// mostUserProperties and mostPropertyBytes bound what is kept of a message's
	// properties; the rest is counted.
	mostUserProperties = 64
	mostPropertyBytes  = 4 << 10
	// mostFilters is how many subscriptions of a message are kept; there are seldom two.
	mostFilters = 16

	// rememberedProperties is how many different properties are remembered, and
	// shortProperties how many bytes of the packet they may have.
	rememberedProperties = 512
	shortProperties      = 256
)

// propertyReader makes the properties of messages out of packets. Those of many messages
// are the same, and made once.
type propertyReader struct {
	filter func(id uint32) string // the filter with an identifier, or nothing
	known  map[string]*model.Properties
}

// of makes the properties of a message; nil when there are none.
func (r *propertyReader) of(raw *wire.Properties) *model.Properties {
	if raw == nil || len(raw.Bytes) == 0 && raw.Unread == 0 {
		return nil
	}
	if p, ok := r.known[string(raw.Bytes)]; ok {
		return p
	}
	p := &model.Properties{LeftOut: raw.Unread}
	kept := 0
	all := packet.ParseProperties(raw.Bytes, packet.Publish)
	for x, ok := all.Next(); ok; x, ok = all.Next() {
		size := len(x.Text) + len(x.Value)
		if kept+size > mostPropertyBytes || !r.keep(p, x) {
			p.LeftOut += size
			continue
		}
		kept += size
	}
	if n := len(raw.Bytes); n > 0 && n <= shortProperties {
		r.remember(raw.Bytes, p)
	}
	return p
}

// keep adds a property; false when there are too many of its kind.
func (r *propertyReader) keep(p *model.Properties, x packet.Property) bool {
	switch x.ID {
	case packet.PayloadFormat:
		p.Text = x.Number == 1
	case packet.MessageExpiry:
		p.Expires, p.Expiry = true, time.Duration(x.Number)*time.Second
	case packet.ContentType:
		p.ContentType = string(x.Text)
	case packet.ResponseTopic:
		p.ResponseTopic = string(x.Text)
	case packet.CorrelationData:
		p.CorrelationData = bytes.Clone(x.Text)
	case packet.SubscriptionID:
		if filter := r.filter(x.Number); filter != "" && len(p.Filters) < mostFilters {
			p.Filters = append(p.Filters, filter)
		}
	case packet.UserProperty:
		if len(p.User) == mostUserProperties {
			return false
		}
		p.User = append(p.User, model.UserProperty{Name: string(x.Text), Value: string(x.Value)})
	}
	return true
}

// remember keeps properties for the next message that has them; when there are too many,
// all are forgotten.
func (r *propertyReader) remember(b []byte, p *model.Properties) {
	if r.known == nil || len(r.known) == rememberedProperties {
		r.known = make(map[string]*model.Properties)
	}
	r.known[string(b)] = p
}
