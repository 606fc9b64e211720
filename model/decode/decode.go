// Package decode turns topics and payloads into readings: which device a topic
// belongs to, which values a payload holds, in which units, and what it says
// about the device being there. It knows how labs and common firmware write
// these, one file a convention, and leaves as text what it does not know.
//
// The contract: [New] makes the [Conventions] once; what they say never changes and any
// goroutine may use them. [Conventions.Decoder] makes the decoder of one topic,
// which remembers the places of that topic's payloads, so that a decoder belongs
// to one goroutine. Nothing fails: what cannot be read is said in
// [model.Decoded]. What a decoder remembers is bounded by [Options].
package decode

import (
	"bytes"
	"fmt"
	"sync"
	"unicode/utf8"

	"labtop/model"
)

// Options is what the config says about topics and values. The zero value is
// ready to use.
type Options struct {
	// Patterns are tried in this order, before the built-in ones; see
	// [ParsePattern].
	Patterns []string
	// Units are the declared units by the name of the metric or of the JSON member; upper and
	// lower case are the same.
	Units map[string]string
	// GuessUnits lets a temperature without any unit be in °C, from -60 to 100.
	GuessUnits bool
	// MaxLeaves is how many readings one message gives at most; 0 means DefaultLeaves.
	MaxLeaves int
	// MaxDepth is how deep JSON is read; 0 means 64.
	MaxDepth int
	// MaxPaths is how many places one decoder remembers; 0 means 1024. Values at
	// further places are skipped.
	MaxPaths int
}

// The bounds of the work that one message is, a millisecond at most on the machine of a
// desk: JSON of MaxRead bytes is checked in a third of it.
const (
	// MaxRead is how many bytes a payload may have whose parts are read, be it JSON or
	// a list. A larger one is shown as text.
	MaxRead = 64 << 10
	// DefaultLeaves is how many readings one message gives unless Options say otherwise.
	DefaultLeaves = 256
	// triesPerLeaf is how many values are looked at for each reading that there may be:
	// a member may come again and again, and the last counts.
	triesPerLeaf = 4
)

// Conventions are the ways to read topics and payloads.
type Conventions struct {
	patterns  []Pattern
	none      Pattern // that of topics that follow no other
	rules     rules
	maxLeaves int
	maxDepth  int
	maxPaths  int

	mu   sync.Mutex   // guards ways
	ways map[way]*way // each once
}

// New checks the options. An error names the pattern that is wrong.
func New(o Options) (*Conventions, error) {
	c := &Conventions{
		rules:     newRules(&o),
		maxLeaves: orDefault(o.MaxLeaves, DefaultLeaves),
		maxDepth:  orDefault(o.MaxDepth, 64),
		maxPaths:  orDefault(o.MaxPaths, 1024),
		ways:      make(map[way]*way),
	}
	for _, text := range o.Patterns {
		p, err := ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("devices: %w", err)
		}
		c.patterns = append(c.patterns, p)
	}
	c.patterns = append(c.patterns, builtin()...)
	for i := range c.patterns {
		c.rules.follow(&c.patterns[i])
	}
	return c, nil
}

// orDefault returns n, or otherwise when n is not set.
func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// Decoder makes the decoder of a topic.
func (c *Conventions) Decoder(topic string) model.Decoder {
	w := way{c: c, pattern: &c.none, class: classify(topic), homie: isHomieState(topic)}
	for i := range c.patterns {
		if _, ok := c.patterns[i].Match(topic); ok {
			w.pattern = &c.patterns[i]
			break
		}
	}
	metric := w.route(topic).Metric
	w.rule = c.unitRule(metric, w.pattern)
	w.isName = isName(metric)
	return &decoder{way: c.way(w), topic: topic}
}

// way is the one that all who go the same way share.
func (c *Conventions) way(w way) *way {
	c.mu.Lock()
	defer c.mu.Unlock()
	shared := c.ways[w]
	if shared == nil {
		shared = &w
		c.ways[w] = shared
	}
	return shared
}

// decoder reads the messages of one topic. There may be very many.
type decoder struct {
	*way
	topic string
	tree  *tree // nil until the first payload that holds several values
}

// way is how the messages of topics are read that are alike: there are few. It never
// changes.
type way struct {
	c       *Conventions
	pattern *Pattern
	rule    *rule
	class   model.Class
	isName  bool
	homie   bool
}

// Route tells where the topic belongs. It is found anew each time: it is asked for
// when something new comes only, and would be most of what a decoder keeps.
func (d *decoder) Route() model.Route { return d.route(d.topic) }

func (w *way) route(topic string) model.Route {
	route, ok := w.pattern.Match(topic)
	if !ok {
		route = fallback(topic)
	}
	route.Class = w.class
	return route
}

// Decode fills out from the message.
func (d *decoder) Decode(m *model.Message, out *model.Decoded) {
	if d.class == model.Command {
		return
	}
	if d.class == model.PresenceTopic {
		out.Presence = model.Unknown
	}
	if len(m.Payload) == 0 {
		return
	}
	text := payload(m)
	if m.Retained {
		out.Written = Written(text, m.Time)
	}
	switch {
	case !isJSON(text):
	case len(text) > MaxRead:
		out.Unread = true
	default:
		valid := d.json(text, out)
		if len(out.Readings) > 0 {
			return
		}
		out.Undecodable = !valid && text[0] == '{' // "[12:30] boot ok" claims nothing
	}
	d.plain(text, out)
}

// payload returns the text of a message: no byte order mark in front, no blanks
// around it, and no zero bytes at the end, as strings in C have them. When the
// message was cut, a character that was cut with it is left out.
func payload(m *model.Message) []byte {
	text := trim(bytes.TrimPrefix(m.Payload, []byte("\xef\xbb\xbf")))
	for len(text) > 0 && text[len(text)-1] == 0 {
		text = trim(bytes.TrimRight(text, "\x00"))
	}
	if m.Truncated() {
		for i := 0; i < utf8.UTFMax && len(text) > 0; i++ {
			if r, size := utf8.DecodeLastRune(text); r != utf8.RuneError || size > 1 {
				break
			}
			text = text[:len(text)-1]
		}
	}
	return text
}

// plain decodes a payload that is one value, a list of pairs, or text. JSON that
// does not parse, or of which nothing could be read, is text.
func (d *decoder) plain(text []byte, out *model.Decoded) {
	if len(text) > 0 && text[0] == '"' && len(text) <= MaxRead {
		text = unquote(text)
	}
	out.Readings = append(out.Readings, model.Reading{Raw: text})
	r := &out.Readings[0]
	bare(r)
	if r.Value.Kind == model.Text && !d.isText(text, out) {
		return
	}
	if d.isName && r.Value.Kind != model.NoValue {
		asText(r)
	}
	d.rule.apply(r)
	if d.class == model.PresenceTopic {
		out.Presence = d.presence(text)
		presenceReading(r, out.Presence)
	}
}

// isText says whether text, which out holds as its only reading, is really one
// text. Binary data is not, and neither is a list of pairs, which then takes its place.
func (d *decoder) isText(text []byte, out *model.Decoded) bool {
	if !isText(clip(text, MaxRead)) {
		out.Readings, out.Undecodable = out.Readings[:0], true
		return false
	}
	if d.isName || len(text) > MaxRead || !isPairs(text) {
		return true
	}
	out.Readings = out.Readings[:0]
	d.pairs(text, out)
	return false
}

// presence tells what a bare word says on a presence topic.
func (d *decoder) presence(word []byte) model.Presence {
	if d.homie {
		return homieState(word)
	}
	return presenceWord(word)
}

// add makes room in out for the reading of the place n, whose text is raw: a
// new one, or that of an earlier member with the same name, of which the last counts. The
// result is nil when the message holds too many.
func (d *decoder) add(n *node, raw []byte, out *model.Decoded) *model.Reading {
	if n.slot.message != d.tree.message {
		if len(out.Readings) >= d.c.maxLeaves {
			out.Skipped++
			return nil
		}
		*n.slot = slot{message: d.tree.message, reading: len(out.Readings)}
		out.Readings = append(out.Readings, model.Reading{})
	}
	r := &out.Readings[n.slot.reading]
	*r = model.Reading{Path: n.path, Raw: raw}
	return r
}

// fill decodes the reading r of the place n.
func fill(r *model.Reading, n *node, decode func(*model.Reading)) {
	decode(r)
	if n.isName && r.Value.Kind != model.NoValue {
		asText(r)
	}
	n.rule.apply(r)
}
