package cli

import (
	"strings"
	"time"
	"unicode/utf8"

	"labtop/model"
	"labtop/subscriber"
)

// publishable are the properties to publish of those that a recording has of a message; nil
// for none. The topic for answers goes below the prefix too, so that nobody answers where
// the devices are. whole is false when some are left out, since no broker takes them or the
// recording has not kept them.
func publishable(p *model.Properties, prefix string) (own *model.Properties, whole bool) {
	if p == nil {
		return nil, true
	}
	whole = p.LeftOut == 0
	k := model.PropertyKeeper{Text: p.Text}
	if p.Expires {
		k.Expire(uint32(p.Expiry / time.Second))
	}
	fits := func(texts ...string) bool {
		for _, text := range texts {
			if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				whole = false
				return false
			}
		}
		return true
	}
	if fits(p.ContentType) {
		k.ContentType([]byte(p.ContentType))
	}
	if answer := prefix + p.ResponseTopic; p.ResponseTopic != "" && subscriber.ValidateTopic(answer) == nil {
		k.ResponseTopic([]byte(answer))
	} else {
		whole = whole && p.ResponseTopic == ""
	}
	k.CorrelationData(p.CorrelationData)
	for _, u := range p.User {
		if fits(u.Name, u.Value) {
			k.User([]byte(u.Name), []byte(u.Value))
		}
	}
	return k.Properties(), whole && k.LeftOut == 0
}
