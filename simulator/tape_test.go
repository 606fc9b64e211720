package simulator_test

import (
	"context"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"labtop/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heard is one message as a subscriber got it.
type heard struct {
	Topic, Payload string
	QoS            byte
	Retained       bool
}

type timed struct {
	heard
	At  time.Duration // since the tape was started
	Dup bool
}

// tape is a subscriber that keeps all that it hears.
type tape struct {
	client paho.Client
	start  time.Time

	mu       sync.Mutex // mu guards messages
	messages []timed
}

func newBroker(t *testing.T) *simulator.Broker {
	t.Helper()
	b, err := simulator.NewBroker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close broker: %v", err)
		}
	})
	return b
}

func newClient(t *testing.T, dial func(context.Context) (net.Conn, error), id string) paho.Client {
	t.Helper()
	options := paho.NewClientOptions().AddBroker("mqtt://broker").SetClientID(id).
		SetProtocolVersion(4).SetAutoReconnect(false).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
			return dial(context.Background())
		})
	client := paho.NewClient(options)
	if token := client.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatalf("connect: %v", token.Error())
	}
	t.Cleanup(func() { client.Disconnect(250) })
	return client
}

// listen starts a tape of filter at qos.
func listen(t *testing.T, b *simulator.Broker, filter string, qos byte) *tape {
	t.Helper()
	p := &tape{client: newClient(t, b.Dial, "tape "+filter), start: time.Now()}
	token := p.client.Subscribe(filter, qos, func(_ paho.Client, m paho.Message) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.messages = append(p.messages, timed{
			heard{m.Topic(), string(m.Payload()), m.Qos(), m.Retained()}, time.Since(p.start), m.Duplicate(),
		})
	})
	if !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatalf("subscribe: %v", token.Error())
	}
	return p
}

// about returns what was heard so far on topics that begin with prefix.
func (p *tape) about(prefix string) []timed {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []timed
	for _, m := range p.messages {
		if strings.HasPrefix(m.Topic, prefix) {
			out = append(out, m)
		}
	}
	return out
}

// payloads returns what was heard on one topic.
func (p *tape) payloads(topic string) []string {
	var out []string
	for _, m := range p.about(topic) {
		if m.Topic == topic {
			out = append(out, m.Payload)
		}
	}
	return out
}

// startLab runs a lab until stop is called, which returns what Run did.
func startLab(t *testing.T, o simulator.Options) (stop func() error) {
	t.Helper()
	lab, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- lab.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}
