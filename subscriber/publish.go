package subscriber

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"labtop/crash"
	"labtop/model"
)

// publishKeepAlive is the keep-alive of a publish, which has its own deadline: a
// question to the broker would wait behind a large payload on a slow line, and the
// keep-alive would take that for a silent broker. Some brokers allow no more.
const publishKeepAlive = 20 * time.Minute

// Publish connects, publishes one message and disconnects. With QoS 1 and 2 it
// waits until the broker has taken the message over (PUBACK, PUBCOMP); with QoS
// 0 nobody can know. It takes 9 s in all at most, or the connect timeout where that
// is longer than its default, unless a payload of more than 16 KiB keeps going out.
// The error is a [*ConnectError] when there was no connection, and another when it
// was lost before the broker had the message; it is context.Canceled when ctx was.
// The Filters, the KeepAlive and the PresenceTopic are not used.
func Publish(ctx context.Context, o Options, topic string, payload []byte, qos byte, retain bool) error {
	if err := ValidateTopic(topic); err != nil {
		return err
	}
	o = o.withDefaults()
	o.KeepAlive, o.PresenceTopic = publishKeepAlive, ""
	within := o.publishWithin()
	o.ConnectTimeout = min(o.ConnectTimeout, within/time.Duration(len(o.addresses())))
	began := time.Now()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s, err := open(ctx, &o, func(model.Message) {}, fail)
	if err != nil {
		return cmp.Or(crash.Cause(ctx), o.explainUnless(ctx, err))
	}
	defer s.close()
	if err := s.taken(ctx, s.client.publish(Publication{Topic: topic, Payload: payload, QoS: qos, Retain: retain}), began, within); err != nil {
		if crashed := crash.Cause(ctx); crashed != nil {
			return crashed
		}
		why := o.explainUnless(ctx, &stageError{publishing, err})
		if connect, ok := errors.AsType[*ConnectError](why); ok {
			why = errors.New(connect.Error()) // there was a connection
		}
		return fmt.Errorf("the broker may not have the message for %q: %w", topic, why)
	}
	return nil
}

// publishWithin is how long a publish may take in all.
func (o *Options) publishWithin() time.Duration {
	if o.ConnectTimeout > defaultConnectTimeout {
		return o.ConnectTimeout // somebody has more patience
	}
	return publishTimeout
}

// taken waits until the broker has taken a message over. It gives up so long after
// the publishing began, or after the last part of a large packet went out.
func (s *session) taken(ctx context.Context, r receipt, began time.Time, within time.Duration) error {
	return s.await(ctx, r, time.Until(began.Add(within)), func() time.Duration {
		return time.Until(s.guard.LastPart().Add(within))
	})
}

// explainUnless classifies err unless it was the caller who gave up.
func (o *Options) explainUnless(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return o.classify(err)
}
