package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// object is a JSON object with a message, as programs and scripts write it. The rules
// are:
//
//   - Keys are the usual ones, in any case, with or without _, - and @.
//   - A payload that is no text is the JSON that it is, Node-RED's Buffer the bytes in
//     it, and null is empty. Keys that end in base64, b64 or hex hold bytes.
//   - Properties of MQTT 5 are in "properties" or, as Node-RED has them, beside the
//     payload, under their names as in [propertiesJSON].
//   - A time is one of [stamps], or a number of seconds since the log began.
type object map[string]json.RawMessage

// The keys, in the order in which they are looked for.
var (
	timeKeys    = []string{"time", "timestamp", "ts", "tst", "createat", "createdat", "datetime", "date", "receivedat", "received"}
	topicKeys   = []string{"topic", "mqtttopic", "topicname"}
	payloadKeys = []string{"payload", "message", "msg", "value", "data", "body", "content"}
	base64Keys  = []string{"payloadbase64", "payloadb64", "msgb64", "msgbase64", "messagebase64", "messageb64", "database64", "datab64"}
	hexKeys     = []string{"payloadhex", "msghex", "messagehex", "datahex"}
	retainKeys  = []string{"retain", "retained"}

	propertyKeys = []string{"payloadformatindicator", "messageexpiryinterval", "contenttype", "responsetopic", "correlationdata", "userproperties"}
)

// parseObjectKeys reads the keys of an object.
func parseObjectKeys(text []byte) (object, bool) {
	if len(text) == 0 || text[0] != '{' || !json.Valid(text) {
		return nil, false
	}
	o := object{}
	for key, value := range members(text) {
		name, _ := textOf(key)
		o[bareKey(string(name))] = value
	}
	return o, true
}

// members are the keys and the values of an object, which must be valid JSON.
func members(object []byte) iter.Seq2[json.RawMessage, json.RawMessage] {
	return func(yield func(key, value json.RawMessage) bool) {
		for rest := object[1:]; ; {
			var key, value []byte
			if key, rest = cutValue(rest); key == nil {
				return
			}
			if value, rest = cutValue(rest); !yield(key, value) {
				return
			}
		}
	}
}

// cutValue parts the next value of valid JSON, after what stands before it, from what comes
// after it. It is nil at the end of an object.
func cutValue(text []byte) (value, rest []byte) {
	text = bytes.TrimLeft(text, ", :\t\r\n")
	var end int
	switch {
	case len(text) == 0, text[0] == '}':
		return nil, nil
	case text[0] == '{', text[0] == '[':
		scan := jsonScan{passing: true}
		end, _ = scan.run(text, 0)
	case text[0] == '"':
		for end = 1; text[end] != '"'; end++ {
			if text[end] == '\\' {
				end++
			}
		}
		end++
	default:
		end = bytes.IndexAny(text, ",} \t\r\n")
	}
	return text[:end:end], text[end:]
}

// bareKey is a key as it is looked for.
func bareKey(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '@' {
			return -1
		}
		return unicode.ToLower(r)
	}, key)
}

// get is the value of the first of some keys that there is.
func (o object) get(keys ...string) (json.RawMessage, bool) {
	for _, key := range keys {
		if value, ok := o[key]; ok {
			return value, true
		}
	}
	return nil, false
}

// message finds the message in an object.
func (o object) message(s *stamps, f *found) bool {
	topic, ok := o.get(topicKeys...)
	if !ok {
		return false
	}
	f.topic, ok = textOf(topic)
	f.properties = o.properties()
	return ok && o.payload(f) && o.flags(f) && o.time(s, f)
}

// payload finds the payload; there must be one.
func (o object) payload(f *found) bool {
	decode := base64.StdEncoding.DecodeString
	coded, ok := o.get(base64Keys...)
	if !ok {
		decode = hex.DecodeString
		coded, ok = o.get(hexKeys...)
	}
	if ok {
		text, isText := textOf(coded)
		bytes, err := decode(string(text))
		f.payload = bytes
		return isText && err == nil
	}
	raw, ok := o.get(payloadKeys...)
	if !ok {
		return false
	}
	f.lacks |= LacksBytes
	f.altered = !utf8.Valid(raw)
	if text, ok := textOf(raw); ok {
		f.payload = text
		return true
	}
	if bytes, ok := bufferOf(raw); ok {
		f.payload, f.lacks = bytes, f.lacks&^LacksBytes
		return true
	}
	if !bytes.Equal(raw, []byte("null")) {
		f.payload = raw
	}
	return true
}

// properties are those of MQTT 5: an object of them, or members of this one.
func (o object) properties() json.RawMessage {
	if inner, ok := o.get("properties"); ok {
		return inner
	}
	var own object
	for _, key := range propertyKeys {
		if value, ok := o[key]; ok {
			if own == nil {
				own = object{}
			}
			own[key] = value
		}
	}
	if own == nil {
		return nil
	}
	text, _ := json.Marshal(own) // it was JSON before
	return text
}

// bufferOf are the bytes in what Node-RED writes for a Buffer.
func bufferOf(raw json.RawMessage) ([]byte, bool) {
	var buffer struct {
		Type string
		Data []uint16
	}
	if raw[0] != '{' || json.Unmarshal(raw, &buffer) != nil || buffer.Type != "Buffer" || buffer.Data == nil {
		return nil, false
	}
	b := make([]byte, len(buffer.Data))
	for i, n := range buffer.Data {
		if n > 255 {
			return nil, false
		}
		b[i] = byte(n)
	}
	return b, true
}

// flags finds QoS, retained and dup.
func (o object) flags(f *found) bool {
	if qos, ok := o.get("qos"); !ok {
		f.lacks |= LacksQoS
	} else if n, err := strconv.ParseUint(bare(qos), 10, 8); err != nil {
		return false
	} else {
		f.qos = byte(n)
	}
	retained, ok := o.get(retainKeys...)
	if !ok {
		f.lacks |= LacksRetained
	}
	dup, ok := o.get("dup")
	if !ok {
		f.lacks |= LacksDup
	}
	f.retained, f.dup = isTrue(bare(retained)), isTrue(bare(dup))
	return true
}

// time finds the time; without one it stays zero.
func (o object) time(s *stamps, f *found) bool {
	raw, ok := o.get(timeKeys...)
	text := bare(raw)
	if !ok || text == "null" || text == "" {
		f.time = time.Time{}
		f.lacks |= LacksTimes
		return true
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && (n < relativeSeconds || strings.ContainsAny(text, "eE")) {
		if n < 0 || n >= 1<<33 {
			return false
		}
		if n < relativeSeconds {
			f.lacks |= LacksDates
			f.time = s.end.Add(time.Duration(n * float64(time.Second)))
			return true
		}
		text = strconv.FormatFloat(n, 'f', 9, 64)
	}
	at, lacks, ok := s.read(text)
	f.time, f.lacks = at, f.lacks|lacks
	return ok
}

// relativeSeconds is the number up to which seconds are not since 1970 but since the log
// began.
const relativeSeconds = 1e8

// textOf is a JSON string, of what is valid JSON. It may share its memory.
func textOf(raw json.RawMessage) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, false
	}
	if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return plain, true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, false
	}
	return []byte(text), true
}

// bare is a JSON value without the quotes that it may have.
func bare(raw json.RawMessage) string {
	if text, ok := textOf(raw); ok {
		return string(text)
	}
	return string(raw)
}

// isTrue says whether a word says so, in one of the languages in which logs are written.
func isTrue(word string) bool {
	switch word {
	case "true", "True", "TRUE", "1":
		return true
	}
	return false
}
