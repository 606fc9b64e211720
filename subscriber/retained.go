package subscriber

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"labtop/crash"
	"labtop/model"
)

// MQTT 3.1.1 has no mark at the end of the retained messages that a subscription
// brings. How labtop knows that all have come:
//
//   - It asks at QoS 0. A broker may hold back or drop what goes beyond its queue for a
//     client at QoS 1 and 2 (Mosquitto: 1 000 messages), but not at QoS 0.
//   - A broker that works off a client's packets in order (Mosquitto, mochi) has written
//     all retained messages before it answers a PINGREQ that was sent after the SUBACK,
//     however slow the line is.
//   - Brokers that send them beside (EMQX, HiveMQ) are given time: none may have come for
//     [quietTime] and four round trips of such a PINGREQ, and none before the answer to
//     another one. A line that is slow makes the answers late, and so the time long.
//
// So on a broker of the second kind that stops for longer than that between two retained
// messages, those after the stop are missed. Nothing that a client can see tells.

const (
	// quietTime is how long none came, at least, when all have come.
	quietTime = 500 * time.Millisecond
	// mostExact is how many retained messages are asked for once more, to learn their
	// QoS: a default Mosquitto drops what goes beyond it.
	mostExact = 1000
)

// FindRetained connects, asks for the Filters and hands over what the broker keeps on
// them: each message once, at QoS 0, and then, when there are no more than a thousand,
// once more with exact set and the QoS that it was published with, or the most that the
// broker grants. A topic may come more than once when filters overlap, or when it is
// written meanwhile. take is called by one goroutine, and no more when FindRetained has
// returned. It returns the broker's answers to the filters.
//
// The error is a [*ConnectError] when there was no connection, and another when it was
// lost; it is context.Canceled when ctx was. It takes a second at least. The client
// identifier gets a random ending, the session is a clean one.
func FindRetained(ctx context.Context, o Options, take func(m *model.Message, exact bool)) ([]model.Subscription, error) {
	f := finder{take: take}
	var answers []model.Subscription
	err := o.visit(ctx, f.receive, func(ctx context.Context, s *session) (err error) {
		if answers, err = f.ask(ctx, s, 0); err != nil || f.retained.Load() > mostExact {
			return err
		}
		f.exact.Store(true)
		_, err = f.ask(ctx, s, 2)
		return err
	})
	return answers, err
}

// finder takes the retained messages out of what comes.
type finder struct {
	take     func(m *model.Message, exact bool)
	exact    atomic.Bool
	retained atomic.Int64 // how many have come
}

func (f *finder) receive(m model.Message) {
	if m.Retained && m.Size > 0 {
		f.retained.Add(1)
		f.take(&m, f.exact.Load())
	}
}

// ask subscribes to the session's filters and waits until their retained messages have
// come.
func (f *finder) ask(ctx context.Context, s *session, qos byte) ([]model.Subscription, error) {
	answers, err := s.subscribe(ctx, atQoS(s.options.Filters, qos))
	if err != nil {
		return nil, err
	}
	took, err := s.fence(ctx)
	for err == nil {
		before := f.retained.Load()
		if err = s.rest(ctx, quietTime+4*took); err != nil {
			break
		}
		if took, err = s.fence(ctx); f.retained.Load() == before {
			break
		}
	}
	return answers, err
}

// atQoS are the same filters at a QoS.
func atQoS(filters []Filter, qos byte) []Filter {
	filters = slices.Clone(filters)
	for i := range filters {
		filters[i].QoS = qos
	}
	return filters
}

// fence waits for the answer to a PINGREQ, and so for what the broker wrote before it:
// for as long as bytes come. It returns how long that was.
func (s *session) fence(ctx context.Context) (time.Duration, error) {
	for {
		before := s.guard.Stats().Bytes
		took, err := s.ping(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil || s.guard.Stats().Bytes == before {
			if err != nil {
				err = &stageError{pinging, err}
			}
			return took, err
		}
	}
}

// rest waits for a while, or until the connection is lost.
func (s *session) rest(ctx context.Context, d time.Duration) error {
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if err := s.wait(within); !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return err
	}
	return nil
}

// visit makes a connection beside others for one errand, and ends it.
func (o Options) visit(ctx context.Context, receive func(model.Message), errand func(context.Context, *session) error) error {
	o = o.beside().withDefaults()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s, err := open(ctx, &o, receive, fail)
	if err != nil {
		return cmp.Or(crash.Cause(ctx), o.explainUnless(ctx, err))
	}
	err = errand(ctx, s)
	s.close()
	if err == nil || errors.Is(err, ctx.Err()) {
		return cmp.Or(crash.Cause(ctx), err)
	}
	err = o.explainUnless(ctx, err)
	if connect, ok := errors.AsType[*ConnectError](err); ok {
		err = errors.New(connect.Error()) // there was a connection
	}
	return cmp.Or(crash.Cause(ctx), err)
}

// beside are the options of one more connection. Its client identifier gets a random
// ending: of two clients of one identifier the broker puts the older one out (MQTT 3.1.1
// section 3.1.4). The session is a clean one, and says nothing of labtop's presence.
func (o Options) beside() Options {
	if o.ClientID != "" {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails, as documented
		o.ClientID += "-" + hex.EncodeToString(b[:])
	}
	o.PersistentSession, o.OnChange, o.PresenceTopic = false, nil, ""
	return o
}
