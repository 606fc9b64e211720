package subscriber

import (
	"time"

	"github.com/eclipse/paho.golang/packets"

	"labtop/model"
	"labtop/subscriber/wire"
)

const (
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
	p := model.Sent(raw.Bytes, raw.Unread, r.filter)
	if n := len(raw.Bytes); n > 0 && n <= shortProperties {
		r.remember(raw.Bytes, p)
	}
	return p
}

// remember keeps properties for the next message that has them; when there are too many,
// all are forgotten.
func (r *propertyReader) remember(b []byte, p *model.Properties) {
	if r.known == nil || len(r.known) == rememberedProperties {
		r.known = make(map[string]*model.Properties)
	}
	r.known[string(b)] = p
}

// propertiesOf are a message's properties as the library sends them.
func propertiesOf(p *model.Properties) *packets.Properties {
	sent := &packets.Properties{}
	if p == nil {
		return sent
	}
	sent.ContentType, sent.ResponseTopic, sent.CorrelationData = p.ContentType, p.ResponseTopic, p.CorrelationData
	if p.Text {
		sent.PayloadFormat = new(byte(1))
	}
	if p.Expires {
		sent.MessageExpiry = new(uint32(p.Expiry / time.Second))
	}
	for _, u := range p.User {
		sent.User = append(sent.User, packets.User{Key: u.Name, Value: u.Value})
	}
	return sent
}
