package subscriber

import (
	"context"
	"errors"
	"fmt"

	"labtop/model"
)

// Publish connects, publishes one message and disconnects. With QoS 1 and 2 it
// waits until the broker has taken the message over (PUBACK, PUBCOMP); with QoS
// 0 nobody can know. The error is a [*ConnectError] when there was no
// connection, and another when it was lost before the broker had the message.
// The Filters are not used.
func Publish(ctx context.Context, o Options, topic string, payload []byte, qos byte, retain bool) error {
	if err := ValidateTopic(topic); err != nil {
		return err
	}
	o = o.withDefaults()
	s, err := open(ctx, &o, func(model.Message) {})
	if err != nil {
		return o.explainUnless(ctx, err)
	}
	defer s.close()
	if err := s.await(ctx, s.client.Publish(topic, qos, retain, payload), publishTimeout); err != nil {
		why := o.explainUnless(ctx, &stageError{publishing, err})
		return fmt.Errorf("the broker may not have the message for %q: %s", topic, why.Error())
	}
	return nil
}

// explainUnless classifies err unless it was the caller who gave up.
func (o *Options) explainUnless(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return o.classify(err)
}
