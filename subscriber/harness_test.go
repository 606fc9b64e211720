package subscriber_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rules is a mochi hook whose answers a test chooses.
type rules struct {
	mochi.HookBase
	allow func(user, password string) bool // nil allows everybody
	read  func(topic string) bool          // nil allows every filter
	write func(topic string) bool          // nil allows every topic; else mochi hangs up
}

func (*rules) ID() string { return "rules" }

func (*rules) Provides(b byte) bool {
	return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}

func (r *rules) OnConnectAuthenticate(_ *mochi.Client, pk packets.Packet) bool {
	return r.allow == nil || r.allow(string(pk.Connect.Username), string(pk.Connect.Password))
}

func (r *rules) OnACLCheck(_ *mochi.Client, topic string, write bool) bool {
	if write {
		return r.write == nil || r.write(topic)
	}
	return r.read == nil || r.read(topic)
}

type dialFunc = func(context.Context) (net.Conn, error)

// lab is an in-process broker that a source reaches through pipes.
type lab struct {
	t      *testing.T
	server *mochi.Server
	rules  *rules
	down   atomic.Bool  // refuse connections
	dials  atomic.Int32 // attempts so far

	mu     sync.Mutex
	socket net.Conn // the broker's end of the newest connection
}

func newLab(t *testing.T, also ...listeners.Listener) *lab {
	t.Helper()
	l := &lab{t: t, rules: &rules{}}
	// mochi writes its own topics anew while it reads them for a subscriber, without a
	// lock: they are written once.
	l.server = mochi.New(&mochi.Options{InlineClient: true, SysTopicResendInterval: 24 * 3600, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := l.server.AddHook(l.rules, nil); err != nil {
		t.Fatal(err)
	}
	for _, listener := range also {
		if err := l.server.AddListener(listener); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.server.Close() })
	return l
}

func (l *lab) dial(context.Context) (net.Conn, error) {
	l.dials.Add(1)
	if l.down.Load() {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	ours, theirs := net.Pipe()
	l.mu.Lock()
	l.socket = theirs
	l.mu.Unlock()
	go func() { _ = l.server.EstablishConnection("pipe", theirs) }()
	return ours, nil
}

// cut ends the newest connection without a good-bye.
func (l *lab) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.socket.Close()
}

func (l *lab) publish(topic, payload string, retain bool, qos byte) {
	l.t.Helper()
	if err := l.server.Publish(topic, []byte(payload), retain, qos); err != nil {
		l.t.Error(err)
	}
}

// running is a source and what the owner has got from it.
type running struct {
	*subscriber.Source
	t        *testing.T
	stop     context.CancelFunc
	messages []model.Message
	states   []model.Connection
}

// run starts a source that ends with the test.
func run(t *testing.T, o subscriber.Options) *running {
	t.Helper()
	r := &running{Source: subscriber.New(o), t: t}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.stop = func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		for b := range r.Batches() {
			r.take(b)
		}
		r.stop = func() {}
	}
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *running) take(b model.Batch) {
	if b.Connection != nil {
		r.states = append(r.states, *b.Connection)
	}
	r.messages = append(r.messages, b.Messages...)
	r.Recycle(b)
}

// until takes batches until the state comes, and returns it.
func (r *running) until(state model.ConnectionState) model.Connection {
	r.t.Helper()
	deadline := time.After(time.Hour) // virtual, or longer than any test
	for {
		select {
		case b, ok := <-r.Batches():
			if !ok {
				r.t.Fatalf("the source ended before it was %v", state)
			}
			r.take(b)
			if b.Connection != nil && b.Connection.State == state {
				return *b.Connection
			}
		case <-deadline:
			r.t.Fatalf("never %v; states so far: %+v", state, r.states)
		}
	}
}

// receive takes batches until n messages are there in all.
func (r *running) receive(n int) []model.Message {
	r.t.Helper()
	deadline := time.After(time.Hour)
	for len(r.messages) < n {
		select {
		case b, ok := <-r.Batches():
			if !ok {
				r.t.Fatalf("the source ended after %d of %d messages", len(r.messages), n)
			}
			r.take(b)
		case <-deadline:
			r.t.Fatalf("%d of %d messages came", len(r.messages), n)
		}
	}
	return r.messages
}

// packet encodes a PUBLISH; see evilbroker.Publish.
func packet(flags byte, topic string, id uint16, payload string) []byte {
	return evilbroker.Publish(flags, topic, id, []byte(payload))
}

// send sends packets to the newest client of b, which must take them.
func send(t *testing.T, b *evilbroker.Broker, packets []byte) {
	t.Helper()
	if err := b.Send(packets); err != nil {
		t.Errorf("the connection was lost while sending: %v", err)
	}
}

func filters(topics ...string) []subscriber.Filter {
	var fs []subscriber.Filter
	for _, topic := range topics {
		fs = append(fs, subscriber.Filter{Topic: topic})
	}
	return fs
}
