package retained

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// What firmware announces itself with, besides its own topics:
//
//   - Home Assistant's discovery: PREFIX/…/config, JSON with the topics of one entity, or
//     of all of a device, and the identifiers of the device
//     (https://www.home-assistant.io/integrations/mqtt/).
//   - Tasmota's: PREFIX/MAC/config, JSON with the topic and how it is put together, and
//     PREFIX/MAC/sensors beside it (https://tasmota.github.io/docs/MQTT/).
//   - ESPHome's: PREFIX/discover/NAME, JSON with the name, which is also the topic prefix
//     unless the device is configured otherwise (https://esphome.io/components/mqtt.html).

// announces says whether a topic may be such an announcement.
func announces(topic string) bool {
	levels := strings.Split(topic, "/")
	last := len(levels) - 1
	return last > 0 && (levels[last] == "config" || levels[last-1] == "discover")
}

// announcement is what a topic announces.
type announcement struct {
	topic string
	// beside is the folder whose other topics belong to it; empty for none.
	beside string
	// states are the topics on which the device speaks, commands those on which it is
	// spoken to, availability those that tell whether it is there: a gateway's perhaps.
	states, commands, availability []string
	// ids are the identifiers of the device.
	ids []string
}

// announced reads an announcement; ok is false when it is none.
func announced(m *Message) (a announcement, ok bool) {
	if !announces(m.Topic) || len(m.Payload) < m.Size {
		return a, false
	}
	var members map[string]any
	if json.Unmarshal(m.Payload, &members) != nil {
		return a, false
	}
	a.topic = m.Topic
	folder, last := cutLast(m.Topic)
	switch {
	case last != "config": // discover/NAME
		name := text(members, "name")
		if name == "" || name != last {
			return a, false
		}
		a.states = []string{name}
	case members["ft"] != nil && members["tp"] != nil:
		a.states, a.beside = tasmotaTopics(members), folder
	default:
		a.entity(members, text(members, "~"))
	}
	return a, len(a.states)+len(a.commands)+len(a.availability) > 0
}

// tasmotaTopics are the ends below which a Tasmota device speaks and is spoken to.
func tasmotaTopics(members map[string]any) (topics []string) {
	for _, prefix := range texts(members["tp"]) {
		full := strings.NewReplacer("%prefix%", prefix, "%topic%", text(members, "t")).Replace(text(members, "ft"))
		topics = append(topics, strings.TrimSuffix(full, "/"))
	}
	return topics
}

// entity takes the topics and identifiers out of what Home Assistant is told, of one
// entity or of many. base stands for "~".
func (a *announcement) entity(members map[string]any, base string) {
	for name, value := range members {
		switch inner, isMap := value.(map[string]any); {
		case name == "device" || name == "dev":
			a.ids = append(append(a.ids, texts(inner["identifiers"])...), texts(inner["ids"])...)
		case name == "availability" || name == "avty":
			list, _ := value.([]any)
			for _, one := range list {
				if of, ok := one.(map[string]any); ok {
					a.availability = append(a.availability, expanded(cmp.Or(text(of, "topic"), text(of, "t")), base)...)
				}
			}
		case isMap && (name == "components" || name == "cmps"):
			for _, one := range inner {
				if of, ok := one.(map[string]any); ok {
					a.entity(of, base)
				}
			}
		case name == "availability_topic" || name == "avty_t":
			a.availability = append(a.availability, expanded(text(members, name), base)...)
		case strings.HasSuffix(name, "command_topic") || strings.HasSuffix(name, "cmd_t"), strings.HasPrefix(name, "set_pos"):
			a.commands = append(a.commands, expanded(text(members, name), base)...)
		case name == "topic" || name == "t" || strings.HasSuffix(name, "_topic") || strings.HasSuffix(name, "_t"):
			a.states = append(a.states, expanded(text(members, name), base)...)
		}
	}
}

// expanded is a topic with base in the place of a "~" at its start or end; none when there
// is no topic.
func expanded(topic, base string) []string {
	if rest, ok := strings.CutPrefix(topic, "~"); ok && base != "" {
		topic = base + rest
	} else if rest, ok := strings.CutSuffix(topic, "~"); ok && base != "" {
		topic = rest + base
	}
	if topic == "" {
		return nil
	}
	return []string{topic}
}

// text is the text of a member; empty when it is none.
func text(members map[string]any, name string) string {
	s, _ := members[name].(string)
	return s
}

// texts are the texts of a member that is one, or a list of them.
func texts(value any) (all []string) {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

// cutLast cuts the last level off a topic.
func cutLast(topic string) (folder, last string) {
	i := strings.LastIndexByte(topic, '/')
	return topic[:max(i, 0)], topic[i+1:]
}

// share says whether two lists have something in common.
func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// announcements are several.
type announcements []announcement

func (all announcements) has(topic string) bool {
	return slices.ContainsFunc(all, func(a announcement) bool { return a.topic == topic })
}

// groups are the announcements of one device each, by their identifiers. Those without any
// are left out.
func (all announcements) groups() (groups []announcements) {
	for _, a := range all {
		if len(a.ids) == 0 {
			continue
		}
		together := announcements{a}
		var apart []announcements
		for _, g := range groups {
			if slices.ContainsFunc(g, func(b announcement) bool { return share(a.ids, b.ids) }) {
				together = append(together, g...)
			} else {
				apart = append(apart, g)
			}
		}
		groups = append(apart, together)
	}
	return groups
}

// speaksAt says whether one of the topics is at a level itself.
func (all announcements) speaksAt(level string) bool {
	return slices.ContainsFunc(all, func(a announcement) bool { return slices.Contains(foldedAll(a.states), level) })
}

func foldedAll(topics []string) []string {
	all := make([]string, len(topics))
	for i, t := range topics {
		all[i] = folded(t)
	}
	return all
}

// topicsOf names each group by the first topic of its device.
func topicsOf(groups []announcements) (topics []string) {
	for _, g := range groups {
		for _, a := range g {
			if t := slices.Concat(a.states, a.commands); len(t) > 0 {
				topics = append(topics, slices.Min(t))
				break
			}
		}
	}
	slices.Sort(topics)
	return topics
}
