package subscriber

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"labtop/crash"
	"labtop/model"
)

// lastAcknowledgements is how long is waited, once the caller has given up, for what is
// on its way, so that it can be said what became of it.
const lastAcknowledgements = time.Second

// Cleared is what became of topics whose retained messages were to be cleared.
type Cleared struct {
	// Acknowledged is how many of them, from the first, the broker has acknowledged
	// (PUBACK), be it with a refusal. Unsure is how many after those were perhaps sent and
	// are not; all others are as they were.
	Acknowledged, Unsure int
	// Checked says that a subscription made afterwards has shown what is Left.
	Checked bool
	// Left are the acknowledged topics that still have a retained message.
	Left []LeftOver
}

// LeftOver is a topic that still has a retained message.
type LeftOver struct {
	Topic string
	// Again says that somebody has published there since the clearing began. Else the
	// broker kept the message: one that forbids to publish there says so in MQTT 5 only,
	// and acknowledges all the same in MQTT 3.1.1, Mosquitto for one.
	Again bool
}

// ClearRetained publishes an empty retained message to each of the topics, in order
// (MQTT 3.1.1 section 3.3.1.3), at QoS 1 and up to 64 at a time, waits for each
// acknowledgement, and looks afterwards, over a connection of its own, what the broker
// still keeps there. The Filters are those by which the topics were found; they are asked
// for again unless the topics are so few that they can be. tell is called by the same
// goroutine with how many are acknowledged so far, now and then and when all are.
//
// A connection that is lost is made again, for clearing twice does no harm, unless it is
// lost twice without any progress. When ctx is done no further message is sent, and the
// last ones are waited for, a second at most; the error is then context.Canceled, and
// nothing is checked. It is a [*ConnectError] when the broker was not reached.
func ClearRetained(ctx context.Context, o Options, topics []string, tell func(done int)) (c Cleared, err error) {
	w := witness{of: make(map[string]bool, len(topics)), again: map[string]bool{}}
	for _, t := range topics {
		if err := ValidateTopic(t); err != nil {
			return c, err
		}
		w.of[t] = true
	}
	if len(topics) <= filtersPerPacket {
		o.Filters = nil
		for _, t := range topics {
			o.Filters = append(o.Filters, Filter{Topic: t})
		}
	}
	err = o.visit(ctx, w.receive, func(ctx context.Context, s *session) error {
		if _, err := s.subscribe(ctx, atQoS(s.options.Filters, 0)); err != nil {
			return err
		}
		if _, err := s.fence(ctx); err != nil { // what is kept has come: from now on, what is written
			return err
		}
		if err := c.publish(ctx, o, topics, tell); err != nil {
			return err
		}
		return c.check(ctx, o, s, &w)
	})
	return c, err
}

// witness sees which topics are written while they are cleared.
type witness struct {
	of map[string]bool

	mu    sync.Mutex // guards again
	again map[string]bool
}

func (w *witness) receive(m model.Message) {
	if !m.Retained && m.Size > 0 && w.of[m.Topic] {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.again[m.Topic] = true
	}
}

// publish clears the topics.
func (c *Cleared) publish(ctx context.Context, o Options, topics []string, tell func(done int)) error {
	p := NewPublisher(o)
	p.Refused = func(string, error) {} // whether they are cleared is looked at
	defer p.Close()
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, crash.Guarded(cancel, func() {
		timer := time.NewTimer(lastAcknowledgements)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(nil)
		case <-late.Done():
		}
	}))()
	for stuck := false; c.Acknowledged < len(topics); {
		if err := ctx.Err(); err != nil {
			return err
		}
		before, sent := c.Acknowledged, c.Acknowledged
		err := p.stream(late, func(yield func(Publication) bool) {
			for sent < len(topics) && ctx.Err() == nil && yield(Publication{Topic: topics[sent], QoS: 1, Retain: true}) {
				sent++
			}
		}, func() {
			if c.Acknowledged++; c.Acknowledged%publishAtOnce == 0 || c.Acknowledged == len(topics) {
				tell(c.Acknowledged)
			}
		})
		c.Unsure = sent - c.Acknowledged
		idle := c.Acknowledged == before
		if err != nil && (ctx.Err() != nil || idle && stuck) {
			return err
		}
		stuck = err != nil && idle
	}
	return nil
}

// check looks which topics still have a retained message. What the witness's connection
// has brought by then was written before.
func (c *Cleared) check(ctx context.Context, o Options, watching *session, w *witness) error {
	left := map[string]bool{}
	f := finder{take: func(m *model.Message, _ bool) {
		if w.of[m.Topic] && !left[m.Topic] {
			left[m.Topic] = true
			c.Left = append(c.Left, LeftOver{Topic: m.Topic})
		}
	}}
	err := o.visit(ctx, f.receive, func(ctx context.Context, s *session) error {
		answers, err := f.ask(ctx, s, 0)
		if slices.ContainsFunc(answers, func(a model.Subscription) bool { return a.Refused() }) {
			return errors.New("the broker refuses the subscription that would show what is left")
		}
		return err
	})
	if err != nil {
		return err
	}
	c.Checked = true
	_, _ = watching.fence(ctx) // without it the witness tells what it knows
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range c.Left {
		c.Left[i].Again = w.again[c.Left[i].Topic]
	}
	return nil
}
