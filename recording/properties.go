package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"labtop/model"
)

// propertiesJSON are the properties of MQTT 5 as they are in recordings and in NDJSON. The
// rules are:
//
//   - The names are those of mosquitto_sub's %j. A text that is no UTF-8 is base64, under a
//     name that ends in -base64.
//   - User properties are pairs, in their order; with "base64" as a third part both are
//     base64. An object of them is read too, and one for each of them, as mosquitto_sub 2.1
//     has them: that of its older versions may have a name twice, that of MQTTX several
//     values in a list.
//   - Names are read in any case, with or without - and _, as MQTTX and Node-RED have them.
//     A value that is none of its name's is left out and counted, and so is what is more
//     than is kept of one message; other names are passed over.
type propertiesJSON struct {
	PayloadFormat   byte       `json:"payload-format-indicator,omitempty"`
	Expiry          *uint32    `json:"message-expiry-interval,omitempty"` // in seconds
	ContentType     string     `json:"content-type,omitempty"`
	ContentTypeRaw  []byte     `json:"content-type-base64,omitempty"`
	ResponseTopic   string     `json:"response-topic,omitempty"`
	ResponseRaw     []byte     `json:"response-topic-base64,omitempty"`
	CorrelationData string     `json:"correlation-data,omitempty"`
	CorrelationRaw  []byte     `json:"correlation-data-base64,omitempty"`
	User            [][]string `json:"user-properties,omitempty"`
	Filters         []string   `json:"subscription-filters,omitempty"`
	LeftOut         int        `json:"left-out,omitempty"` // in bytes
}

// noProperties is the object that has none.
const noProperties = "{}"

// inBase64 says of a pair that it is base64, and ends the names of what is.
const inBase64 = "base64"

// PropertiesJSON are properties as a JSON object, as [LogFormat] has them; nil for none.
func PropertiesJSON(p *model.Properties) json.RawMessage {
	if p == nil {
		return nil
	}
	j := propertiesJSON{Filters: p.Filters, LeftOut: p.LeftOut}
	if p.Text {
		j.PayloadFormat = 1
	}
	if p.Expires {
		seconds := uint32(p.Expiry / time.Second)
		j.Expiry = &seconds
	}
	j.ContentType, j.ContentTypeRaw = textOrBytes(p.ContentType)
	j.ResponseTopic, j.ResponseRaw = textOrBytes(p.ResponseTopic)
	j.CorrelationData, j.CorrelationRaw = textOrBytes(string(p.CorrelationData))
	for _, u := range p.User {
		if utf8.ValidString(u.Name) && utf8.ValidString(u.Value) {
			j.User = append(j.User, []string{u.Name, u.Value})
			continue
		}
		encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
		j.User = append(j.User, []string{encode(u.Name), encode(u.Value), inBase64})
	}
	text, _ := json.Marshal(&j) // it has nothing that JSON has not
	if string(text) == noProperties {
		return nil
	}
	return text
}

// textOrBytes is a text as one if it is UTF-8, else as bytes.
func textOrBytes(text string) (string, []byte) {
	if utf8.ValidString(text) {
		return text, nil
	}
	return "", []byte(text)
}

// parseProperties reads properties; nil for none. It is false when it is no JSON object.
func parseProperties(text []byte) (p *model.Properties, ok bool) {
	o, ok := parseObjectKeys(text)
	if !ok {
		return nil, false
	}
	var k model.PropertyKeeper
	each := func(key string, keep func(raw json.RawMessage) bool) {
		if raw, ok := o[key]; ok && string(raw) != "null" && !keep(raw) {
			k.LeftOut += len(raw)
		}
	}
	each("payloadformatindicator", func(raw json.RawMessage) bool {
		k.Text = isTrue(bare(raw))
		return true
	})
	each("messageexpiryinterval", func(raw json.RawMessage) bool {
		seconds, err := strconv.ParseUint(bare(raw), 10, 32)
		if err == nil {
			k.Expire(uint32(seconds))
		}
		return err == nil
	})
	texts := func(key string, keep func([]byte)) {
		each(key, asBytes(keep))
		each(key+inBase64, asBase64(keep))
	}
	texts("contenttype", k.ContentType)
	texts("responsetopic", k.ResponseTopic)
	texts("correlationdata", k.CorrelationData)
	each("userproperties", func(raw json.RawMessage) bool { return parseUser(raw, &k) })
	each("subscriptionfilters", func(raw json.RawMessage) bool {
		var filters []string
		err := json.Unmarshal(raw, &filters)
		for _, filter := range filters {
			k.Filter(filter)
		}
		return err == nil
	})
	each("leftout", func(raw json.RawMessage) bool {
		n, err := strconv.ParseUint(string(raw), 10, 31)
		k.LeftOut += int(n)
		return err == nil
	})
	return k.Properties(), true
}

// asBytes keeps a text, or Node-RED's Buffer.
func asBytes(keep func([]byte)) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool {
		b, ok := textOf(raw)
		if !ok {
			b, ok = bufferOf(raw)
		}
		if ok {
			keep(b)
		}
		return ok
	}
}

// asBase64 keeps the bytes of a text in base64.
func asBase64(keep func([]byte)) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool {
		var b []byte
		if json.Unmarshal(raw, &b) != nil {
			return false
		}
		keep(b)
		return true
	}
}

// parseUser reads user properties in one of their shapes.
func parseUser(raw json.RawMessage, k *model.PropertyKeeper) bool {
	in := json.NewDecoder(bytes.NewReader(raw))
	switch begin, _ := in.Token(); begin {
	case json.Delim('['):
		for in.More() {
			var pair json.RawMessage
			if in.Decode(&pair) != nil {
				return false
			}
			switch {
			case pair[0] == '{':
				parseUser(pair, k)
			case !parsePair(pair, k):
				k.LeftOut += len(pair)
			}
		}
		return true
	case json.Delim('{'):
		for in.More() {
			name, _ := in.Token()
			var value json.RawMessage
			if in.Decode(&value) != nil {
				return false
			}
			if text, isText := name.(string); !isText || !parseValues(text, value, k) {
				k.LeftOut += len(text) + len(value)
			}
		}
		return true
	}
	return false
}

// parsePair reads a user property that is a pair.
func parsePair(raw json.RawMessage, k *model.PropertyKeeper) bool {
	var texts []string
	if json.Unmarshal(raw, &texts) != nil {
		return false
	}
	switch {
	case len(texts) == 2:
		k.User([]byte(texts[0]), []byte(texts[1]))
		return true
	case len(texts) == 3 && texts[2] == inBase64:
		name, err := base64.StdEncoding.DecodeString(texts[0])
		value, err2 := base64.StdEncoding.DecodeString(texts[1])
		if err == nil && err2 == nil {
			k.User(name, value)
		}
		return err == nil && err2 == nil
	}
	return false
}

// parseValues reads what an object has under the name of a user property: a text, or a
// list of them.
func parseValues(name string, raw json.RawMessage, k *model.PropertyKeeper) bool {
	if value, ok := textOf(raw); ok {
		k.User([]byte(name), value)
		return true
	}
	var values []string
	if json.Unmarshal(raw, &values) != nil {
		return false
	}
	for _, value := range values {
		k.User([]byte(name), []byte(value))
	}
	return true
}

// propertyCache makes the properties of messages that follow each other once, if they are
// the same.
type propertyCache struct {
	text       []byte
	properties *model.Properties
}

// of are the properties in a JSON object; nil when there are none.
func (c *propertyCache) of(text []byte) *model.Properties {
	const most = 1 << 10
	if len(text) == 0 {
		return nil
	}
	if bytes.Equal(text, c.text) {
		return c.properties
	}
	p, _ := parseProperties(text)
	if len(text) <= most {
		c.text, c.properties = append(c.text[:0], text...), p
	}
	return p
}
