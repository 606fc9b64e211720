package capture

// The bounds of what is kept while a capture is read.
const (
	// maxConnections is how many connections are known at a time; beyond it those
	// are forgotten that were silent for the longest time.
	maxConnections = 16 << 10
	// maxKept bounds the bytes that all connections keep, packets that are not whole
	// and segments that wait for others; beyond it connections are forgotten too.
	maxKept = 32 << 20
)

// protocol is what a connection carries.
type protocol uint8

const (
	unknown protocol = iota
	mqtt
	encrypted
	webSocket
	other
)

// connection is a TCP connection: two halves, one for each direction.
type connection struct {
	id      uint64
	ends    [2]endpoint // who sends in each half
	halves  [2]half
	carries protocol
	broker  int  // the half in which the broker speaks
	sure    bool // that it does
	level   byte // of MQTT, 0 when that is not known
	guessed bool // the level is

	client  string // its id, when its CONNECT was captured
	closed  bool
	counted int // of what is kept, this much is counted

	older, newer *connection // by when they were last heard
}

// standardPort is the port of MQTT without encryption.
const standardPort = 1883

func newConnection(id uint64, s *segment) *connection {
	c := &connection{id: id, ends: [2]endpoint{s.from, s.to}}
	switch from, to := s.from.port, s.to.port; {
	case s.flags&flagSYN != 0 && s.flags&flagACK == 0:
		c.broker, c.sure = 1, true
	case s.flags&flagSYN != 0:
		c.broker, c.sure = 0, true
	case to == standardPort || from != standardPort && to < from:
		c.broker = 1
	}
	for i := range c.halves {
		c.halves[i].stream.connection = c
		c.halves[i].stream.index = i
	}
	return c
}

// upgrade makes the connection a WebSocket, as one of its sides has said: a client or a
// broker. What it carries is still to be found out.
func (c *connection) upgrade(by *stream, client bool) {
	if c.broker, c.sure = by.index, true; client {
		c.broker = 1 - by.index
	}
	for i := range c.halves {
		s := &c.halves[i].stream
		said := s.buf
		s.web, s.buf = &webFrames{client: i != c.broker}, nil
		s.feed(said, s.at)
	}
}

// standard says whether the broker's port is the one of MQTT.
func (c *connection) standard() bool { return c.ends[c.broker].port == standardPort }

// kept is how many bytes the connection keeps, about.
func (c *connection) kept() int {
	const aSegment = 48
	n := len(c.client)
	for i := range c.halves {
		h := &c.halves[i]
		n += h.bytes + aSegment*len(h.held) + h.stream.kept()
	}
	return n
}

// connections are those that are known, in the order in which they were last heard.
type connections struct {
	all            map[[2]endpoint]*connection
	oldest, newest *connection
	ids            uint64
}

// of is the connection of a segment, nil when it is not known, and which of its halves
// the segment belongs to.
func (cs *connections) of(s *segment) (c *connection, index int) {
	if c = cs.all[[2]endpoint{s.from, s.to}]; c != nil {
		return c, 0
	}
	return cs.all[[2]endpoint{s.to, s.from}], 1
}

// add makes a connection of its first segment, which belongs to the half 0.
func (cs *connections) add(s *segment) *connection {
	cs.ids++
	c := newConnection(cs.ids, s)
	cs.all[c.ends] = c
	cs.link(c)
	return c
}

// heard makes a connection the newest.
func (cs *connections) heard(c *connection) {
	if c != cs.newest {
		cs.unlink(c)
		cs.link(c)
	}
}

func (cs *connections) remove(c *connection) {
	cs.unlink(c)
	delete(cs.all, c.ends)
}

func (cs *connections) link(c *connection) {
	c.older, c.newer = cs.newest, nil
	if cs.newest != nil {
		cs.newest.newer = c
	} else {
		cs.oldest = c
	}
	cs.newest = c
}

func (cs *connections) unlink(c *connection) {
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		cs.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		cs.newest = c.older
	}
}
