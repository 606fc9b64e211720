package simulator

import (
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
	errRefused = errors.New("the broker refused the subscription")
)

// behaviour is what makes a device of a connection. Its times are the lab's,
// and it is called by one goroutine.
type behaviour interface {
	// hello is published after each CONNECT, farewell before DISCONNECT.
	hello() []message
	farewell() []message
	// due is when step is to be called next.
	due() time.Duration
	// step does what is due; now is at or after due.
	step(now time.Duration) deed
	// command obeys an order that came on the subscribed topic.
	command(now time.Duration, payload string) deed
}

// deed is what a device does at one moment.
type deed struct {
	messages []message
	// crash says that the connection drops without DISCONNECT after the
	// messages, and that the device is back at the lab's time back.
	crash bool
	back  time.Duration
}

// device is a behaviour with a connection to the broker.
type device struct {
	name   string
	who    identity
	filter string        // of its commands; empty: takes none
	start  time.Duration // when it is switched on
	act    behaviour
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
				r.report(Event{d.name, Failed, err})
			}
			pause = d.retryDelay(failures)
			failures++
			continue
		}
		failures = 0
		r.report(Event{Device: d.name, Kind: Connected})
		pause, err = d.live(ctx, r, s)
		s.close()
		stop()
		if ctx.Err() == nil {
			r.report(Event{d.name, Lost, err})
		}
	}
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
	stop := closeAfter(ctx, conn)
	s, err := connect(conn, d.who)
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
			return 0, s.leave(d.act.farewell())
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
			err = publishAll(s, do.messages)
		}
		if err != nil {
			return d.retryDelay(0), err
		}
		if do.crash {
			return r.clock.until(do.back), errCrashed
		}
		timer.Reset(r.clock.until(d.act.due()))
	}
}

// greet says hello and subscribes.
func (d *device) greet(s *session) error {
	if err := publishAll(s, d.act.hello()); err != nil {
		return err
	}
	if d.filter == "" {
		return nil
	}
	return s.subscribe(d.filter)
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
			return d.act.command(r.clock.now(), string(p.Payload)), nil
		}
	case *packets.PubrecPacket:
		return deed{}, s.release(p.MessageID)
	case *packets.SubackPacket:
		if len(p.ReturnCodes) != 1 || p.ReturnCodes[0] > 2 {
			r.report(Event{d.name, Deaf, errRefused})
		}
	}
	return deed{}, nil
}
