// Package subscriber is the live broker as a source of message batches: it
// connects, subscribes, and connects again for as long as it is asked to.
//
// The contract: one goroutine calls [Source.Run]; one, the owner, takes the
// batches and gives them back with [Source.Recycle]; any goroutine may call the
// other methods. Nothing is dropped: when the owner does not take batches, or does
// not give back those that are large, the network waits and TCP holds the broker
// back, which is counted as a stall. An owner that takes none for longer than the
// keep-alive loses the connection.
package subscriber

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"labtop/crash"
	"labtop/model"
	"labtop/safetext"
	"labtop/subscriber/wire"
)

// Source is a broker and the filters subscribed to.
type Source struct {
	options Options // its Broker is the address that is tried, or connected
	batches *batcher
	retry   chan struct{}
	state   model.Connection // Run's; copied when handed over
	backoff backoff          // Run's
	fail    func(error)      // ends Run with a panic
	hungUp  int              // Run's: connections in a row that ended before the presence was taken

	// mu guards the counters over all connections.
	mu       sync.Mutex
	guard    *wire.Conn // the present or last connection
	probe    *probe     // of the present connection, or nil
	presence *presence  // of the present connection, or nil
	muted    string     // why labtop does not tell its presence any more
	bytes    uint64     // of the connections before it
	repeats  uint64     // of the connections before it
	lastByte time.Time  // of the connections before it
}

// New returns a source that is not running yet.
func New(o Options) *Source {
	o = o.withDefaults()
	if o.PersistentSession { // else none is to be continued, whatever the broker says (MQTT 3.1.1 section 3.1.2.4)
		o.unreleased = new(wire.Unreleased)
	}
	o.worked = make(map[Broker]bool)
	return &Source{options: o, batches: newBatcher(o.Queue), retry: make(chan struct{}, 1)}
}

// Batches returns the channel of batches. Messages and states of the connection
// come in order, but a broker may send messages before it has answered every
// SUBSCRIBE (MQTT 3.1.1 section 3.8.4), and so before the state is Connected.
// Run closes the channel when it ends.
func (s *Source) Batches() <-chan model.Batch { return s.batches.queue }

// Recycle takes a batch's memory back. The caller must not use it any more. It is
// called for every batch: only so many bytes may be in the owner's hands.
func (s *Source) Recycle(b model.Batch) { s.batches.recycle(b) }

// RetryNow starts the next attempt at once if the source waits for it.
func (s *Source) RetryNow() {
	select {
	case s.retry <- struct{}{}:
	default:
	}
}

// Stats returns the counters over all connections.
func (s *Source) Stats() model.SourceStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := model.SourceStats{Stalls: s.batches.stalls.Load(), Bytes: s.bytes, Repeats: s.repeats, LastByte: s.lastByte}
	if s.guard != nil {
		now := s.guard.Stats()
		stats.Bytes += now.Bytes
		stats.Repeats += now.Repeats
		stats.Pings = s.guard.Pings()
		if last := s.guard.LastByte(); !last.IsZero() {
			stats.LastByte = last
		}
	}
	if s.probe != nil {
		stats.Silent = s.probe.silence()
	}
	stats.Presence = cmp.Or(s.muted, s.presence.problem())
	return stats
}

// Run connects and receives until ctx is done, whatever the network does, and may be
// called once. It returns nil, unless something panicked: then it ends at once and
// returns a [*crash.Error].
func (s *Source) Run(ctx context.Context) error {
	ctx, s.fail = context.WithCancelCause(ctx)
	defer s.fail(nil)
	s.batches.start(ctx.Done(), s.fail)
	crash.Guarded(s.fail, func() { s.connections(ctx) })()
	s.state.Subscriptions = unanswered(s.options.Filters)
	s.batches.close(s.entered(model.Closed))
	return crash.Cause(ctx)
}

// connections makes one connection after the other until ctx is done.
func (s *Source) connections(ctx context.Context) {
	s.state = model.Connection{
		ClientID: safetext.Clean(s.options.ClientID),
		Insecure: s.options.insecure(),
	}
	for ctx.Err() == nil {
		if why, took := s.round(ctx); ctx.Err() == nil {
			s.pause(ctx, why, took)
			s.options.turn()
		}
	}
}

// connection makes one connection and serves it until it is lost. It returns why there
// is none, and whether there was one.
func (s *Source) connection(ctx context.Context) (why *ConnectError, was bool) {
	session, err := openHere(ctx, &s.options, s.batches.add, s.fail)
	if err != nil {
		return s.failed(err), false
	}
	s.count(session.guard)
	probe := startProbe(session.guard, s.batches.stalled.Load, s.fail)
	s.watch(probe, session.presence)
	defer func() { //nolint:contextcheck // it is said when ctx is done
		s.watch(nil, nil)
		session.leave()
		probe.close()
	}()
	session.greet(nil)
	subscriptions, err := session.subscribe(ctx, s.options.Filters)
	if err != nil {
		s.parted(session.presence, err)
		return s.failed(err), false
	}
	s.change(model.Connected, func(c *model.Connection) {
		c.Problem, c.Hint, c.Attempts = "", "", 0
		c.Connects++
		c.Link = s.options.link(session.guard)
		c.Subscriptions = subscriptions
	})
	session.greet(subscriptions)
	s.options.worked[s.options.Broker] = true
	start := time.Now()
	err = session.wait(ctx)
	s.parted(session.presence, err)
	s.backoff.lost(time.Since(start))
	return s.lost(err), true
}

// failed counts the attempt that failed and explains why.
func (s *Source) failed(err error) *ConnectError {
	s.state.Attempts++
	return s.options.classify(err)
}

// lost explains why the connection was lost. A client id that somebody chose may be in use
// twice; then the two would take the connection from each other for ever (MQTT 3.1.1
// section 3.1.4). The broker does not say so, but ends each soon after it was made.
func (s *Source) lost(err error) *ConnectError {
	if !s.options.chosenID || !s.backoff.flapping() || !hasEnded(err) {
		return s.options.classify(err)
	}
	return explanation{
		summary: fmt.Sprintf("another client uses the client id %q, it seems: no connection lasts", s.options.ClientID),
		hint:    "give one of the two another id with --client-id",
		lasting: true,
	}.explained(err)
}

// pause waits before the next round.
func (s *Source) pause(ctx context.Context, why *ConnectError, took time.Duration) {
	select {
	case <-s.retry: // from before the wait
	default:
	}
	wait := s.backoff.next(time.Now(), took, why.lasting)
	s.change(model.Waiting, func(c *model.Connection) {
		c.Problem, c.Hint = why.Summary, why.Hint
		c.NextTry = time.Now().Add(wait)
	})
	timer := time.NewTimer(time.Until(s.state.NextTry))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.retry:
	case <-ctx.Done():
	}
}

// change enters a state and hands it to the owner.
func (s *Source) change(state model.ConnectionState, set func(*model.Connection)) {
	s.state.Subscriptions = unanswered(s.options.Filters)
	set(&s.state)
	s.batches.connection(s.entered(state))
}

// entered is a copy of the state of the connection, entered now.
func (s *Source) entered(state model.ConnectionState) *model.Connection {
	s.state.State, s.state.Since = state, time.Now()
	c := s.state
	if s.options.OnChange != nil {
		s.options.OnChange(c)
	}
	return &c
}

// count makes g the connection whose bytes are counted.
func (s *Source) count(g *wire.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.guard != nil {
		last := s.guard.Stats()
		s.bytes += last.Bytes
		s.repeats += last.Repeats
		s.lastByte = s.guard.LastByte()
	}
	s.guard = g
}

// watch makes p the probe, and own the presence, whose findings are told.
func (s *Source) watch(p *probe, own *presence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probe, s.presence = p, own
}

// unanswered are the filters, not answered yet.
func unanswered(filters []Filter) []model.Subscription {
	subscriptions := make([]model.Subscription, len(filters))
	for i, f := range filters {
		subscriptions[i] = model.Subscription{Filter: f.Topic, Requested: f.QoS}
	}
	return subscriptions
}
