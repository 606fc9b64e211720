package retained

import (
	"cmp"
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

// plan collects what is of the device at a level.
func (f *finder) plan(base, device string) (Plan, error) {
	p := Plan{Device: base}
	if known := f.places[base]; known != nil {
		p.Device = slices.Min(known.ids)
	}
	spared := f.speaking(base)
	owns := func(topic string) bool {
		topic = folded(topic)
		return model.Below(topic, base) && !slices.ContainsFunc(spared, func(s string) bool { return model.Below(topic, s) })
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
		if level != base && model.Below(level, base) && p.speaks {
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
