package recording

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"labtop/model"
)

// flavours is how many channels one topic can have: three levels of QoS, retained
// or not, dup or not.
const flavours = 12

// topicChannels are the ids of one topic's channels; 0 where there is none yet.
type topicChannels [flavours]uint16

// flavour is the place of a message's channel among its topic's.
func flavour(m *model.Message) int {
	i := int(min(m.QoS, 2))
	if m.Retained {
		i += 3
	}
	if m.Dup {
		i += 6
	}
	return i
}

// channels are those of a file that is being written.
type channels struct {
	topics  map[string]*topicChannels
	own     map[string]uint16 // by kind
	all     []*mcapChannel    // by id, from 1
	defined []uint64          // by id: the chunk of the last definition, counted from 1
	counts  []uint64          // by id: its records
	bytes   int               // of the topics
}

// ownChannels is how many channels are kept for those below labtop/, ownTopics how many
// bytes for their topics.
const ownChannels, ownTopics = 11, 1 << 10

func newChannels() channels {
	return channels{
		topics: map[string]*topicChannels{}, own: map[string]uint16{},
		all: make([]*mcapChannel, 1), defined: make([]uint64, 1), counts: make([]uint64, 1),
	}
}

// add makes a channel.
func (c *channels) add(topic, encoding string, metadata ...pair) uint16 {
	id := uint16(len(c.all))
	c.all = append(c.all, &mcapChannel{id, topic, encoding, metadata})
	c.defined, c.counts = append(c.defined, 0), append(c.counts, 0)
	return id
}

// of is the channel of a message; 0 for one that has none of its topic's own, because it
// is only known, or there is no room for another.
func (c *channels) of(m *model.Message) uint16 {
	if m.Known {
		return 0
	}
	t := c.topics[m.Topic]
	i := flavour(m)
	if t != nil && t[i] != 0 {
		return t[i]
	}
	if len(c.all) > maxChannels-ownChannels || c.bytes+len(m.Topic) > maxTopics-ownTopics {
		return 0
	}
	c.bytes += len(m.Topic)
	encoding := ""
	if isJSON(m.Payload) {
		encoding = "json"
	}
	id := c.add(strings.Clone(m.Topic), encoding, // it may be part of something large
		pair{"dup", strconv.FormatBool(m.Dup)}, pair{"qos", strconv.Itoa(int(min(m.QoS, 2)))}, pair{"retained", strconv.FormatBool(m.Retained)})
	if t == nil {
		t = new(topicChannels)
		c.topics[c.all[id].topic] = t
	}
	t[i] = id
	return id
}

// ofKind is one of the channels below labtop/.
func (c *channels) ofKind(kind string) uint16 {
	if id := c.own[kind]; id != 0 {
		return id
	}
	encoding := "json"
	if kind == kindOverflow || kind == kindKnown {
		encoding = ""
	}
	id := c.add("labtop/"+kind, encoding, pair{"labtop", kind})
	c.own[kind] = id
	return id
}

// isJSON says whether a payload is a JSON object or array.
func isJSON(payload []byte) bool {
	text := bytes.TrimLeft(payload, " \t\r\n")
	return len(text) > 1 && (text[0] == '{' || text[0] == '[') && json.Valid(text)
}
