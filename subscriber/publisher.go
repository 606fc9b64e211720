package subscriber

import (
	"cmp"
	"context"
	"errors"
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
}

// Publisher publishes again and again over a connection of its own, beside the one
// of a [Source]. It connects when there is something to publish and no connection,
// and keeps the connection until Close. One goroutine may use it.
type Publisher struct {
	options Options
	// pass counts a message that the broker refuses (MQTT 5) as taken over.
	pass    bool
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
	if p.session == nil || p.session.gone() {
		p.Close()
		p.life, p.fail = context.WithCancelCause(context.Background())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	giveUp := crash.Guarded(p.fail, cancel)
	defer context.AfterFunc(p.life, giveUp)() //nolint:contextcheck // a connection lives longer than one call
	if err := p.connect(ctx); err != nil {
		return 0, cmp.Or(crash.Cause(p.life), p.options.explainUnless(ctx, err)) //nolint:contextcheck // the same
	}
	for done < len(messages) {
		n, err := p.batch(ctx, atOnce(messages[done:], p.session.client.window()))
		done += n
		if err != nil {
			why := cmp.Or(crash.Cause(p.life), p.options.explainUnless(ctx, &stageError{publishing, err})) //nolint:contextcheck // the same
			p.Close()
			return done, why
		}
	}
	return done, nil
}

// atOnce are as many messages, from the first, as may be on their way together to a
// broker that takes so many of QoS 1 and 2, 1 or more.
func atOnce(messages []Publication, window int) []Publication {
	exact, answered := 0, 0
	for i, m := range messages {
		if m.QoS == 2 {
			exact++
		}
		if m.QoS > 0 {
			answered++
		}
		if i == publishAtOnce || exact > exactAtOnce || answered > window {
			return messages[:i]
		}
	}
	return messages
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

// batch publishes a few messages at once and returns how many, from the first, the
// broker has.
func (p *Publisher) batch(ctx context.Context, messages []Publication) (done int, err error) {
	receipts := make([]receipt, 0, len(messages))
	began := time.Now()
	for _, m := range messages {
		if ctx.Err() != nil || p.session.gone() {
			break // what is on its way is looked at below
		}
		receipts = append(receipts, p.session.client.publish(m))
	}
	for _, r := range receipts {
		err := p.session.taken(ctx, r, began, publishTimeout)
		if _, refused := errors.AsType[*reasonError](err); err != nil && (!refused || !p.pass) {
			return done, err
		}
		done++
		began = time.Now()
	}
	if done == len(messages) {
		return done, nil
	}
	if err := ctx.Err(); err != nil {
		return done, err
	}
	return done, p.session.lossCause()
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
