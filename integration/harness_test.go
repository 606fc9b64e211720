package integration_test

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"labtop/simulator"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // frames show the time of day
	goleak.VerifyTestMain(m)
}

// dialer makes a connection to a broker in this process.
type dialer func(context.Context) (net.Conn, error)

// newBroker is the simulator's broker, closed at the end of the test.
func newBroker(t *testing.T) *simulator.Broker {
	t.Helper()
	b, err := simulator.NewBroker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// outlet is the network between clients and a broker that can be exchanged.
type outlet struct {
	broker atomic.Pointer[simulator.Broker] // nil: nobody listens
	dials  atomic.Int32

	mu    sync.Mutex // mu guards conns
	conns []net.Conn
}

func (o *outlet) dial(ctx context.Context) (net.Conn, error) {
	o.dials.Add(1)
	b := o.broker.Load()
	if b == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	conn, err := b.Dial(ctx)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conns = append(o.conns, conn)
	return conn, nil
}

// cut ends all connections made so far without a good-bye.
func (o *outlet) cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.conns {
		_ = c.Close()
	}
	o.conns = nil
}

// guarded is a mochi broker that refuses some filters.
type guarded struct {
	mochi.HookBase
	server *mochi.Server
	refuse string
}

// newGuarded makes a broker that answers a SUBSCRIBE to refuse with 0x80.
func newGuarded(t *testing.T, refuse string) *guarded {
	t.Helper()
	g := &guarded{refuse: refuse}
	g.server = mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	if err := g.server.AddHook(g, nil); err != nil {
		t.Fatal(err)
	}
	if err := g.server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.server.Close() })
	return g
}

func (*guarded) ID() string { return "guarded" }

func (*guarded) Provides(b byte) bool {
	return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}

func (*guarded) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

func (g *guarded) OnACLCheck(_ *mochi.Client, topic string, write bool) bool {
	return write || topic != g.refuse
}

func (g *guarded) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() { _ = g.server.EstablishConnection("pipe", theirs) }()
	return ours, nil
}

// board is a publisher with a will on iotclass/<name>/status.
type board struct {
	t      *testing.T
	name   string
	client paho.Client
	conn   net.Conn
}

// switchOn connects a board, which says that it is online.
func switchOn(t *testing.T, dial dialer, name string) *board {
	t.Helper()
	b := &board{t: t, name: name}
	o := paho.NewClientOptions().AddBroker("mqtt://broker").SetClientID("board-"+name).
		SetProtocolVersion(4).SetAutoReconnect(false).SetOrderMatters(true).
		SetWill(b.topic("status"), "offline", 1, true).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
			var err error
			b.conn, err = dial(t.Context())
			return b.conn, err
		})
	b.client = paho.NewClient(o)
	b.done(b.client.Connect())
	t.Cleanup(func() { b.client.Disconnect(100) })
	b.publish("status", "online", 1, true)
	return b
}

func (b *board) topic(metric string) string { return "iotclass/" + b.name + "/" + metric }

// publish sends one message below the board's topic and waits for the broker.
func (b *board) publish(metric, payload string, qos byte, retain bool) {
	b.t.Helper()
	b.done(b.client.Publish(b.topic(metric), qos, retain, payload))
}

// reads publishes a pair of readings as the course's sketches do.
func (b *board) reads(temperature, humidity string) {
	b.t.Helper()
	b.publish("temperature", temperature, 0, false)
	b.publish("humidity", humidity, 0, false)
}

func (b *board) done(token paho.Token) {
	b.t.Helper()
	if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		b.t.Fatalf("%s: %v", b.name, token.Error())
	}
}

// switchOff says good-bye: offline, then DISCONNECT.
func (b *board) switchOff() {
	b.t.Helper()
	b.publish("status", "offline", 1, true)
	b.client.Disconnect(100)
}

// cut pulls the plug.
func (b *board) cut() { _ = b.conn.Close() }

// startLab runs a simulated lab until stop is called or the test ends.
func startLab(t *testing.T, o simulator.Options) (stop func()) {
	t.Helper()
	lab, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- lab.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("lab: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// row returns the first row of a picture that has all the texts, or "".
func row(picture string, texts ...string) string {
	for line := range strings.Lines(picture) {
		found := true
		for _, text := range texts {
			found = found && strings.Contains(line, text)
		}
		if found {
			return strings.TrimRight(line, "\n")
		}
	}
	return ""
}
