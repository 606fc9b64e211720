package subscriber

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"labtop/crash"
	"labtop/model"
	"labtop/subscriber/wire"
)

// filtersPerPacket is how many filters one SUBSCRIBE asks for at most.
const filtersPerPacket = 100

// session is one connection to the broker, with a client of its own.
type session struct {
	options *Options
	guard   *wire.Conn
	client  client
	receive func(model.Message)
	fail    func(error)   // gets a panic in a goroutine of the client's
	lost    chan struct{} // closed when the connection is lost
	losing  sync.Once
	lostErr error // the client's reason, set before
	pongs   chan time.Duration

	properties propertyReader // the guard's reader's
	presence   *presence      // nil where labtop says nothing of itself
}

// openHere connects to the address in o.Broker. Messages go to receive, from one goroutine, until
// the session is closed or lost. A panic in one of its goroutines goes to fail, which
// is to cancel ctx. Its errors are stageErrors.
func openHere(ctx context.Context, o *Options, receive func(model.Message), fail func(error)) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, o.ConnectTimeout)
	defer cancel()
	password, err := o.password()
	if err != nil {
		return nil, &stageError{configuring, err}
	}
	conn, err := o.dial(ctx)
	if err != nil {
		return nil, err
	}
	return begin(ctx, o, conn, password, receive, fail)
}

// begin speaks MQTT on a connection that was just made, as openHere does.
func begin(ctx context.Context, o *Options, conn net.Conn, password string, receive func(model.Message), fail func(error)) (*session, error) {
	o.hasPassword = password != ""
	s := &session{options: o, receive: receive, fail: fail, lost: make(chan struct{}), pongs: make(chan time.Duration, 1)}
	if o.PresenceTopic != "" {
		s.presence = &presence{topic: o.PresenceTopic}
	}
	s.guard = wire.New(conn, wire.Options{
		V5: o.V5, Deliver: s.deliver, Pong: s.pong, Unreleased: o.unreleased,
		MaxPayload: o.MaxPayload, WriteTimeout: writeTimeout, Fail: fail,
	})
	s.client, s.properties.filter = s.newClient(password)
	if err := s.introduce(ctx); err != nil {
		s.close()
		return nil, &stageError{introducing, err}
	}
	return s, nil
}

// introduce sends CONNECT and waits for the CONNACK.
func (s *session) introduce(ctx context.Context) error {
	stop := context.AfterFunc(ctx, crash.Guarded(s.fail, func() { _ = s.guard.Close() }))
	defer stop()
	err := s.client.connect()
	if refused := refusal(s.guard.ConnAck(), s.options.V5); refused != nil {
		return refused
	}
	if err == nil {
		return ctx.Err()
	}
	return cause(s.guard.Err(), ctx.Err(), err)
}

// cause is the first of the errors that is one, the most exact being first.
func cause(errs ...error) error {
	return errs[slices.IndexFunc(errs, func(err error) bool { return err != nil })]
}

// subscribe asks for filters and waits for the answers, which may be refusals.
func (s *session) subscribe(ctx context.Context, filters []Filter) ([]model.Subscription, error) {
	var receipts []receipt
	for chunk := range slices.Chunk(filters, filtersPerPacket) {
		receipts = append(receipts, s.client.subscribe(chunk)...)
	}
	for _, r := range receipts {
		if err := s.await(ctx, r, s.options.ConnectTimeout, s.whileMessagesCome(s.options.ConnectTimeout)); err != nil && !s.answered(filters) {
			return nil, &stageError{subscribing, err}
		}
	}
	return s.answers(filters), nil
}

// await waits until the broker has answered, for a time, and then for as long as more
// says each time; it gives up when that is nothing.
func (s *session) await(ctx context.Context, r receipt, first time.Duration, more func() time.Duration) error {
	timer := time.NewTimer(first)
	defer timer.Stop()
	for {
		select {
		case <-r.Done():
			if err := r.Error(); err != nil {
				return cause(s.guard.Err(), err)
			}
			return nil
		case <-s.lost:
			return s.lossCause()
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			left := more()
			if left <= 0 {
				return context.DeadlineExceeded
			}
			timer.Reset(left)
		}
	}
}

// whileMessagesCome is a patience for await: so long each time that messages have come
// since the last, for a flood of retained ones may come before an answer.
func (s *session) whileMessagesCome(within time.Duration) func() time.Duration {
	seen := s.guard.Stats().Publishes
	return func() time.Duration {
		before := seen
		if seen = s.guard.Stats().Publishes; seen == before {
			return 0
		}
		return within
	}
}

// answered says whether the broker has answered for every one of the filters, whatever
// paho has had time to make of it: a broker may answer and hang up at once. That it has
// hung up is then for wait to say.
func (s *session) answered(filters []Filter) bool {
	granted := s.grants()
	return !slices.ContainsFunc(filters, func(f Filter) bool { _, ok := granted[f.Topic]; return !ok })
}

// grants are the broker's last answers by filter.
func (s *session) grants() map[string]wire.Grant {
	granted := make(map[string]wire.Grant)
	for _, g := range s.guard.Grants() {
		granted[g.Filter] = g
	}
	return granted
}

// answers is what the broker said to each filter. It is taken from the guard:
// paho's receipt has no refusals.
func (s *session) answers(filters []Filter) []model.Subscription {
	granted := s.grants()
	subscriptions := unanswered(filters)
	for i := range subscriptions {
		sub := &subscriptions[i]
		sub.Answered = true
		if g, ok := granted[filters[i].Topic]; ok && !g.Refused() {
			sub.Granted = g.Code
		} else {
			sub.Error = s.options.refusedFilter(g)
		}
	}
	return subscriptions
}

// pong takes the time that the broker took to answer a PINGREQ; the newest is kept.
func (s *session) pong(took time.Duration) {
	select {
	case <-s.pongs:
	default:
	}
	s.pongs <- took
}

// wait waits until the connection is lost and says why, or until ctx is done.
func (s *session) wait(ctx context.Context) error {
	select {
	case <-s.lost:
		return &stageError{connected, s.lossCause()}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lose notes that the connection is lost, and why.
func (s *session) lose(err error) {
	s.losing.Do(func() {
		s.lostErr = err
		close(s.lost)
	})
}

// lossCause is why the connection was lost. When the guard saw nothing wrong, it is
// the client that gave up, for which it has one reason only.
func (s *session) lossCause() error {
	if err := s.guard.Err(); err != nil {
		return err
	}
	return errors.Join(errKeepAlive, s.lostErr)
}

// close says good-bye if it can and ends the connection. After it no more
// messages come.
func (s *session) close() {
	s.client.close()
	_ = s.guard.Close()
	s.guard.Wait()
}

// deliver takes the messages from the guard.
func (s *session) deliver(p wire.Publish) {
	s.presence.heard(p.Topic, p.Retained)
	s.receive(model.Message{
		Topic: p.Topic, Payload: p.Payload, Size: p.Size, Properties: s.properties.of(p.Properties), Time: p.Time,
		QoS: p.QoS, Retained: p.Retained, Dup: p.Dup,
	})
}
