package decode

import (
	"strconv"
	"strings"
)

// maxPath is the longest path of a reading, and the longest key, in bytes.
const maxPath = 256

// tree holds the places that the payloads of one topic have had so far, so that
// a known place costs no allocation and always has the same path. It is bounded:
// a hostile device makes up new keys for ever.
type tree struct {
	root node
	// kids finds the member of an object, by the bytes of its key as they stand in the payload.
	kids map[edge]*node
	// slots finds what two spellings of one path share.
	slots map[string]*slot
	size  int
	// message counts the payloads that were read into it.
	message uint64
}

// edge leads from an object to a member.
type edge struct {
	parent *node
	key    string
}

// node is one place in the payload: an object, an array, or a value.
type node struct {
	path string
	// raw is the key as it stands in the payload, between the quotes.
	raw string
	// name is the key, or that of the array which the element is in.
	name string
	slot *slot
	// next is the member that followed in an earlier message, and first the one that an
	// object began with: usually they do so again.
	next, first *node
	items       []*node

	rule      *rule
	isName    bool
	presence  bool   // tells the presence on a presence topic
	owntracks bool   // "_type", whose value lwt is a will
	unitOf    string // the member whose unit this one names
	unitOnly  bool   // names the unit of the only value beside it
	unit      cachedUnit
}

// slot tells where the reading of a path is in the message with number message.
type slot struct {
	message uint64
	reading int
}

// cachedUnit keeps the unit last declared at a place, with its text.
type cachedUnit struct{ text, unit string }

// declared returns the unit that text declares.
func (u *cachedUnit) declared(text []byte) string {
	if u.text != string(text) {
		u.unit = declaredUnit(text)
		u.text = string(clip(text, maxUnit+1))
	}
	return u.unit
}

// grow makes the tree, once.
func (d *decoder) grow() {
	if d.tree == nil {
		d.tree = &tree{kids: make(map[edge]*node), slots: make(map[string]*slot)}
		d.tree.root.name = d.Route().Metric
	}
}

// member returns the place of the member of an object with a key, given as it
// stands in the payload. previous is the member before it, nil for the first. The
// result is nil when there is no room for another place.
func (d *decoder) member(parent, previous *node, raw []byte) *node {
	likely := &parent.first
	if previous != nil {
		likely = &previous.next
	}
	if n := *likely; n != nil && n.raw == string(raw) {
		return n
	}
	t := d.tree
	n := t.kids[edge{parent, string(raw)}]
	if n == nil {
		if n = d.newMember(parent, raw); n == nil {
			return nil
		}
		t.kids[edge{parent, n.raw}] = n
	}
	*likely = n
	return n
}

// newMember makes the place of a member that was not seen before.
func (d *decoder) newMember(parent *node, raw []byte) *node {
	if d.tree.size >= d.c.maxPaths {
		return nil
	}
	key := strings.ToValidUTF8(string(unescape(raw)), "\uFFFD")
	path, name := key, key
	top := parent == &d.tree.root
	if !top {
		path = parent.path + "." + key
	} else if key == noMetric {
		name = d.Route().Metric // {"value":21.5} is the metric of the topic
	}
	n := d.place(path, name)
	if n == nil {
		return nil
	}
	n.raw = string(raw)
	n.presence = top && saysPresence(key)
	n.owntracks = top && key == "_type"
	n.unitOf, n.unitOnly = unitTarget(key)
	return n
}

// item returns the place of the element i of an array, or nil when there is no room.
func (d *decoder) item(parent *node, i int) *node {
	if i < len(parent.items) {
		return parent.items[i]
	}
	if d.tree.size >= d.c.maxPaths {
		return nil
	}
	n := d.place(parent.path+"["+strconv.Itoa(i)+"]", parent.name)
	if n != nil {
		parent.items = append(parent.items, n)
	}
	return n
}

// place makes the node of a new place, or nothing when there are too many.
func (d *decoder) place(path, name string) *node {
	t := d.tree
	if t.size >= d.c.maxPaths || len(path) > maxPath {
		return nil
	}
	t.size++
	n := &node{path: path, name: name, isName: isName(name), rule: d.c.unitRule(name, d.pattern)}
	if n.slot = t.slots[path]; n.slot == nil {
		n.slot = new(slot)
		t.slots[path] = n.slot
	}
	return n
}
