package decode

import (
	"slices"
	"strconv"
	"strings"

	"labtop/model"
)

// maxPath is the longest path of a reading, and the longest key, in bytes.
const maxPath = 256

// tree holds the places that the payloads of one topic have had so far, so that
// a known place costs no allocation and always has the same path. It is bounded:
// a hostile device makes up new keys for ever.
type tree struct {
	// places are all there are, in the order of their appearance: a copy of the tree
	// grows from them when it is needed.
	places []place
	root   node
	nodes  []*node // those of the places
	grown  bool    // they are all there
	// kids finds the member of an object, by the bytes of its key as they stand in the
	// payload, and slots what two spellings of one path share. They are nil while there are
	// few places: with very many topics they would be most of what is kept of them.
	kids  map[edge]*node
	slots map[string]*slot
	// message counts the payloads that were read into it.
	message uint64
	// full says that there is no memory for further places, learned how many bytes those
	// need, about, that were new in the present message.
	full    bool
	learned int
}

// fewPlaces are looked through one by one.
const fewPlaces = 8

// treeBytes is about what a tree needs, nodeBytes a place in it, its texts apart, and
// indexBytes what a place needs in kids and slots.
const treeBytes, nodeBytes, indexBytes = 280, 250, 110

// place tells how to find a node from that of its parent, the places[parent-1], or the
// root when parent is 0: by the key as it stands in the payload, or as the next element
// of an array.
type place struct {
	parent int32
	item   bool
	raw    string
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
	number    int32 // of its place, from 1; 0 is the root
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

// Copy returns a decoder that knows the same places.
func (d *decoder) Copy() model.Decoder {
	n := *d
	if d.tree != nil {
		n.tree = &tree{places: slices.Clip(d.tree.places)}
	}
	return &n
}

// grow makes the tree, once.
func (d *decoder) grow() {
	if d.tree != nil && d.tree.grown {
		return
	}
	t := &tree{grown: true}
	t.root.name = d.Route().Metric
	var known []place
	if d.tree != nil {
		known = d.tree.places
	}
	d.tree = t
	for i := range known {
		p := &known[i]
		if parent := t.node(p.parent); p.item {
			d.item(parent, len(parent.items))
		} else {
			d.member(parent, nil, []byte(p.raw))
		}
	}
}

// node is the one with a number.
func (t *tree) node(number int32) *node {
	if number == 0 {
		return &t.root
	}
	return t.nodes[number-1]
}

// kid finds the member of an object, or nil.
func (t *tree) kid(parent *node, raw string) *node {
	if t.kids != nil {
		return t.kids[edge{parent, raw}]
	}
	for i, n := range t.nodes {
		if p := &t.places[i]; p.parent == parent.number && !p.item && n.raw == raw {
			return n
		}
	}
	return nil
}

// slot finds that of a path, or nil.
func (t *tree) slot(path string) *slot {
	if t.slots != nil {
		return t.slots[path]
	}
	for _, n := range t.nodes {
		if n.path == path {
			return n.slot
		}
	}
	return nil
}

// index makes kids and slots of the nodes that there are.
func (t *tree) index() {
	t.kids, t.slots = make(map[edge]*node), make(map[string]*slot)
	t.learned += len(t.nodes) * indexBytes
	for i, n := range t.nodes {
		t.slots[n.path] = n.slot
		if p := &t.places[i]; !p.item {
			t.kids[edge{t.node(p.parent), n.raw}] = n
		}
	}
}

// begin makes the tree ready for a message.
func (d *decoder) begin(out *model.Decoded) {
	d.grow()
	t := d.tree
	t.message++
	t.full, t.learned = out.Full, 0
}

// end tells what was learned from a message. A tree without a place is not kept: when there
// is no memory for places, very many topics would have one.
func (d *decoder) end(out *model.Decoded) {
	out.Learned = d.tree.learned
	if len(d.tree.places) == 0 {
		d.tree = nil
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
	n := t.kid(parent, string(raw))
	if n == nil {
		if n = d.newMember(parent, raw); n == nil {
			return nil
		}
		if t.kids != nil {
			t.kids[edge{parent, n.raw}] = n
		}
	}
	*likely = n
	return n
}

// newMember makes the place of a member that was not seen before.
func (d *decoder) newMember(parent *node, raw []byte) *node {
	if d.full() {
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
	n := d.place(path, name, place{parent: parent.number})
	if n == nil {
		return nil
	}
	n.raw = string(raw)
	d.tree.learned += len(raw)
	d.tree.places[n.number-1].raw = n.raw
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
	if d.full() {
		return nil
	}
	n := d.place(parent.path+"["+strconv.Itoa(i)+"]", parent.name, place{parent: parent.number, item: true})
	if n != nil {
		parent.items = append(parent.items, n)
	}
	return n
}

// full says that there is no room for another place.
func (d *decoder) full() bool { return d.tree.full || len(d.tree.places) >= d.c.maxPaths }

// place makes the node of a new place, or nothing when there are too many.
func (d *decoder) place(path, name string, at place) *node {
	t := d.tree
	if d.full() || len(path) > maxPath {
		return nil
	}
	if len(t.nodes) == fewPlaces && t.kids == nil {
		t.index()
	}
	if len(t.places) == 0 {
		t.learned += treeBytes
	}
	t.places = append(t.places, at)
	t.learned += nodeBytes + len(path)
	if t.kids != nil {
		t.learned += indexBytes
	}
	n := &node{path: path, name: name, number: int32(len(t.places)), isName: isName(name), rule: d.c.unitRule(name, d.pattern)}
	if n.slot = t.slot(path); n.slot == nil {
		n.slot = new(slot)
		if t.slots != nil {
			t.slots[path] = n.slot
		}
	}
	t.nodes = append(t.nodes, n)
	return n
}
