package health

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The bounds of what a broker can make the tracker keep.
const (
	maxNodes   = 32
	maxBridges = 64
	maxName    = 256      // bytes of a node's or bridge's topic
	maxText    = 128      // bytes of a version
	maxObject  = 16 << 10 // bytes of a JSON object that is read
)

// Tracker takes in what the nodes of a broker say. The zero value knows nothing.
type Tracker struct {
	nodes   []node // by order of appearance
	bridges []bridge
	events  int64 // when NanoMQ last told of a client; it has no figures
	lost    int64 // when the connection was lost last; 0 when it never was
}

// node is what one node of a broker said.
type node struct {
	topic       string // what all its topics begin with
	grammar     grammar
	family      Family
	version     string
	description string
	heard       int64 // when it said something last
	values      [slots]value
}

// Said is what one message told.
type Said struct {
	// Dropped is how many more messages the broker has dropped than it had said before.
	Dropped uint64
	// Again says that a live message told all figures of its node again.
	Again bool
	// node is the place of the node, told what it said: a bit for each slot.
	node int
	told uint64
}

// Hear takes in a message on one of the topics below $SYS, at a time in nanoseconds since
// 1970. It keeps neither topic nor payload.
func (t *Tracker) Hear(topic string, payload []byte, at int64, stored bool) (s Said) {
	if topic == "$SYS/brokers/connected" || topic == "$SYS/brokers/disconnected" {
		t.events = max(t.events, at)
		return s
	}
	g, name, rest, ok := place(topic)
	if !ok {
		return s
	}
	if g == community && t.hearBridge(topic, rest, payload, at) {
		return s
	}
	h := hearing{grammar: g, name: name, at: at, stored: stored}
	if object := members[rest]; object != nil && g == clustered {
		h.family = RMQTT
		return t.hearObject(h, object, payload)
	}
	known, ok := names[g][rest]
	if !ok {
		return s
	}
	h.family = known.family
	return t.hearText(h, known.slot, strings.Trim(string(payload[:min(len(payload), maxText)]), " \t\r\n"))
}

// hearing is a message that is being read.
type hearing struct {
	grammar grammar
	name    string // the node's
	family  Family
	at      int64
	stored  bool
}

// hearText takes in a message that tells one thing.
func (t *Tracker) hearText(h hearing, s slot, text string) (said Said) {
	switch s {
	case marker:
		t.node(h)
		return said
	case version, description:
		if n := t.node(h); n != nil && s == version {
			n.version = text
		} else if n != nil {
			n.description = text
		}
		return said
	}
	read := number
	if s == uptime {
		read = func(text string, _ bool) (float64, bool) { return seconds(text) }
	}
	v, ok := read(text, s >= anyReceivedMinute)
	if !ok {
		return said
	}
	return t.take(h, told{s, v})
}

// hearObject takes in an object with a number for each member.
func (t *Tracker) hearObject(h hearing, known map[string]slot, payload []byte) (said Said) {
	if len(payload) > maxObject {
		return said
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(payload, &object) != nil {
		return said
	}
	var all []told
	for member, s := range known {
		if v, ok := number(string(object[member]), false); ok {
			all = append(all, told{s, v})
		}
	}
	if len(all) == 0 {
		return said
	}
	return t.take(h, all...)
}

// told is a number that was told.
type told struct {
	slot   slot
	number float64
}

// take gives a node the values that it told.
func (t *Tracker) take(h hearing, values ...told) (said Said) {
	n := t.node(h)
	if n == nil {
		return said
	}
	said.node = slices.IndexFunc(t.nodes, func(o node) bool { return o.topic == n.topic })
	for _, v := range values {
		old := n.values[v.slot]
		if h.at < old.at {
			continue // it is late
		}
		if v.slot == uptime && v.number < old.number {
			n.restart()
		}
		said.told |= bits(v.slot)
		n.values[v.slot].say(v.number, h.at, !h.stored)
		if v.slot == n.drops() && old.at != 0 {
			said.Dropped = growth(old.number, v.number)
		}
		if v.slot == uptime && h.grammar == community && !h.stored {
			said.Again, said.told = true, ^uint64(0)
		}
	}
	return said
}

// growth is by how much a total has grown, which may have begun anew.
func growth(was, is float64) uint64 {
	if is < was {
		return uint64(is)
	}
	return uint64(is - was)
}

// drops is the slot that tells what was dropped.
func (n *node) drops() slot {
	if n.values[droppedPublishes].at != 0 {
		return droppedPublishes
	}
	return dropped
}

// restart forgets what rates would be made of.
func (n *node) restart() {
	for i := range n.values {
		n.values[i].since, n.values[i].over = 0, 0
	}
}

// gone is for how long a node may say nothing, while another one speaks, and still be
// one of the cluster: EMQX and RMQTT speak once a minute.
const gone = int64(5 * time.Minute)

// node finds or makes the node that speaks; nil when there are too many.
func (t *Tracker) node(h hearing) *node {
	i := slices.IndexFunc(t.nodes, func(n node) bool { return n.topic == h.name })
	if i < 0 {
		i = len(t.nodes)
		if i == maxNodes {
			i = t.oldest()
			if t.nodes[i].heard > h.at-gone {
				return nil
			}
			t.nodes[i] = node{}
		} else {
			t.nodes = append(t.nodes, node{})
		}
		t.nodes[i].topic, t.nodes[i].grammar = strings.Clone(h.name), h.grammar
	}
	n := &t.nodes[i]
	n.heard = max(n.heard, h.at)
	n.family = cmp.Or(n.family, h.family)
	return n
}

// oldest is the place of the node that has said nothing for longest.
func (t *Tracker) oldest() int {
	oldest := 0
	for i := range t.nodes {
		if t.nodes[i].heard < t.nodes[oldest].heard {
			oldest = i
		}
	}
	return oldest
}

// Lost says that the connection was lost: the next one may lead to another broker, so
// that nodes that are not heard on it have no part in its report once another one is.
func (t *Tracker) Lost(at int64) { t.lost = at }

// Times calls f with each time that the tracker keeps.
func (t *Tracker) Times(f func(at *int64)) {
	f(&t.lost)
	f(&t.events)
	for i := range t.nodes {
		n := &t.nodes[i]
		f(&n.heard)
		for j := range n.values {
			f(&n.values[j].at)
			f(&n.values[j].since)
		}
	}
	for i := range t.bridges {
		f(&t.bridges[i].at)
	}
}

// Copy returns a tracker that shares nothing with t that changes.
func (t *Tracker) Copy() Tracker {
	c := *t
	c.nodes, c.bridges = slices.Clone(t.nodes), slices.Clone(t.bridges)
	return c
}
