package retained

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"labtop/model"
)

// What a device has left on a broker. The rules are:
//
//   - All at and below the device's own level of the topics: its status, its configuration
//     and its last will, whoever wrote them. Levels are compared whole: lab1 is not lab10.
//   - Below that level another device may live, behind a gateway for one. It is one when it
//     has said of itself that it is there or gone, or when Home Assistant was told so. What
//     is at and below its level is spared.
//   - Tasmota's tele, stat and cmnd are one device's.
//   - Of announcements (see announce.go) those that speak of topics of the device, and of
//     no other as a topic that it speaks on; and those with the same identifiers, unless
//     they speak of another's topics.
//   - A topic elsewhere that tells whether the device is there, when an announcement of it
//     names it, no other one does, and a level of it is the device's name: what tells of a
//     gateway is not one device's.
//   - The broker's own topics ($SYS) are nobody's.

// Item is a message that a device has left.
type Item struct {
	Message
	// Why says in a few words why it is the device's.
	Why string
}

// Plan is what a device has left on a broker.
type Plan struct {
	// Device is the level of the topics at which it is.
	Device string
	// Items are by topic.
	Items []Item
	// Spared are devices below it, which keep what they have left.
	Spared []string
}

// Topics are those of items.
func Topics(items []Item) []string {
	topics := make([]string, len(items))
	for i := range items {
		topics[i] = items[i].Topic
	}
	return topics
}

// Loose makes items of messages that are not looked at as one device's.
func Loose(messages []Message) []Item {
	items := make([]Item, len(messages))
	for i := range messages {
		items[i].Message = messages[i]
	}
	return items
}

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

// Left finds what a device has left among all that a broker keeps. The device is its name
// as labtop shows it, its id, or a topic that all of its own begin with; with a slash at
// the end it is only that. decoder reads topics, as the store does. A device that has left
// nothing has a plan without items. The error is an [*AmbiguousError].
func Left(messages []Message, device string, decoder func(topic string) model.Decoder) (Plan, error) {
	f := newFinder(messages, decoder)
	base, err := f.resolve(device)
	if err != nil || base == "" {
		return Plan{}, err
	}
	return f.plan(base, device)
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

// within says whether a topic is at a level or below it; both are folded.
func within(topic, level string) bool {
	return strings.HasPrefix(topic, level) && (len(topic) == len(level) || topic[len(level)] == '/')
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
		if within(p.level, level) {
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
		return slices.ContainsFunc(all, func(q *place) bool { return p != q && within(p.level, q.level) })
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

// plan collects what is of the device at a level.
func (f *finder) plan(base, device string) (Plan, error) {
	p := Plan{Device: base}
	if known := f.places[base]; known != nil {
		p.Device = slices.Min(known.ids)
	}
	spared := f.speaking(base)
	owns := func(topic string) bool {
		topic = folded(topic)
		return within(topic, base) && !slices.ContainsFunc(spared, func(s string) bool { return within(topic, s) })
	}
	mine := f.about(owns)
	if groups := mine.groups(); len(groups) > 1 {
		own := slices.IndexFunc(groups, func(g announcements) bool { return g.speaksAt(base) })
		if own < 0 {
			return p, &AmbiguousError{Name: device, Candidates: topicsOf(groups), Below: true}
		}
		for i, g := range groups {
			for _, a := range g {
				if i != own {
					spared = append(spared, foldedAll(a.states)...)
				}
			}
		}
		mine = f.about(owns)
	}
	why := f.whys(mine, base, owns)
	for _, m := range f.messages {
		if reason, ok := why[m.Topic]; ok {
			p.Items = append(p.Items, Item{m, reason})
		}
	}
	for _, s := range spared {
		if other := f.places[s]; other != nil {
			s = slices.Min(other.ids)
		}
		p.Spared = append(p.Spared, s)
	}
	slices.Sort(p.Spared)
	p.Spared = slices.Compact(p.Spared)
	slices.SortFunc(p.Items, func(a, b Item) int { return strings.Compare(a.Topic, b.Topic) })
	return p, nil
}

// speaking are the levels of the devices below a level that have told of themselves.
func (f *finder) speaking(base string) (levels []string) {
	for level, p := range f.places {
		if level != base && within(level, base) && p.speaks {
			levels = append(levels, level)
		}
	}
	return levels
}

// about are the announcements of the topics that owns says are the device's.
func (f *finder) about(owns func(string) bool) (mine announcements) {
	others := func(a *announcement) bool {
		return slices.ContainsFunc(a.states, func(t string) bool { return !owns(t) })
	}
	var ids []string
	for _, a := range f.announcements {
		if !others(&a) && (slices.ContainsFunc(a.states, owns) || slices.ContainsFunc(a.commands, owns)) {
			mine = append(mine, a)
			ids = append(ids, a.ids...)
		}
	}
	for _, a := range f.announcements {
		if share(a.ids, ids) && !others(&a) && !mine.has(a.topic) {
			mine = append(mine, a)
		}
	}
	return mine
}

// whys says of each topic of the device why it is.
func (f *finder) whys(mine announcements, base string, owns func(string) bool) map[string]string {
	why := map[string]string{}
	elsewhere := map[string]bool{} // what others say tells of them
	for _, a := range f.announcements {
		for _, t := range slices.Concat(a.states, a.availability) {
			elsewhere[t] = elsewhere[t] || !mine.has(a.topic)
		}
	}
	_, name := cutLast(strings.TrimSuffix(base, "/"+anyPrefix))
	for _, a := range mine {
		why[a.topic] = "announces it"
		for _, t := range a.availability {
			levels := strings.Split(t, "/")
			if !elsewhere[t] && (slices.Contains(levels, name) || share(levels, a.ids)) {
				why[t] = "tells whether it is there"
			}
		}
	}
	for i := range f.messages {
		t := f.messages[i].Topic
		folder, _ := cutLast(t)
		if owns(t) {
			why[t] = "its topic"
		} else if slices.ContainsFunc(mine, func(a announcement) bool { return a.beside != "" && a.beside == folder }) {
			why[t] = cmp.Or(why[t], "announces it")
		}
	}
	return why
}
