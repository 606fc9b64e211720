package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"labtop/recording"
	"labtop/safetext"
	"labtop/subscriber"
)

const (
	// republishAtOnce and republishBytes bound what is on its way to the broker: as
	// much is lost at most with a connection.
	republishAtOnce = 64
	republishBytes  = 1 << 20
	// reconnectPatience is how long a broker that was lost is waited for.
	reconnectPatience = time.Minute
	// lossesAllowed is how often in a row a connection may be lost before anything is
	// acknowledged: some brokers close it for a topic or a size that they do not allow.
	lossesAllowed = 5
	// loopRest is between the end of a recording and its start in the next round, in
	// recorded time.
	loopRest = time.Second
	// tellEvery is the time between two calls of republisher.tell.
	tellEvery = time.Second
)

// republisher publishes what a recording holds, at its pace. The rules are:
//
//   - What is due goes out at once, up to [republishAtOnce] messages together; what
//     becomes due meanwhile goes out next.
//   - What the broker has not acknowledged when the connection is lost is not sent again,
//     since it may have arrived; it is counted. The rest waits for the broker.
//   - What the broker refuses (MQTT 5) is counted, and said once.
//   - The broker's own topics ($SYS), what labtop itself publishes (labtop/) and payloads
//     of which the recording holds a part only are left out.
//
// It belongs to one goroutine.
type republisher struct {
	// publish is [subscriber.Publisher.Publish].
	publish func(ctx context.Context, messages []subscriber.Publication) (done int, err error)
	// warn tells people of what happens to the connection.
	warn   func(text string)
	prefix string
	retain bool
	v5     bool // so that properties are published
	wanted func(topic string) bool
	// tell is called now and then, to show how far it is.
	tell func()

	pace    pace
	first   time.Time // of the recording, in this round
	batch   []subscriber.Publication
	bytes   int
	reached bool
	lost    bool      // the connection, and warn was told
	losses  int       // of the connection, since all of a batch was acknowledged
	told    time.Time // when tell was called last

	// published counts the messages that were handed over, unconfirmed those of which
	// the broker has not said so, refused those that it did not want; cut, unfit, own and
	// others count what was left out: because the recording holds a part only, because the
	// topic is none with the prefix, because it is the broker's or labtop's own, and
	// because it was not wanted.
	published, unconfirmed, refused, cut, unfit, own, others int
	// bare counts the messages that are published without all of their properties.
	bare int
}

// round publishes a recording once, from the time on that start makes of its own start.
func (r *republisher) round(ctx context.Context, from recording.Source, start func(time.Time) time.Time) error {
	r.pace = pace{speed: r.pace.speed}
	r.first = time.Time{}
	var begin, end time.Time
	for e := (recording.Entry{}); ; {
		err := from.Next(&e)
		if errors.Is(err, io.EOF) {
			return errors.Join(r.flush(ctx), startWithin(begin, r.first, end))
		}
		if err != nil {
			return errors.Join(r.flush(ctx), err)
		}
		if r.first.IsZero() {
			r.first = e.Time
			begin = start(e.Time)
		}
		if e.Time.After(end) {
			end = e.Time
		}
		if e.Time.Before(begin) {
			err = ctx.Err()
		} else {
			err = r.take(ctx, &e)
		}
		if err != nil {
			return err
		}
	}
}

// take waits until an entry is due, if it is to be published, and publishes it, now or
// soon.
func (r *republisher) take(ctx context.Context, e *recording.Entry) error {
	if e.Kind == recording.ClockEntry {
		r.pace.moved(e.Step + e.Away) // nobody waits for time in which nobody listened
	}
	due := r.pace.until(e.Time)
	p, ok := r.publication(e)
	if !ok {
		return ctx.Err()
	}
	if due > 0 {
		if err := r.flush(ctx); err != nil {
			return err
		}
		if err := r.wait(ctx, due); err != nil {
			return err
		}
	}
	r.batch, r.bytes = append(r.batch, p), r.bytes+len(p.Payload)
	if len(r.batch) < republishAtOnce && r.bytes < republishBytes {
		return nil
	}
	return r.flush(ctx)
}

// publication is the message to publish of an entry, if there is one.
func (r *republisher) publication(e *recording.Entry) (p subscriber.Publication, ok bool) {
	m := &e.Message
	topic := r.prefix + m.Topic
	switch {
	case e.Kind != recording.MessageEntry:
		return p, false
	case strings.HasPrefix(m.Topic, "$"), strings.HasPrefix(m.Topic, "labtop/"):
		r.own++
		return p, false
	case !r.wanted(m.Topic):
		r.others++
		return p, false
	case m.Size > len(m.Payload):
		r.cut++
		return p, false
	case subscriber.ValidateTopic(topic) != nil:
		r.unfit++
		return p, false
	}
	own, whole := publishable(m.Properties, r.prefix)
	if own != nil && !r.v5 || !whole {
		r.bare++
	}
	return subscriber.Publication{Topic: topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retained && r.retain, Properties: own}, true
}

// flush publishes what is due. The error is that of a broker that is not there.
func (r *republisher) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return ctx.Err()
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	before := r.refused
	done, err := r.publish(ctx, r.batch)
	r.published += done - (r.refused - before)
	r.unconfirmed += len(r.batch) - done
	clear(r.batch)
	r.batch, r.bytes = r.batch[:0], 0
	r.progress()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		r.losses = 0
		return nil
	}
	if r.losses++; r.losses == lossesAllowed {
		return fmt.Errorf("the connection is lost again and again: %s; the rest is not published", explained(err))
	}
	r.lose(err)
	return nil
}

// refuse takes note of a message that the broker does not want, and warns of the first.
func (r *republisher) refuse(topic string, why error) {
	if r.refused++; r.refused == 1 {
		r.warn(safetext.Clean(topic) + ": " + explained(why) + "; further refusals are counted")
	}
}

// lose warns of a connection that is lost, once until there is one again.
func (r *republisher) lose(err error) {
	if !r.lost {
		r.lost = true
		r.warn(explained(err) + "; connecting again")
	}
}

// connect sees that there is a connection. The first attempt must succeed; later the
// broker is waited for, and so is everything that is not published yet.
func (r *republisher) connect(ctx context.Context) error {
	began, tries := time.Now(), 0
	for pause := time.Second / 2; ; pause = min(2*pause, 5*time.Second) {
		_, err := r.publish(ctx, nil)
		if err == nil && tries > 0 {
			r.pace.rested(time.Since(began))
		}
		switch {
		case err == nil:
			r.reached, r.lost = true, false
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !r.reached:
			return err
		case time.Since(began)+pause > reconnectPatience:
			return fmt.Errorf("the broker is gone: %s; the rest is not published", explained(err))
		}
		tries++
		r.lose(err)
		if err := r.wait(ctx, pause); err != nil {
			return err
		}
	}
}

// wait waits, and tells of the progress meanwhile.
func (r *republisher) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-ticker.C:
			r.progress()
		}
	}
}

// progress tells of the progress if it was not told of a moment ago.
func (r *republisher) progress() {
	if now := time.Now(); now.Sub(r.told) >= tellEvery {
		r.told = now
		r.tell()
	}
}
