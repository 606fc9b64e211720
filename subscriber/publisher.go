package subscriber

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"labtop/crash"
	"labtop/model"
)

const (
	// publishAtOnce is how many messages of a Publisher are on their way at most.
	publishAtOnce = 64
	// exactAtOnce is how many of them are of QoS 2: Mosquitto ends the connection of who
	// sends more than its max_inflight_messages, 20 by default.
	exactAtOnce = 20
)

// Publication is a message to publish.
type Publication struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	// Properties are sent where MQTT 5 is spoken, but for the Filters; nil for none.
	Properties *model.Properties
}

// Publisher publishes again and again over a connection of its own, beside the one
// of a [Source]. It connects when there is something to publish and no connection,
// and keeps the connection until Close. One goroutine may use it.
type Publisher struct {
	// Refused is told of each message that the broker refuses (MQTT 5), which then counts
	// as taken over, as it does for brokers of MQTT 3.1.1. While it is nil a refusal is an
	// error of Publish.
	Refused func(topic string, why error)

	options Options
	session *session // nil while there is none
	life    context.Context
	fail    context.CancelCauseFunc
}

// NewPublisher returns a Publisher that has not connected yet. Its client
// identifier is that of o with something random behind it: of two clients of one
// identifier the broker puts the older one out (MQTT 3.1.1 section 3.1.4). The
// Filters are not used, and the session is always a clean one.
func NewPublisher(o Options) *Publisher {
	o.Filters = nil
	return &Publisher{options: o.beside().withDefaults()}
}

// Publish publishes messages in order and waits until the broker has taken them
// over, those of QoS 0 apart. It returns how many, from the first, that is certain
// of. To connect it takes at most the connect timeout, then 9 s without progress.
// After an error the connection is closed, and the next call makes another.
func (p *Publisher) Publish(ctx context.Context, messages []Publication) (done int, err error) {
	for i := range messages {
		if err := ValidateTopic(messages[i].Topic); err != nil {
			return 0, err
		}
	}
	err = p.stream(ctx, slices.Values(messages), func() { done++ })
	return done, err
}

// stream publishes messages in order, each as soon as there is room for it among those on
// their way, and calls taken for each, from the first, that the broker has.
func (p *Publisher) stream(ctx context.Context, messages iter.Seq[Publication], taken func()) error {
	if p.session == nil || p.session.gone() {
		p.Close()
		p.life, p.fail = context.WithCancelCause(context.Background())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	giveUp := crash.Guarded(p.fail, cancel)
	defer context.AfterFunc(p.life, giveUp)() //nolint:contextcheck // a connection lives longer than one call
	if err := p.connect(ctx); err != nil {
		return cmp.Or(crash.Cause(p.life), p.options.explainUnless(ctx, err)) //nolint:contextcheck // the same
	}
	if err := p.flow(ctx, messages, taken); err != nil {
		why := cmp.Or(crash.Cause(p.life), p.options.explainUnless(ctx, &stageError{publishing, err})) //nolint:contextcheck // the same
		p.Close()
		return why
	}
	return nil
}

func (p *Publisher) connect(ctx context.Context) error {
	if p.session != nil {
		return nil
	}
	s, err := open(ctx, &p.options, func(model.Message) {}, p.fail)
	if err == nil {
		p.session = s
	}
	return err
}

// flow is stream over the connection that there is.
func (p *Publisher) flow(ctx context.Context, messages iter.Seq[Publication], taken func()) error {
	way := onTheirWay{window: p.session.client.window()}
	whole := true
	for m := range messages {
		for !way.room(m) {
			if err := p.oldest(ctx, &way); err != nil {
				return err
			}
			taken()
		}
		if whole = ctx.Err() == nil && !p.session.gone(); !whole {
			break // what is on its way is looked at below
		}
		way.add(m, p.session.client.publish(m))
	}
	for len(way.all) > 0 {
		if err := p.oldest(ctx, &way); err != nil {
			return err
		}
		taken()
	}
	if whole {
		return nil
	}
	return cmp.Or(ctx.Err(), p.session.lossCause())
}

// oldest waits until the broker has the message that is on its way for the longest.
func (p *Publisher) oldest(ctx context.Context, way *onTheirWay) error {
	first := way.all[0]
	err := p.session.taken(ctx, first.receipt, way.moved, publishTimeout)
	switch _, refused := errors.AsType[*reasonError](err); {
	case refused && p.Refused != nil:
		p.Refused(first.topic, p.options.explainUnless(ctx, &stageError{publishing, err}))
	case err != nil:
		return err
	}
	way.drop()
	return nil
}

// onTheirWay are the messages that the broker has not answered yet, from the oldest on.
type onTheirWay struct {
	// window is how many of QoS 1 and 2 the broker takes at once.
	window int
	all    []sent
	// answered are those of QoS 1 and 2, exact those of QoS 2.
	answered, exact int
	// moved is when the first was sent, then when one was answered last.
	moved time.Time
}

type sent struct {
	topic string
	qos   byte
	receipt
}

// room says whether m may be sent beside them. Alone it may be at any time.
func (w *onTheirWay) room(m Publication) bool {
	return len(w.all) == 0 || len(w.all) < publishAtOnce &&
		(m.QoS == 0 || w.answered < w.window) && (m.QoS < 2 || w.exact < exactAtOnce)
}

func (w *onTheirWay) add(m Publication, r receipt) {
	if len(w.all) == 0 {
		w.moved = time.Now()
	}
	w.all = append(w.all, sent{m.Topic, m.QoS, r})
	w.count(m.QoS, 1)
}

func (w *onTheirWay) drop() {
	w.count(w.all[0].qos, -1)
	w.all = w.all[1:]
	w.moved = time.Now()
}

func (w *onTheirWay) count(qos byte, by int) {
	if qos > 0 {
		w.answered += by
	}
	if qos == 2 {
		w.exact += by
	}
}

// gone says whether the connection was lost.
func (s *session) gone() bool {
	select {
	case <-s.lost:
		return true
	default:
		return false
	}
}

// Close says good-bye if there is a connection. A later Publish makes another.
func (p *Publisher) Close() {
	if p.session != nil {
		p.session.close()
		p.session = nil
	}
	if p.fail != nil {
		p.fail(nil)
	}
}
