package subscriber_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

func TestConnectAndGrants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.server.Options.Capabilities.MaximumQos = 1
		l.rules.read = func(topic string) bool { return topic != "secret/#" }
		r := run(t, subscriber.Options{
			Dial: l.dial,
			Filters: []subscriber.Filter{
				{Topic: "a/#", QoS: 0}, {Topic: "secret/#", QoS: 1}, {Topic: "b", QoS: 2}, {Topic: "a/#", QoS: 1},
			},
		})
		c := r.until(model.Connected)
		want := []model.Subscription{
			{Filter: "a/#", Requested: 1, Granted: 1, Answered: true},
			{Filter: "secret/#", Requested: 1, Answered: true, Error: "refused by the broker: not authorised for this filter?"},
			{Filter: "b", Requested: 2, Granted: 1, Answered: true},
		}
		if diff := cmp.Diff(want, c.Subscriptions); diff != "" {
			t.Error(diff)
		}
		if !c.Subscriptions[1].Refused() || c.Connects != 1 || c.Problem != "" {
			t.Errorf("connected: %+v", c)
		}
		if len(c.ClientID) != len("labtop-01234567") {
			t.Errorf("client id %q", c.ClientID)
		}
		if s := r.states[0]; s.State != model.Connecting || len(s.Subscriptions) != 3 || s.Subscriptions[0].Answered {
			t.Errorf("first state: %+v", s)
		}
		r.stop()
		if last := r.states[len(r.states)-1]; last.State != model.Closed || last.Subscriptions[0].Answered {
			t.Errorf("last state: %+v", last)
		}
	})
}

func TestAllRefusedStaysConnected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.rules.read = func(string) bool { return false }
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("a", "b")})
		for _, s := range r.until(model.Connected).Subscriptions {
			if !s.Refused() {
				t.Errorf("%+v is not refused", s)
			}
		}
		time.Sleep(time.Minute)
		if n := l.dials.Load(); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
	})
}

func TestManyFilters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fs []subscriber.Filter
		for i := range 250 {
			fs = append(fs, subscriber.Filter{Topic: "t/" + strconv.Itoa(i), QoS: byte(i % 3)})
		}
		r := run(t, subscriber.Options{Dial: newLab(t).dial, Filters: fs})
		for i, s := range r.until(model.Connected).Subscriptions {
			if s.Filter != fs[i].Topic || !s.Answered || s.Error != "" || s.Granted != fs[i].QoS {
				t.Errorf("%+v, want %v", s, fs[i])
			}
		}
	})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.publish("room/old/retained", "kept", true, 0)
		// Overlapping filters: every message is wanted once.
		r := run(t, subscriber.Options{
			Dial: l.dial, MaxPayload: 10,
			Filters: []subscriber.Filter{{Topic: "room/#", QoS: 2}, {Topic: "room/+", QoS: 1}},
		})
		r.until(model.Connected)
		r.receive(1)
		start := time.Now()
		l.publish("room/0", "zero", false, 0)
		l.publish("room/1", "one", false, 1)
		l.publish("room/2", "two", false, 2)
		l.publish("room/long", "0123456789abc", false, 0)
		l.publish("room/empty", "", false, 0)
		r.receive(6)
		time.Sleep(time.Minute)
		r.stop()
		want := []model.Message{
			{Topic: "room/old/retained", Payload: []byte("kept"), Size: 4, Retained: true},
			{Topic: "room/0", Payload: []byte("zero"), Size: 4},
			{Topic: "room/1", Payload: []byte("one"), Size: 3, QoS: 1},
			{Topic: "room/2", Payload: []byte("two"), Size: 3, QoS: 2},
			{Topic: "room/long", Payload: []byte("0123456789"), Size: 13},
			{Topic: "room/empty", Payload: []byte{}},
		}
		if diff := cmp.Diff(want, r.messages, cmpopts.IgnoreFields(model.Message{}, "Time")); diff != "" {
			t.Error(diff)
		}
		if got := r.messages[1].Time; !got.Equal(start) {
			t.Errorf("received at %v, want %v", got, start)
		}
	})
}

// TestBackPressure has an owner who takes nothing for a while. All queues fill
// up, then the broker has to wait; in the end nothing is missing.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t)
		const n = 20000
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#")})
		r.until(model.Connected)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for i := range n {
				send(t, b, packet(0, "t", 0, strconv.Itoa(i)))
			}
		}()
		time.Sleep(5 * time.Second)
		select {
		case <-sent:
			t.Fatal("the broker did not have to wait")
		default:
		}
		if s := r.Stats(); s.Stalls != 1 {
			t.Errorf("%d stalls, want 1", s.Stalls)
		}
		for i, m := range r.receive(n) {
			if string(m.Payload) != strconv.Itoa(i) {
				t.Fatalf("message %d is %q", i, m.Payload)
			}
		}
		<-sent
	})
}

func TestStopWhileStalled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t)
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#")})
		r.until(model.Connected)
		go func() {
			for range 20000 {
				if b.Send(packet(0, "t", 0, "x")) != nil {
					return
				}
			}
		}()
		time.Sleep(time.Second)
		start := time.Now()
		r.stop()
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %v to stop", took)
		}
	})
}

// TestStopAnywhere stops a source in each state.
func TestStopAnywhere(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 1, time.Millisecond, 100 * time.Millisecond, 3 * time.Second, 20 * time.Second} {
		for _, broker := range []string{"down", "silent", "mute after CONNACK", "fine"} {
			t.Run(fmt.Sprint(broker, " ", after), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					dial := map[string]dialFunc{
						"down":               failing(errRefused),
						"silent":             evilbroker.New(t, silent).Dial,
						"mute after CONNACK": evilbroker.New(t, evilbroker.Case{Suback: noAnswer}).Dial,
						"fine":               newLab(t).dial,
					}[broker]
					r := run(t, subscriber.Options{Dial: dial, Filters: filters("#")})
					time.Sleep(after)
					start := time.Now()
					r.stop()
					if took := time.Since(start); took > time.Second {
						t.Errorf("took %v to stop", took)
					}
				})
			})
		}
	}
}

// lingering is a connection on which the good-bye takes a while.
type lingering struct{ net.Conn }

func (l lingering) Write(p []byte) (int, error) {
	if p[0] == 0xe0 { // DISCONNECT
		time.Sleep(100 * time.Millisecond)
	}
	return l.Conn.Write(p)
}

// TestStopLosesNothing has messages come while the source says good-bye: they are
// acknowledged, and handed over.
func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	const times = 20 // what is lost may be left to chance
	for range times {
		synctest.Test(t, func(t *testing.T) {
			b := evilbroker.New(t)
			r := run(t, subscriber.Options{Filters: filters("#"), Dial: func(ctx context.Context) (net.Conn, error) {
				conn, err := b.Dial(ctx)
				return lingering{conn}, err
			}})
			r.until(model.Connected)
			time.AfterFunc(50*time.Millisecond, func() { send(t, b, packet(2, "t", 1, "x")) })
			r.stop()
			if n := len(r.messages); n != 1 {
				t.Errorf("%d messages", n)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t)
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#")})
		r.until(model.Connected)
		start := time.Now()
		var burst []byte
		for range 600 {
			burst = append(burst, packet(0, "t", 0, "x")...)
		}
		send(t, b, burst)
		var sizes []int
		var last model.Batch
		for n := 0; n < 600; {
			last = <-r.Batches()
			n += len(last.Messages)
			sizes = append(sizes, len(last.Messages))
		}
		r.Recycle(last)
		if m := last.Messages[0]; m.Topic != "" || m.Payload != nil {
			t.Error("a recycled message keeps its payload alive")
		}
		if diff := cmp.Diff([]int{256, 256, 88}, sizes); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(start); took != 5*time.Millisecond {
			t.Errorf("the last batch came after %v", took)
		}
	})
}

// TestOrder has a message just before the end of a connection.
func TestOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t)
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#")})
		r.until(model.Connected)
		send(t, b, packet(0, "t", 0, "last"))
		b.Cut()
		r.until(model.Waiting)
		if len(r.messages) != 1 {
			t.Errorf("%d messages before the state changed, want 1", len(r.messages))
		}
	})
}

func TestDupAndQoSAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t)
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#")})
		r.until(model.Connected)
		send(t, b, packet(0x2, "t", 7, "x"))
		send(t, b, packet(0xa, "t", 7, "x"))
		send(t, b, packet(0xd, "u", 8, "y"))
		want := []model.Message{
			{Topic: "t", Payload: []byte("x"), Size: 1, QoS: 1},
			{Topic: "t", Payload: []byte("x"), Size: 1, QoS: 1, Dup: true},
			{Topic: "u", Payload: []byte("y"), Size: 1, QoS: 2, Dup: true, Retained: true},
		}
		if diff := cmp.Diff(want, r.receive(3), cmpopts.IgnoreFields(model.Message{}, "Time")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestQoS2Again has a broker that sends messages of QoS 2 again that it does not know
// to have been received. What is proved to be the same is left out and counted; a new
// session proves nothing, nor does a session that the broker claims to have and was
// not asked for.
func TestQoS2Again(t *testing.T) {
	t.Parallel()
	session := []byte{0x20, 2, 1, 0}
	for _, tt := range []struct {
		persistent bool
		connack    []byte
	}{{false, evilbroker.Accept}, {false, session}, {true, evilbroker.Accept}, {true, session}} {
		synctest.Test(t, func(t *testing.T) {
			again := evilbroker.Case{Connack: tt.connack, Then: evilbroker.Serve}
			proved := tt.persistent && tt.connack[2] == 1
			b := evilbroker.New(t, evilbroker.Case{}, again)
			r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#"), ClientID: "me", PersistentSession: tt.persistent})
			r.until(model.Connected)
			send(t, b, packet(0x4, "t", 7, "first"))
			send(t, b, packet(0xc, "t", 7, "first")) // in the same connection
			r.receive(1)
			b.Cut()
			r.until(model.Waiting)
			r.until(model.Connected)
			send(t, b, packet(0xc, "t", 7, "first"))
			send(t, b, []byte{0x62, 2, 0, 7}) // PUBREL
			send(t, b, packet(0x4, "t", 7, "second"))
			got, want, repeats := []string{}, []string{"first", "first", "second"}, uint64(1)
			if proved {
				want, repeats = []string{"first", "second"}, 2
			}
			for _, m := range r.receive(len(want)) {
				got = append(got, string(m.Payload))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v: %s", tt, diff)
			}
			if n := r.Stats().Repeats; n != repeats {
				t.Errorf("%+v: %d repeats, want %d", tt, n, repeats)
			}
		})
	}
}

// TestBacklogBeforePong has a broker whose PINGRESP waits behind a large
// message on a slow link.
func TestBacklogBeforePong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t, evilbroker.Case{Then: evilbroker.Mute})
		r := run(t, subscriber.Options{Dial: b.Dial, Filters: filters("#")})
		r.until(model.Connected)
		big := packet(0, "t", 0, string(make([]byte, 120_000)))
		for len(big) > 0 {
			n := min(1000, len(big))
			send(t, b, big[:n])
			big = big[n:]
			time.Sleep(time.Second)
		}
		if m := r.receive(1)[0]; m.Size != 120_000 {
			t.Errorf("size %d", m.Size)
		}
		if b.Connects() != 1 {
			t.Errorf("%d connections, want 1", b.Connects())
		}
	})
}

// TestQueueIsBounded has nobody take messages: no more wait than may, and what does not
// fit holds the broker back, once a batch that waits.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	for _, queue := range []int{16, 100, 1000, 5000} {
		synctest.Test(t, func(t *testing.T) {
			l := newLab(t)
			r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#"), Queue: queue})
			r.until(model.Connected)
			stalls := r.Stats().Stalls
			for range 3 * queue {
				l.publish("lab/t", "1", false, 0)
			}
			time.Sleep(time.Second)
			waiting := 0
			for range len(r.Batches()) {
				b := <-r.Batches()
				waiting += len(b.Messages)
				r.Recycle(b)
			}
			if waiting > queue || waiting < queue*3/4 {
				t.Errorf("%d messages waited in a queue of %d", waiting, queue)
			}
			if r.Stats().Stalls == stalls {
				t.Errorf("no stall is counted in a queue of %d", queue)
			}
		})
	}
}
