package capture

import (
	"bytes"
	"time"

	"labtop/model"
	"labtop/packet"
)

const (
	// maxPayload is what is kept of a payload, in bytes; of a longer one its start.
	maxPayload = 15 << 20
	// maxWhole is the length of the longest packet that is kept as a whole.
	maxWhole = 16 << 20
	// maxTried is how many bytes of a connection are looked at for packets before
	// it counts as none of MQTT's, and maxSought how many wait for more of them while
	// the next packet is looked for.
	maxTried  = 64 << 10
	maxSought = 64 << 10
	// maxSpare is how much memory stays with a stream that needs none.
	maxSpare = 256 << 10
	// maxAliases bounds the topic aliases of a stream, maxAliasBytes the bytes of the
	// topics that they stand for; what is beyond stands for none.
	maxAliases    = 4096
	maxAliasBytes = 4 << 20
)

// stream is what is sent in one direction of a connection: bytes become packets.
type stream struct {
	connection *connection
	index      int        // of the half
	web        *webFrames // in which it is; nil for none
	whole      bool       // its beginning was captured
	synced     bool       // a packet begins at the start of buf
	tried      int        // bytes that were no packets, as long as it is not known what is carried
	store      []byte     // the memory of buf
	buf        []byte     // what was fed and is not dealt with
	fresh      int        // how many at the end of buf are the last segment; 0 when it goes on with a packet
	at         time.Time  // when the last bytes came
	skip       int        // bytes that belong to a packet and are passed over
	cut        *message   // the packet that they belong to, if it is a message

	gap        missing
	aliases    map[uint16]string
	named      int                 // bytes of the topics in aliases
	unreleased map[uint16]struct{} // identifiers of messages of QoS 2
}

// missing is a piece that the capture lacks.
type missing struct {
	found bool
	bytes int // 0 when that is not known
	from  time.Time
}

// message is a PUBLISH on its way.
type message struct {
	model.Message
	topic      *topic
	fromBroker bool
}

// fromBroker says whether the broker speaks here.
func (s *stream) fromBroker() bool { return s.index == s.connection.broker }

// feed takes the bytes that come next.
func (s *stream) feed(b []byte, at time.Time) {
	if c := s.connection.carries; c != mqtt && c != unknown {
		return
	}
	s.at = at
	if s.web != nil {
		if b = s.web.take(b); s.web.sought {
			s.drift()
			return
		}
	}
	skipped := min(s.skip, len(b))
	s.skip -= skipped
	if len(s.buf) == 0 && cap(s.store) > maxSpare {
		s.store = nil
	}
	left := copy(s.store, s.buf)
	s.store = append(s.store[:left], b[skipped:]...)
	s.buf = s.store
	if s.fresh = len(b); skipped > 0 {
		s.fresh = 0
	}
}

// lost says that so many bytes are missing before those that come next; a negative
// number that it is not known how many.
func (s *stream) lost(n int) {
	s.whole = false
	if s.web != nil {
		n = s.web.lose(n)
	}
	if s.connection.carries != mqtt {
		s.buf = nil
		return
	}
	left := s.skip
	if left == 0 && s.synced && len(s.buf) > 0 {
		if h, err := packet.ParseHeader(s.buf); err == nil && h.Size > 0 {
			left = h.Length() - len(s.buf)
		}
	}
	s.gap = missing{found: true, bytes: max(n, 0), from: s.at}
	s.drift()
	if n >= 0 && n <= left { // they are all of the packet under way
		s.skip, s.synced = left-n, true
	}
}

// drift forgets the packet under way: nobody knows where the next one begins.
func (s *stream) drift() {
	s.aliases, s.named = nil, 0 // they may have changed
	s.buf, s.cut, s.skip, s.synced = nil, nil, 0, false
}

// next takes the next message out of the bytes; false when more are needed.
func (s *stream) next(r *Reader, m *message) bool {
	if s.read(r, m) {
		return true
	}
	if s.web != nil && s.web.failed && s.connection.carries != webSocket {
		s.ignore(r, webSocket)
	}
	return false
}

// read is next for what is there already.
func (s *stream) read(r *Reader, m *message) bool {
	for {
		switch {
		case s.connection.carries == unknown:
			if !s.detect(r) {
				return false
			}
		case s.connection.carries != mqtt:
			s.buf = nil
			return false
		case s.cut != nil:
			if s.skip > 0 {
				return false
			}
			*m, s.cut = *s.cut, nil
			m.Time = s.at
			return true
		case len(s.buf) == 0 || !s.synced && !s.seek(r):
			return false
		}
		if s.connection.carries == mqtt {
			if taken, ok := s.packet(r, m); ok || !taken {
				return ok
			}
		}
	}
}

// detect finds out what the connection carries; false when more bytes are needed, or
// it is nothing to be read.
func (s *stream) detect(r *Reader) bool {
	c := s.connection
	if len(s.buf) == 0 {
		return false
	}
	says, more := opening(s.buf)
	switch {
	case says == mqtt:
		c.broker, c.sure = 1-s.index, true
		s.begin(r)
		return true
	case says == webSocket && s.web == nil:
		c.upgrade(s, s.buf[0] == 'G')
		return true
	case more && s.whole:
		return false
	case says == encrypted, says != unknown && s.whole:
		s.ignore(r, says)
		return false
	}
	e, verdict := examine(s.buf)
	switch {
	case verdict == isRun && (e.publishes > 0 || c.standard() || s.whole && e.broker):
		s.direct(e)
		s.begin(r)
		return true
	case verdict == isUnclear && len(s.buf) < maxTried:
		return false
	}
	s.tried += len(s.buf)
	s.buf = nil
	if !c.standard() && s.tried >= maxTried {
		s.ignore(r, other)
	}
	return false
}

// ignore makes the connection one that is not read.
func (s *stream) ignore(r *Reader, carries protocol) {
	s.connection.carries = carries
	s.buf = nil
	r.report.found(s.connection, s)
}

// begin makes the connection one of MQTT: packets begin at the start of the bytes.
func (s *stream) begin(r *Reader) {
	s.connection.carries, s.synced = mqtt, true
	if other := &s.connection.halves[1-s.index].stream; other.whole && other.tried == 0 {
		other.synced = true
	}
	r.report.found(s.connection, s)
}

// direct takes in what packets tell of who the broker is.
func (s *stream) direct(e evidence) {
	c := s.connection
	if !c.sure && (e.client || e.broker) {
		c.sure = true
		c.broker = s.index
		if e.client {
			c.broker = 1 - s.index
		}
	}
}

// seek looks for a place at which packets begin; false when there is none yet. Most begin
// where a segment does. So what may be one before it, of which not all was there, is none
// when there are some at its start: a text such as 22°C begins like a long one.
func (s *stream) seek(r *Reader) bool {
	if start := len(s.buf) - s.fresh; s.fresh > 0 && start > 0 {
		if e, verdict := examine(s.buf[start:]); verdict == isRun && e.certain() {
			r.report.Skipped += uint64(start)
			s.buf = s.buf[start:]
		}
	}
	for i := range s.buf {
		e, verdict := examine(s.buf[i:])
		switch {
		case verdict == isRun && (i == 0 || e.certain()):
			s.direct(e)
			r.report.Skipped += uint64(i)
			s.buf, s.synced = s.buf[i:], true
			return true
		case verdict == isUnclear && len(s.buf)-i < maxSought:
			r.report.Skipped += uint64(i)
			s.buf = s.buf[i:]
			return false
		}
	}
	r.report.Skipped += uint64(len(s.buf))
	s.buf = nil
	return false
}

// packet deals with the packet at the start of the bytes. taken says that it was
// there, ok that m is a message.
func (s *stream) packet(r *Reader, m *message) (taken, ok bool) {
	if len(s.buf) == 0 {
		return false, false
	}
	h, err := packet.ParseHeader(s.buf)
	if err != nil || !possible(h) {
		s.broken(r)
		return true, false
	}
	switch {
	case h.Size == 0, len(s.buf) < h.Length() && len(s.buf) < maxWhole:
		return false, false
	case h.Length() > maxWhole:
		s.large(r, h)
		return true, false
	}
	body := s.buf[h.Size:h.Length()]
	s.buf = s.buf[h.Length():]
	s.direct(roleOf(h.Type))
	switch h.Type {
	case packet.Publish:
		ok = s.publish(r, h, body, len(body), m)
	case packet.Connect:
		s.connect(r, body)
	case packet.Connack:
		s.accepted(h)
	case packet.Pubrel:
		if len(body) >= 2 {
			delete(s.unreleased, uint16(body[0])<<8|uint16(body[1]))
		}
	}
	return true, ok
}

// accepted takes in the length of a CONNACK, which only MQTT 5 has with properties.
func (s *stream) accepted(h packet.Header) {
	if c := s.connection; c.level == 0 || c.guessed {
		if c.level, c.guessed = 4, false; h.Remaining > 2 {
			c.level = packet.V5
		}
	}
}

// broken deals with bytes that are no packet where there must be one.
func (s *stream) broken(r *Reader) {
	r.report.Broken++
	r.report.Skipped++
	s.buf, s.synced = s.buf[1:], false
}

// large deals with a packet that is too long to be kept, whose start is there: of a
// message the start of the payload is kept.
func (s *stream) large(r *Reader, h packet.Header) {
	m := new(message)
	if s.publish(r, h, s.buf[h.Size:], h.Remaining, m) {
		s.cut = m
	}
	s.skip = h.Length() - len(s.buf)
	s.buf = nil
}

// publish makes a message of a PUBLISH, of whose body of so many bytes the start or
// all is there. It is false when it counts for nothing.
func (s *stream) publish(r *Reader, h packet.Header, body []byte, size int, m *message) bool {
	c := s.connection
	if c.level == 0 {
		c.level, c.guessed = s.guess(h, body), true
		r.report.Guessed++
	}
	p, err := packet.ParsePublish(h, body, c.level)
	if err != nil && c.guessed && c.level == packet.V5 {
		c.level = 4
		p, err = packet.ParsePublish(h, body, c.level)
	}
	if err != nil {
		r.report.Broken++
		return false
	}
	m.topic = s.topic(r, p)
	if m.topic == nil || h.QoS() == 2 && s.repeats(r, p.ID) {
		return false
	}
	m.fromBroker = s.fromBroker()
	m.Message = model.Message{
		Topic: m.topic.name, Size: size - (len(body) - len(p.Payload)),
		Time: s.at, QoS: h.QoS(), Retained: h.Retained(), Dup: h.Dup(),
		Properties: model.Sent(p.Properties, 0, noFilter),
	}
	if len(p.Payload) > 0 {
		m.Payload = bytes.Clone(p.Payload[:min(len(p.Payload), maxPayload)])
	}
	return true
}

// noFilter says that nobody knows the filters of subscriptions, for they are not read.
func noFilter(uint32) string { return "" }

// guess is the level of MQTT of a connection whose beginning was not captured.
func (s *stream) guess(h packet.Header, body []byte) byte {
	p, err := packet.ParsePublish(h, body, packet.V5)
	if err != nil || len(p.Topic) == 0 && p.Alias == 0 || !likeV5(s.buf) {
		return 4
	}
	return packet.V5
}

// topic is what is known of the topic of a PUBLISH, nil when there is none.
func (s *stream) topic(r *Reader, p packet.Message) *topic {
	if len(p.Topic) == 0 {
		name, ok := s.aliases[p.Alias]
		if !ok {
			r.report.Nameless++
			return nil
		}
		return r.topics.of([]byte(name))
	}
	if bytes.ContainsAny(p.Topic, "#+") {
		r.report.Broken++
		return nil
	}
	t := r.topics.of(p.Topic)
	if p.Alias != 0 {
		s.alias(p.Alias, t.name)
	}
	return t
}

// alias has an alias stand for a topic from now on.
func (s *stream) alias(alias uint16, name string) {
	if s.aliases == nil {
		s.aliases = map[uint16]string{}
	}
	s.named -= len(s.aliases[alias])
	delete(s.aliases, alias)
	if len(s.aliases) < maxAliases && s.named+len(name) <= maxAliasBytes {
		s.aliases[alias] = name
		s.named += len(name)
	}
}

// repeats says whether a message of QoS 2 came before and was not released yet (MQTT
// 3.1.1 section 4.3.3).
func (s *stream) repeats(r *Reader, id uint16) bool {
	if _, ok := s.unreleased[id]; ok {
		r.report.Repeats++
		return true
	}
	if s.unreleased == nil {
		s.unreleased = map[uint16]struct{}{}
	}
	s.unreleased[id] = struct{}{}
	return false
}

// connect takes in what a CONNECT says. A session that goes on brings the messages of
// QoS 2 that were not released.
func (s *stream) connect(r *Reader, body []byte) {
	said, err := packet.ParseConnect(body)
	if err != nil {
		r.report.Broken++
		return
	}
	c := s.connection
	r.leave(c)
	c.level, c.guessed, c.client = said.Level, false, string(said.ClientID)
	before := r.session(c)
	if before == nil || said.Clean || before.broker != c.broker {
		return
	}
	for i := range c.halves {
		c.halves[i].stream.unreleased = before.halves[i].stream.unreleased
	}
}

// kept is how many bytes the stream keeps, about.
func (s *stream) kept() int {
	const anAlias, anID = 64, 16
	cut := 0
	if s.cut != nil {
		cut = len(s.cut.Payload) + s.cut.Properties.Size()
	}
	web := 0
	if s.web != nil {
		web = s.web.kept()
	}
	return cap(s.store) + web + cut + anAlias*len(s.aliases) + s.named + anID*len(s.unreleased)
}
