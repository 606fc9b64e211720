package subscriber

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"labtop/crash"
	"labtop/model"
	"labtop/subscriber/wire"
)

const (
	// filtersPerPacket is how many filters one SUBSCRIBE asks for at most.
	filtersPerPacket = 100
	// quiesce is how long a good-bye may take, in milliseconds as paho wants it.
	quiesce = 250
)

// session is one connection to the broker, with a paho client of its own: paho
// does not bear being used again.
type session struct {
	options *Options
	guard   *wire.Conn
	client  mqtt.Client
	receive func(model.Message)
	fail    func(error)   // gets a panic in a goroutine of paho's
	lost    chan struct{} // closed when the connection is lost
	lostErr error         // paho's reason, set before
	pongs   chan time.Duration

	presence *presence // nil where labtop says nothing of itself
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
		Deliver: s.deliver, Pong: s.pong, Unreleased: o.unreleased,
		MaxPayload: o.MaxPayload, WriteTimeout: writeTimeout, Fail: fail,
	})
	s.client = mqtt.NewClient(s.clientOptions(password))
	if err := s.introduce(ctx); err != nil {
		s.close()
		return nil, &stageError{introducing, err}
	}
	return s, nil
}

func (s *session) clientOptions(password string) *mqtt.ClientOptions {
	o := mqtt.NewClientOptions()
	o.Servers = []*url.URL{{Scheme: "tcp", Host: "guard"}} // never dialled
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return guarded{s.guard, s.fail}, nil })
	o.SetProtocolVersion(4) // else a refusal is tried again as MQTT 3.1
	o.SetClientID(s.options.ClientID)
	o.SetUsername(s.options.Username)
	o.SetPassword(password)
	o.SetCleanSession(!s.options.PersistentSession)
	o.SetKeepAlive(s.options.KeepAlive)
	o.SetPingTimeout(pingTimeout)
	o.SetWriteTimeout(writeTimeout)
	o.SetConnectTimeout(s.options.ConnectTimeout)
	o.SetAutoReconnect(false)
	o.SetConnectRetry(false)
	o.SetResumeSubs(false)
	o.SetStore(forgetful{})
	if s.presence != nil {
		o.SetBinaryWill(s.presence.topic, []byte(offline), 1, true)
	}
	var once sync.Once
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) {
		once.Do(func() {
			s.lostErr = err
			close(s.lost)
		})
	})
	return o
}

// introduce sends CONNECT and waits for the CONNACK.
func (s *session) introduce(ctx context.Context) error {
	stop := context.AfterFunc(ctx, crash.Guarded(s.fail, func() { _ = s.guard.Close() }))
	defer stop()
	token := s.client.Connect()
	<-token.Done()
	if code, _, ok := s.guard.ConnAck(); ok && code != 0 {
		return connackError(code)
	}
	if token.Error() == nil {
		return ctx.Err()
	}
	return cause(s.guard.Err(), ctx.Err(), token.Error())
}

// cause is the first of the errors that is one, the most exact being first.
func cause(errs ...error) error {
	return errs[slices.IndexFunc(errs, func(err error) bool { return err != nil })]
}

// subscribe asks for filters and waits for the answers, which may be refusals.
func (s *session) subscribe(ctx context.Context, filters []Filter) ([]model.Subscription, error) {
	var tokens []mqtt.Token
	for chunk := range slices.Chunk(filters, filtersPerPacket) {
		wanted := make(map[string]byte, len(chunk))
		for _, f := range chunk {
			wanted[f.Topic] = f.QoS
		}
		tokens = append(tokens, s.client.SubscribeMultiple(wanted, nil))
	}
	for _, token := range tokens {
		if err := s.await(ctx, token, s.options.ConnectTimeout, s.whileMessagesCome(s.options.ConnectTimeout)); err != nil && !s.answered(filters) {
			return nil, &stageError{subscribing, err}
		}
	}
	return s.answers(filters), nil
}

// await waits until the token is done, for a time, and then for as long as more says
// each time; it gives up when that is nothing.
func (s *session) await(ctx context.Context, token mqtt.Token, first time.Duration, more func() time.Duration) error {
	timer := time.NewTimer(first)
	defer timer.Stop()
	for {
		select {
		case <-token.Done():
			if err := token.Error(); err != nil {
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
// paho's token has no refusals.
func (s *session) answers(filters []Filter) []model.Subscription {
	granted := s.grants()
	subscriptions := unanswered(filters)
	for i := range subscriptions {
		sub := &subscriptions[i]
		sub.Answered = true
		if g, ok := granted[filters[i].Topic]; ok && !g.Refused() {
			sub.Granted = g.Code
		} else {
			sub.Error = "refused by the broker: not authorised for this filter?"
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

// lossCause is why the connection was lost. When the guard saw nothing wrong, it is
// paho that gave up, for which it has one reason only.
func (s *session) lossCause() error {
	if err := s.guard.Err(); err != nil {
		return err
	}
	return errors.Join(errKeepAlive, s.lostErr)
}

// close says good-bye if it can and ends the connection. After it no more
// messages come.
func (s *session) close() {
	s.client.Disconnect(quiesce)
	_ = s.guard.Close()
	s.guard.Wait()
}

// deliver takes the messages from the guard.
func (s *session) deliver(p wire.Publish) {
	s.presence.heard(p.Topic, p.Retained)
	s.receive(model.Message{
		Topic: p.Topic, Payload: p.Payload, Size: p.Size, Time: p.Time,
		QoS: p.QoS, Retained: p.Retained, Dup: p.Dup,
	})
}

// guarded is the guard in the hands of paho, whose goroutines catch no panic.
type guarded struct {
	*wire.Conn
	fail func(error)
}

func (g guarded) Read(p []byte) (n int, err error) {
	defer crash.Catch(g.failed(&err))
	return g.Conn.Read(p)
}

func (g guarded) Write(p []byte) (n int, err error) {
	defer crash.Catch(g.failed(&err))
	return g.Conn.Write(p)
}

func (g guarded) Close() (err error) {
	defer crash.Catch(g.failed(&err))
	return g.Conn.Close()
}

// failed makes a panic what ends the program and what paho is told.
func (g guarded) failed(err *error) func(error) {
	return func(e error) {
		g.fail(e)
		*err = e
	}
}

// forgetful is a paho store that keeps nothing: a client is used for one
// connection only, and what a broker never completes must not pile up.
type forgetful struct{}

func (forgetful) Open()                             {}
func (forgetful) Put(string, packets.ControlPacket) {}
func (forgetful) Get(string) packets.ControlPacket  { return nil }
func (forgetful) All() []string                     { return nil }
func (forgetful) Del(string)                        {}
func (forgetful) Close()                            {}
func (forgetful) Reset()                            {}
