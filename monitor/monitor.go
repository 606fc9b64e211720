// Package monitor runs the one owner goroutine of a lab's state: it takes
// batches from a source, puts them into the store, and moves the clock.
//
// The contract: [Monitor.Run] is called once and owns the store until it
// returns. Everybody else only reads the store. The owner never waits for a
// reader or a disk, so a source that is held back can only mean that messages
// come faster than they can be decoded.
package monitor

import (
	"context"
	"sync/atomic"
	"time"

	"labtop/crash"
	"labtop/model"
)

// Source is where messages come from: a live broker, or a recording.
type Source interface {
	// Run fills the channel of Batches until ctx is done, closes it, and
	// returns nil once it has left no goroutine behind. An error means that
	// the source cannot go on; losing a connection is no error.
	Run(ctx context.Context) error
	// Batches is the same channel at each call.
	Batches() <-chan model.Batch
	// Recycle gives the memory of a batch back that is no longer used.
	Recycle(model.Batch)
	// Stats may be called by any goroutine.
	Stats() model.SourceStats
}

// Lab is what is kept going: a [model.Store], or what only looks on. The owner's goroutine
// calls it.
type Lab interface {
	SetConnection(c model.Connection)
	Apply(messages []model.Message)
	Tick(now time.Time, source model.SourceStats)
	Shift(by time.Duration)
	Awoke(at time.Time)
}

// Recorder keeps what the owner takes. Record is called by the owner's goroutine
// with each batch before it is used; it must not wait, and must copy what it wants
// to keep of the slice.
type Recorder interface {
	Record(b model.Batch)
	// Clock says that until at, before what comes next, the clock was set by step,
	// forward when positive, or that nobody listened for away; either may be 0.
	Clock(at time.Time, step, away time.Duration)
}

// look is called by the owner at rest; after the last one it takes nothing in any more.
type look struct {
	look func()
	last bool
}

// TickInterval is how often the clock of the store moves when no messages come.
const TickInterval = time.Second

// Monitor joins a source and a lab.
type Monitor struct {
	source   Source
	store    Lab
	keeper   Recorder // nil for none
	recorder atomic.Pointer[Recorder]
	looks    chan look // by AtRest and End, for the owner
	ended    chan struct{}
	clock    clock
}

// New makes a monitor. Nothing happens before Run.
func New(source Source, store Lab) *Monitor {
	return &Monitor{source: source, store: store, looks: make(chan look), ended: make(chan struct{}), clock: newClock()}
}

// AtRest calls f while nothing is taken in, with the clock moved to now: all that f
// reads of the store is of one moment. Batches wait meanwhile, so it is for a report,
// not for a screen. Any goroutine may call it once Run was called; it returns when f
// has.
func (m *Monitor) AtRest(f func()) { m.look(f, false) }

// End is AtRest for the last time: the store stays as f saw it. What comes until Run
// returns is dropped.
func (m *Monitor) End(f func()) { m.look(f, true) }

func (m *Monitor) look(f func(), last bool) {
	done := make(chan struct{})
	select {
	case m.looks <- look{func() { defer close(done); f() }, last}:
		<-done
	case <-m.ended: // nobody writes any more
		f()
	}
}

// KeepIn has r record all that the owner ever takes, beside what RecordTo asks for. It
// must be called before Run.
func (m *Monitor) KeepIn(r Recorder) { m.keeper = r }

// recorders calls f with each recorder there is.
func (m *Monitor) recorders(f func(Recorder)) {
	if m.keeper != nil {
		f(m.keeper)
	}
	if r := m.recorder.Load(); r != nil {
		f(*r)
	}
}

// RecordTo has r record all that the owner takes from now on; nil ends that. Any
// goroutine may call it; the owner may still be in a call of the recorder before.
func (m *Monitor) RecordTo(r Recorder) {
	if r == nil {
		m.recorder.Store(nil)
		return
	}
	m.recorder.Store(&r)
}

// Run works until ctx is done, then returns nil; or until the source fails or
// something panics, then returns why (a [*crash.Error] for a panic). It waits for the source to end, and
// every batch that it handed over is in the store, unless there was a panic, or End was
// called.
func (m *Monitor) Run(ctx context.Context) error {
	defer close(m.ended)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var sourceErr error
	sourceEnd := make(chan struct{})
	go func() {
		defer close(sourceEnd)
		sourceErr = crash.Guard(func() error { return m.source.Run(ctx) })
	}()
	if err := crash.Guard(func() error { m.own(sourceEnd); return nil }); err != nil {
		cancel()
		m.discard(sourceEnd)
		return err
	}
	return sourceErr
}

// own is the owner's loop. It ends when the source has, and what it left is
// taken.
func (m *Monitor) own(sourceEnd <-chan struct{}) {
	ticker := time.NewTicker(TickInterval)
	defer ticker.Stop()
	batches := m.source.Batches()
	// What waits in the queue came before the time of a tick, and is taken before
	// it: the alerts would take a device for silent whose message is there.
	tick := func() {
		now, slept := m.clock.tick()
		for range len(batches) {
			if batch, ok := <-batches; ok {
				m.apply(batch)
			}
		}
		m.see(now, now, slept)
		m.store.Tick(m.clock.translate(now), m.source.Stats())
	}
	_, m.clock.known = m.clock.tick()
	tick()
	for {
		select {
		case batch, ok := <-batches:
			if !ok {
				batches = nil
				continue
			}
			m.apply(batch)
		case <-ticker.C:
			tick()
		case l := <-m.looks:
			tick()
			l.look()
			if l.last {
				m.discard(sourceEnd)
				return
			}
		case <-sourceEnd:
			for len(batches) > 0 {
				m.apply(<-batches)
			}
			tick()
			return
		}
	}
}

// discard lets a source end that waits to hand over a batch.
func (m *Monitor) discard(sourceEnd <-chan struct{}) {
	batches := m.source.Batches()
	for {
		select {
		case _, ok := <-batches:
			if !ok {
				batches = nil
			}
		case <-sourceEnd:
			return
		}
	}
}

// apply takes in a batch. One that was begun before labtop was stopped, or its machine
// suspended, and ended after that is taken in as two: what came before counts as from before.
func (m *Monitor) apply(batch model.Batch) {
	part := batch
	for rest := batch.Messages; ; {
		n := together(rest)
		part.Messages, rest = rest[:n], rest[n:]
		m.applyPart(part)
		if len(rest) == 0 {
			break
		}
		part.Connection = nil
	}
	m.source.Recycle(batch)
}

// together is how many messages, from the first on, have no time between them in which
// nobody listened, nor one in which the clock was set.
func together(messages []model.Message) int {
	for i := 1; i < len(messages); i++ {
		before, at := messages[i-1].Time, messages[i].Time
		if at.Sub(before) >= awayAfter || model.ClockStep(before, at) != 0 {
			return i
		}
	}
	return len(messages)
}

func (m *Monitor) applyPart(batch model.Batch) {
	m.follow(&batch)
	m.recorders(func(r Recorder) { r.Record(batch) })
	if batch.Connection != nil {
		m.store.SetConnection(*batch.Connection)
	}
	m.store.Apply(batch.Messages)
}

// follow compares the times of a batch with those before, and makes those that were
// read before the clock was set ones of the clock as it is now.
func (m *Monitor) follow(batch *model.Batch) {
	messages, connection := batch.Messages, batch.Connection
	if connection != nil {
		m.see(connection.Since, connection.Since, -1)
	}
	if n := len(messages); n > 0 {
		m.see(messages[0].Time, messages[n-1].Time, -1)
		if model.ClockStep(messages[0].Time, m.clock.last) != 0 {
			for i := range messages {
				messages[i].Time = m.clock.translate(messages[i].Time)
			}
		}
	}
	if connection != nil && model.ClockStep(connection.Since, m.clock.last) != 0 {
		c := *connection // it is never changed
		c.Since, c.NextTry = m.clock.translate(c.Since), m.clock.translate(c.NextTry)
		batch.Connection = &c
	}
}

// see takes in what came from first to last, and tells of what happened to the clock
// before. slept is as in clock.see.
func (m *Monitor) see(first, last time.Time, slept time.Duration) {
	c := m.clock.see(last, slept)
	if c == (change{}) {
		return
	}
	if c.step != 0 {
		m.store.Shift(c.step)
	}
	awake := m.clock.translate(first)
	m.recorders(func(r Recorder) { r.Clock(awake, c.step, c.away) })
	if c.away != 0 {
		m.store.Awoke(awake)
	}
}
