package simulator

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

const (
	// retryFirst and retryMost bound the delay before a device connects again;
	// it doubles from one to the other, give or take a half.
	retryFirst = time.Second
	retryMost  = 30 * time.Second
)

var (
	errCrashed = errors.New("the device crashed")
	errGone    = errors.New("the device is gone for good")
	errRefused = errors.New("the broker refused the subscription")
)

// behaviour is what makes a device of a connection. Its times are the lab's,
// and it is called by one goroutine.
type behaviour interface {
	// will is the last will; nil: none.
	will() *message
	// filters are the topics of its commands.
	filters() []string
	// hello is published after each CONNECT, farewell before DISCONNECT.
	hello() []message
	farewell() []message
	// due is when step is to be called next.
	due() time.Duration
	// step does what is due; now is at or after due.
	step(now time.Duration) deed
	// command obeys an order that came on one of the filters.
	command(now time.Duration, topic, payload string) deed
}

// deed is what a device does at one moment.
type deed struct {
	messages []message
	// crash, if not nil, is why the connection drops without DISCONNECT after
	// the messages; the device is back at the lab's time back.
	crash error
	back  time.Duration
	// gone says that the device says its farewell, disconnects, and never comes
	// back.
	gone bool
}

// device is a behaviour with a connection to the broker.
type device struct {
	name  string
	who   identity
	start time.Duration // when it is switched on
	act   behaviour
	// chaos says that it does wrong on purpose; leaves, if not empty, is the topic
	// of the retained message that it leaves behind.
	chaos  bool
	leaves string
	// rest is the shortest time between two connections.
	rest time.Duration
	// retry is not the behaviour's source: a lost connection must not change
	// what is measured after it.
	retry *rand.Rand
}

// run keeps the device connected until ctx is done.
func (d *device) run(ctx context.Context, r *run) {
	pause := r.clock.until(d.start)
	for failures := 0; wait(ctx, pause); {
		s, stop, err := d.connect(ctx, r)
		if err != nil {
			if ctx.Err() == nil {
				r.report(d.event(Failed, err))
			}
			pause = d.retryDelay(failures)
			failures++
			continue
		}
		failures = 0
		r.report(d.event(Connected, nil))
		pause, err = d.live(ctx, r, s)
		s.close()
		stop()
		if errors.Is(err, errGone) {
			<-ctx.Done()
			return
		}
		if ctx.Err() == nil {
			r.report(d.event(Lost, err))
		}
		pause = max(pause, d.rest)
	}
}

func (d *device) event(kind EventKind, err error) Event {
	return Event{Device: d.name, Kind: kind, Err: err, Chaos: d.chaos}
}

func (d *device) retryDelay(failures int) time.Duration {
	delay := min(retryMost, retryFirst<<min(failures, 10))
	return delay/2 + time.Duration(d.retry.Int64N(int64(delay)))
}

func (d *device) connect(ctx context.Context, r *run) (*session, func() bool, error) {
	dialing, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	conn, err := r.dial(dialing)
	if err != nil {
		return nil, nil, err
	}
	stop := closeAfter(ctx, conn, r.giveUp)
	s, err := connect(conn, d.who, r.giveUp)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

// live is the device's life on one connection. It returns why that ended, and
// after which delay to connect again.
func (d *device) live(ctx context.Context, r *run, s *session) (time.Duration, error) {
	if err := d.greet(s); err != nil {
		return d.retryDelay(0), err
	}
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	timer := time.NewTimer(r.clock.until(d.act.due()))
	defer timer.Stop()
	for {
		var do deed
		var err error
		select {
		case <-ctx.Done():
			return 0, d.leave(r, s)
		case <-timer.C:
			// The clock's rounding must not bring a step before its time.
			do = d.act.step(max(r.clock.now(), d.act.due()))
		case p, ok := <-s.in:
			if !ok {
				return d.retryDelay(0), s.err
			}
			do, err = d.receive(r, s, p)
		case <-ping.C:
			err = s.ping()
		}
		if err == nil {
			err = d.perform(r, s, &do)
		}
		switch {
		case err == nil:
		case errors.Is(err, do.crash):
			return r.clock.until(do.back), err
		default:
			return d.retryDelay(0), err
		}
		timer.Reset(r.clock.until(d.act.due()))
	}
}

// perform publishes what a deed holds. It returns the deed's crash, or errGone,
// when the connection is to end with it.
func (d *device) perform(r *run, s *session, do *deed) error {
	var err, end error
	switch {
	case do.crash != nil:
		err, end = s.deliver(do.messages), do.crash
	case do.gone:
		err, end = d.leave(r, s), errGone
	default:
		err = publishAll(s, do.messages)
	}
	return cmp.Or(err, end)
}

// greet says hello and subscribes.
func (d *device) greet(s *session) error {
	if err := publishAll(s, d.act.hello()); err != nil {
		return err
	}
	for _, filter := range d.act.filters() {
		if err := s.subscribe(filter); err != nil {
			return err
		}
	}
	return nil
}

// leave ends the connection as it should be.
func (d *device) leave(r *run, s *session) error {
	err := s.leave(d.act.farewell())
	if err == nil && d.leaves != "" {
		e := d.event(Left, nil)
		e.Topic = d.leaves
		r.report(e)
	}
	return err
}

func publishAll(s *session, messages []message) error {
	for _, m := range messages {
		if err := s.publish(m); err != nil {
			return err
		}
	}
	return nil
}

// receive answers one packet of the broker.
func (d *device) receive(r *run, s *session, p packets.ControlPacket) (deed, error) {
	switch p := p.(type) {
	case *packets.PublishPacket:
		if !p.Retain { // a retained order is an old one
			return d.act.command(r.clock.now(), p.TopicName, string(p.Payload)), nil
		}
	case *packets.PubrecPacket:
		return deed{}, s.release(p.MessageID)
	case *packets.SubackPacket:
		if len(p.ReturnCodes) != 1 || p.ReturnCodes[0] > 2 {
			r.report(d.event(Deaf, errRefused))
		}
	}
	return deed{}, nil
}
