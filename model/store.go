package model

import (
	"math"
	"strings"
	"sync"
	"time"

	"labtop/health"
)

// Store is the state of a lab. See the package comment for who may call what.
type Store struct {
	limits     Limits
	newDecoder func(topic string) Decoder

	// The owner goroutine's alone.
	decoded []decodedMessage
	known   places        // of metrics
	rooms   rooms         // for further topics, devices and metrics
	watcher Watcher       // nil when nobody watches
	seen    []Observation // of the batch, for the watcher

	mu sync.RWMutex // guards what follows, but for what is the owner's alone
	facts
	restored uint64 // how often the facts were replaced by those of a checkpoint
	changes  Changes
}

// facts are all that messages and time change: what a [Checkpoint] keeps. What it
// points to belongs to it alone, but for what nobody changes.
type facts struct {
	// The owner goroutine's alone.
	topics  index[*topicState]
	metrics int
	memory  budget
	names   budget                // of topics and metrics
	texts   budget                // last payloads and values
	places  budget                // in payloads, as decoders know them
	units   units                 // read under the lock
	added   map[*device][]*metric // not arranged yet

	// The store's lock guards what follows, and all devices, topics and metrics.
	byID        index[*device]
	devices     []*device     // by order of appearance; append only
	commands    []*topicState // on which orders came, in that order; append only
	layout      uint64        // grows when a device, a metric or a command's topic appears or moves
	now         int64         // the latest time that Apply or Tick was given
	lastMessage int64
	lastLive    int64  // time of the last message that was not retained; 0 none
	words       uint64 // orders what is said about presence
	rate        rate
	recent      recent
	counters    Counters
	filters     filters
	broker      health.Tracker
	figures     map[Key]uint32 // the watcher's hooks of the broker's figures
	connection  Connection
	connectedAt int64  // since when it has its state
	lostAt      int64  // when it was lost last; 0 never
	certified   int64  // when its certificates were looked at last; 0 never
	losses      []Loss // of the connection; shared, see follow
	bytes       flow   // of the source
	flowedAt    int64  // when it was looked at last; 0 never
	shifted     int64  // by how much the clock was set since the start
	awoke       int64  // when labtop woke up and has not heard the broker since; 0 else
	source      SourceStats
	tally       Tally
}

// decodedMessage is what was read from one message of a batch. topic is nil
// when the topic cap is reached.
type decodedMessage struct {
	topic *topicState
	Decoded
}

// totalWindow is the time constant of the rate of all messages.
const totalWindow = 5 * time.Second

// NewStore makes an empty store. newDecoder makes the decoder of a topic; it is
// called by the owner goroutine, once for each topic.
func NewStore(newDecoder func(topic string) Decoder, limits Limits) *Store {
	limits = limits.withDefaults()
	return &Store{
		limits:     limits,
		newDecoder: newDecoder,
		known:      make(places),
		facts: facts{
			topics:  newIndex[*topicState](),
			memory:  budget{left: limits.HistoryBytes},
			names:   budget{left: int64(limits.NameBytes)},
			texts:   budget{left: int64(limits.TextBytes)},
			places:  budget{left: int64(limits.PlaceBytes)},
			units:   newUnits(),
			added:   make(map[*device][]*metric),
			figures: make(map[Key]uint32),
			byID:    newIndex[*device](),
			recent:  newRecent(limits.Recent, limits.RecentBytes),
		},
	}
}

// Apply takes messages in, in their order. Owner goroutine only. It keeps
// topics and payloads, not the slice.
func (s *Store) Apply(messages []Message) {
	if len(messages) == 0 {
		return
	}
	s.decode(messages)
	s.take(messages)
	s.report()
	for i := range messages {
		clear(s.decoded[i].Readings) // they hold on to the payloads
	}
	s.arrange(manyMetrics)
}

// take applies decoded messages. The lock is given back whatever happens, so
// that readers outlive a panic.
func (s *Store) take(messages []Message) {
	s.mu.Lock()
	defer s.unlockChanged()
	for i := range messages {
		s.applyOne(&messages[i], &s.decoded[i])
	}
}

// decode reads the payloads, before the lock is taken.
func (s *Store) decode(messages []Message) {
	for len(s.decoded) < len(messages) {
		s.decoded = append(s.decoded, decodedMessage{})
	}
	for i := range messages {
		m, d := &messages[i], &s.decoded[i]
		d.Reset()
		if d.topic = s.topic(m.Topic); d.topic != nil {
			d.Full = s.places.left <= 0
			d.topic.decoder.Decode(m, &d.Decoded)
			s.places.left -= int64(d.Learned)
		}
	}
}

// topic finds or makes the state of a topic; nil when a cap is reached.
func (s *Store) topic(name string) *topicState {
	if t := s.topics.find(name); t != nil {
		return t
	}
	if s.topics.n >= s.limits.Topics || !s.names.take(int64(len(name))) {
		return nil
	}
	name = strings.Clone(name) // it may be part of something large
	t := s.rooms.topics.one(&topicState{name: name, decoder: s.newDecoder(name)})
	t.class = t.decoder.Route().Class
	s.topics.put(t)
	return t
}

// Tick moves the clock on, so that what is silent turns stale. A time more than
// a minute before the latest means that the clock was set back and Shift was not
// called. Owner goroutine only.
func (s *Store) Tick(now time.Time, source SourceStats) {
	s.arrange(math.MaxInt)
	at, back := nanos(now), false
	s.writing(func() {
		if back = at < s.now-int64(clockSlack); back {
			s.setBack(at)
		}
		s.now = max(s.now, at)
	})
	s.settleIntervals()
	tally, silent := s.count(), time.Duration(0)
	s.writing(func() {
		s.source, s.tally = source, tally
		s.flow()
		s.lookAgain()
		silent = s.silence(at, &source)
	})
	if s.watcher != nil {
		s.report()
		if back {
			s.watcher.SetBack(now)
		}
		s.watcher.Tick(now, silent)
	}
}

// flow looks at what the source received since the last tick, under the lock.
func (s *Store) flow() {
	if s.flowedAt != 0 {
		s.bytes.see(s.source.Bytes, time.Duration(s.now-s.flowedAt))
	}
	s.flowedAt = s.now
}

// SetConnection records the state of the connection. Owner goroutine only.
func (s *Store) SetConnection(c Connection) {
	if s.watcher != nil {
		s.watcher.Connection(&c)
	}
	s.writing(func() { s.setConnection(&c) })
	s.report()
}

func (s *Store) setConnection(c *Connection) {
	s.follow(c)
	s.connectedAt = nanos(c.Since)
	s.now = max(s.now, s.connectedAt)
	if c.State != Connected && s.connection.State == Connected {
		s.broker.Lost(s.connectedAt)
		if c.State != Closed {
			s.lostAt = s.connectedAt
		}
	}
	if c.State != s.connection.State {
		s.source.Silent = 0 // it was of the connection before
	}
	s.connection = *c
	if s.filters.set(c) {
		for t := range s.topics.all {
			t.matched = nil
		}
	}
	s.seeCertificates(s.connectedAt)
}

// writing calls f under the lock. A panic in f releases it, so that whoever
// handles it can still read the store.
func (s *Store) writing(f func()) {
	s.mu.Lock()
	defer s.unlockChanged()
	f()
}

// reading calls f under the read lock, as writing does.
func (s *Store) reading(f func()) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f()
}

func (s *Store) unlockChanged() {
	s.changes.Tell()
	s.mu.Unlock()
}

// Limits returns the bounds of the store, defaults filled in. Any goroutine may
// call it.
func (s *Store) Limits() Limits { return s.limits }

// Changed returns a channel that is closed at the next change, and the present
// revision: a number that grows with each change. Any goroutine may call it.
func (s *Store) Changed() (<-chan struct{}, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes.Next()
}
