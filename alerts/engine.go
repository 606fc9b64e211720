package alerts

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"labtop/model"
)

// Grace is by how much a tick may be ahead of the messages that come after it:
// messages wait a little in batches. What is due is done by a tick this much
// later, and by a message at once; its time in the log is when it was due.
const Grace = 200 * time.Millisecond

// Options bound an engine. Zero fields take the default.
type Options struct {
	// StaleAfter is the silence that rules with a learned one use instead of it,
	// as in model.Limits; 0 means to learn it.
	StaleAfter time.Duration
	// Ignore are topic filters that no rule watches: those that the notifiers
	// publish to.
	Ignore []string
	// Watched is how many pairs of a rule and a series are watched; further ones
	// are counted.
	Watched int
	// Log is how many transitions are kept.
	Log int
	// OnTransition, when not nil, is called by the owner goroutine for each
	// transition, in order and without a lock. It must not wait.
	OnTransition func(Transition)
}

// The defaults.
const (
	DefaultWatched = 12_000
	DefaultLog     = 10_000
)

// Engine evaluates rules. It is a model.Watcher: the store feeds it from the
// owner goroutine. The methods in read.go, standing.go and act.go may be
// called by any goroutine.
type Engine struct {
	options Options
	rules   []*rule

	mu sync.Mutex // guards what follows
	facts
	reason *model.Observation // what is judged now; nil when time alone passes
	figure float64            // the number in it that is judged

	out     []Transition  // for OnTransition
	spare   []Transition  // room for the next out
	changes model.Changes // those that readers can see
}

// facts are all that what is observed, time and people change: what a checkpoint keeps.
type facts struct {
	now      int64 // the latest time that came, in nanoseconds since 1970
	devices  map[string]*device
	series   map[model.Key]*series
	hooks    []hook // by number, from 1
	trackers uint32
	counts   Counts
	timers   timers
	asleep   []*tracker // what is due when there is a connection again
	missing  []*tracker // devices that are expected and were not heard yet

	connected   bool
	connectedAt int64 // since when; 0 when nobody ever told
	silent      bool  // the broker answers nothing
	// lostAt is when the connection was last lost, or the broker last began to answer
	// again; 0 for never. What came since then belongs to the present connection,
	// whose first messages may be there before anybody says that it is made.
	lostAt int64

	nextID uint64
	byID   map[uint64]*tracker // the active ones
	active []*tracker
	sorted bool
	// quietUntil is when the first silence runs out, which changes the order.
	quietUntil int64
	log        log
}

// rule is a Rule made ready.
type rule struct {
	Rule
	kind   Kind
	tests  [2]*test
	named  bool // see Rule.named
	steady bool // it has nothing to say to a number within its limits
	learns bool // it is about a silence that is learned
	index  int
}

// New makes an engine. The rules must be valid and have different names.
func New(rules []Rule, o Options) (*Engine, error) {
	if o.Watched <= 0 {
		o.Watched = DefaultWatched
	}
	if o.Log <= 0 {
		o.Log = DefaultLog
	}
	e := &Engine{options: o, facts: facts{
		devices: map[string]*device{}, series: map[model.Key]*series{}, byID: map[uint64]*tracker{},
		connected: true, log: newLog(o.Log),
	}}
	names := map[string]bool{}
	for i := range rules {
		r := &rules[i]
		if err := r.Validate(); err != nil {
			return nil, fmt.Errorf("rule %q: %w", r.Name, err)
		}
		if names[r.Name] {
			return nil, fmt.Errorf("rule %q: two rules have this name; rename one", r.Name)
		}
		names[r.Name] = true
		ready := &rule{Rule: *r, kind: r.kind(), index: i, named: r.named()}
		ready.steady = ready.kind.limits() || ready.kind == NotANumber
		for j, c := range r.levels() {
			ready.tests[j] = newTest(c)
			ready.learns = ready.learns || c != nil && c.Kind == NoData && c.After == 0 && o.StaleAfter <= 0
		}
		e.rules = append(e.rules, ready)
	}
	return e, nil
}

// Rules returns a copy of the rules. Any goroutine may call it.
func (e *Engine) Rules() []Rule {
	rules := make([]Rule, len(e.rules))
	for i, r := range e.rules {
		rules[i] = r.Rule
	}
	return rules
}

// Tick is of model.Watcher.
func (e *Engine) Tick(now time.Time, silent time.Duration) {
	e.mu.Lock()
	at := now.UnixNano()
	e.start(at)
	e.advance(at - int64(Grace) + 1)
	e.now = max(e.now, at)
	switch was := e.silent; {
	case silent > 0 && !was:
		e.silent = true
	case silent == 0 && was:
		e.silent = false
		e.connectedAt, e.lostAt = at, at // what was said meanwhile may be lost
		e.wakeAll(at)
	}
	e.deliver()
}

// Connection is of model.Watcher.
func (e *Engine) Connection(c *model.Connection) {
	e.mu.Lock()
	at := c.Since.UnixNano()
	e.advance(at)
	up := c.State == model.Connected
	if up && !e.connected || up && e.connectedAt == 0 {
		e.connectedAt = at
	}
	if up && !e.connected {
		e.connected = true
		e.wakeAll(at)
	}
	if !up && e.connected {
		e.lostAt = at
	}
	e.connected = up
	if up {
		e.start(at)
	}
	e.deliver()
}

// start begins the wait for the devices that are expected.
func (e *Engine) start(at int64) {
	if e.missing != nil || !e.connected {
		return
	}
	e.missing = []*tracker{}
	for _, r := range e.rules {
		if r.kind != NoData {
			continue
		}
		for _, name := range r.Expect {
			e.expect(r, name, at)
		}
	}
}

// expect watches for a device that was not heard yet.
func (e *Engine) expect(r *rule, name string, at int64) {
	for _, d := range e.devices {
		if d.heard && (strings.EqualFold(name, d.name) || strings.EqualFold(name, d.key.Device)) {
			return
		}
	}
	d := &device{name: name, key: model.Key{Device: name}, presence: model.Unknown}
	t := e.track(r, d, nil)
	if t == nil {
		return
	}
	t.expected, t.base = name, at
	e.missing = append(e.missing, t)
	e.wakeAt(t, at+t.shortest())
}

// advance does what is due before the time at, and sets the clock.
func (e *Engine) advance(at int64) {
	for len(e.timers) > 0 && e.timers[0].wake < at {
		t := e.timers.pop()
		e.now = max(e.now, t.wake)
		e.due(t, t.wake)
	}
	e.now = max(e.now, at)
}

// wakeAll looks at what could not be judged without a connection.
func (e *Engine) wakeAll(at int64) {
	for _, t := range e.asleep {
		t.sleeping = false
		e.wakeAt(t, at)
	}
	e.asleep = e.asleep[:0]
}

// manyOut is how much room for transitions is kept from one delivery to the next.
const manyOut = 1024

// deliver gives the lock back and hands over what happened.
func (e *Engine) deliver() {
	out := e.out
	if len(out) > 0 {
		e.out, e.spare = e.spare, nil
	}
	e.mu.Unlock()
	if len(out) == 0 {
		return
	}
	for _, t := range out {
		e.options.OnTransition(t)
	}
	clear(out)
	if cap(out) <= manyOut {
		e.mu.Lock()
		e.spare = out[:0]
		e.mu.Unlock()
	}
}
