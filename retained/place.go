package retained

import (
	"fmt"
	"slices"
	"strings"

	"labtop/model"
)

// AmbiguousError says that a name can mean several devices.
type AmbiguousError struct {
	Name string
	// Candidates are the levels of the topics at which they are.
	Candidates []string
	// Below says that they are all below the name.
	Below bool
}

// Error implements error.
func (e *AmbiguousError) Error() string {
	what := "may be any of these devices"
	if e.Below {
		what = "holds several devices"
	}
	const most = 10
	list := strings.Join(e.Candidates[:min(len(e.Candidates), most)], ", ")
	if more := len(e.Candidates) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%q %s: %s", e.Name, what, list)
}

// place is a device as the topics tell.
type place struct {
	level string // folded
	name  string
	// ids are those by which labtop knows it.
	ids []string
	// speaks says that it has told whether it is there.
	speaks bool
}

// finder finds what is whose.
type finder struct {
	messages []Message
	places   map[string]*place // by level
	announcements
}

func newFinder(messages []Message, decoder func(string) model.Decoder) *finder {
	f := &finder{places: map[string]*place{}}
	for i := range messages {
		m := &messages[i]
		if strings.HasPrefix(m.Topic, "$") {
			continue
		}
		f.messages = append(f.messages, *m)
		if a, ok := announced(m); ok {
			f.announcements = append(f.announcements, a)
			continue // it is about a device, and no place of one
		}
		d := decoder(m.Topic)
		route := d.Route()
		level := folded(route.Device)
		p := f.places[level]
		if p == nil {
			p = &place{level: level, name: route.Name}
			if folder, last := cutLast(level); last == anyPrefix { // TOPIC/tele: the name stands before
				_, p.name = cutLast(folder)
			}
			f.places[level] = p
		}
		if !slices.Contains(p.ids, route.Device) {
			p.ids = append(p.ids, route.Device)
		}
		if route.Class == model.PresenceTopic {
			var out model.Decoded
			d.Decode(&model.Message{Topic: m.Topic, Payload: m.Payload, Size: m.Size, Retained: true}, &out)
			p.speaks = p.speaks || out.Presence > model.Unknown
		}
	}
	return f
}

// anyPrefix stands for Tasmota's prefixes; no topic holds it.
const anyPrefix = "+"

// folded is a topic, or a part of one, in which Tasmota's prefixes are all the same.
func folded(topic string) string {
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		if level == "tele" || level == "stat" || level == "cmnd" {
			levels[i] = anyPrefix
			return strings.Join(levels, "/")
		}
	}
	return topic
}

// resolve finds the level at which a device is; empty when nothing is known of it.
func (f *finder) resolve(device string) (string, error) {
	text := strings.TrimSuffix(strings.TrimSuffix(device, "#"), "/")
	level := folded(text)
	var named, below []*place
	for _, p := range f.places {
		if text == device && (p.level == level || strings.EqualFold(p.name, text)) {
			named = append(named, p)
		}
		if model.Below(p.level, level) {
			below = append(below, p)
		}
	}
	switch {
	case len(named) == 1:
		return named[0].level, nil
	case len(named) > 1:
		return "", ambiguous(device, named, false)
	case f.isPlace(level):
		return level, nil
	}
	all := slices.Clone(below)
	below = slices.DeleteFunc(below, func(p *place) bool { // parts of others
		return slices.ContainsFunc(all, func(q *place) bool { return p != q && model.Below(p.level, q.level) })
	})
	switch len(below) {
	case 0:
		return "", nil
	case 1:
		return below[0].level, nil
	default:
		return "", ambiguous(device, below, true)
	}
}

// isPlace says whether a device is at a level itself, not only below it.
func (f *finder) isPlace(level string) bool {
	return f.places[level] != nil || slices.ContainsFunc(f.messages, func(m Message) bool { return folded(m.Topic) == level })
}

func ambiguous(device string, places []*place, below bool) error {
	e := &AmbiguousError{Name: device, Below: below}
	for _, p := range places {
		e.Candidates = append(e.Candidates, slices.Min(p.ids))
	}
	slices.Sort(e.Candidates)
	return e
}

// Devices are the names and the ids of all devices of which a broker keeps something,
// sorted. decoder reads topics, as the store does.
func Devices(messages []Message, decoder func(topic string) model.Decoder) (all []string) {
	for _, p := range newFinder(messages, decoder).places {
		all = append(append(all, p.name), p.ids...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
