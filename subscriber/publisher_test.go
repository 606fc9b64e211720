package subscriber_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labtop/subscriber"
	"labtop/testkit/evilbroker"
)

func publications(n int) []subscriber.Publication {
	var all []subscriber.Publication
	for i := range n {
		all = append(all, subscriber.Publication{Topic: fmt.Sprint("a/", i), Payload: []byte("x"), QoS: 1, Retain: true})
	}
	return all
}

// TestPublisher publishes over one connection, takes back, and makes another
// connection when that one is lost.
func TestPublisher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		p := subscriber.NewPublisher(subscriber.Options{Dial: l.dial, ClientID: "desk"})
		defer p.Close()
		for range 3 {
			if n, err := p.Publish(t.Context(), publications(500)); n != 500 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			time.Sleep(time.Minute) // the keep-alive holds the connection
		}
		if n := l.dials.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
		if got := len(l.server.Topics.Messages("a/#")); got != 500 {
			t.Errorf("%d retained messages", got)
		}
		l.cut()
		synctest.Wait()
		empty := publications(500)
		for i := range empty {
			empty[i].Payload = nil
		}
		if n, err := p.Publish(t.Context(), empty); n != 500 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if got := len(l.server.Topics.Messages("a/#")); got != 0 {
			t.Errorf("%d retained messages stay", got)
		}
		clients := l.server.Clients.GetAll()
		for id := range clients {
			if id != "inline" && (!strings.HasPrefix(id, "desk-") || len(id) != len("desk-")+8) {
				t.Errorf("client id %q", id)
			}
		}
		p.Close()
		p.Close()
		if n, err := p.Publish(t.Context(), publications(1)); n != 1 || err != nil {
			t.Errorf("after Close: %d, %v", n, err)
		}
	})
}

// TestPublisherProblems gives up in time, says why, and tries again when asked.
func TestPublisherProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		dial func(t *testing.T) dialFunc
		want string
		most time.Duration
	}{
		{"not reached", func(*testing.T) dialFunc { return failing(errRefused) }, "the broker refused the connection", time.Second},
		{"no PUBACK", func(t *testing.T) dialFunc { t.Helper(); return evilbroker.New(t).Dial }, "the broker did not take the message over", 10 * time.Second},
		{"hung up on", func(*testing.T) dialFunc { return hangsUpOnPublish }, "the broker closed the connection", 6 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dials, dial := 0, tt.dial(t)
				p := subscriber.NewPublisher(subscriber.Options{Dial: func(ctx context.Context) (net.Conn, error) {
					dials++
					return dial(ctx)
				}})
				defer p.Close()
				for range 2 {
					began := time.Now()
					n, err := p.Publish(t.Context(), publications(100))
					if took := time.Since(began); n != 0 || err == nil || !strings.Contains(err.Error(), tt.want) || took > tt.most {
						t.Errorf("%d, %v after %v", n, err, took)
					}
				}
				if dials != 2 {
					t.Errorf("%d connections", dials)
				}
			})
		})
	}
	p := subscriber.NewPublisher(subscriber.Options{Dial: failing(errRefused)})
	if _, err := p.Publish(t.Context(), []subscriber.Publication{{Topic: "a/+"}}); err == nil || !strings.Contains(err.Error(), "wildcard") {
		t.Errorf("error %v", err)
	}
}

// TestPublisherRefused goes on after messages that the broker refuses, over the same
// connection, when somebody is told of them.
func TestPublisherRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := evilbroker.New(t, evilbroker.Case{Welcome: evilbroker.Connack5(0, ""), Puback: func(id uint16) []byte {
			code := byte(0)
			if id%2 == 0 {
				code = 0x87
			}
			return []byte{0x40, 3, byte(id >> 8), byte(id), code}
		}})
		p := subscriber.NewPublisher(subscriber.Options{Dial: b.Dial, V5: true})
		defer p.Close()
		var topics []string
		p.Refused = func(topic string, why error) {
			topics = append(topics, topic)
			if !strings.Contains(why.Error(), "the broker refused the message: not authorised") {
				t.Errorf("it says %v", why)
			}
		}
		n, err := p.Publish(t.Context(), publications(100))
		if n != 100 || err != nil || len(topics) != 50 || topics[0] != "a/1" {
			t.Errorf("%d, %v, refused %v", n, err, topics)
		}
	})
}

// TestPublisherCancelled gives up at once.
func TestPublisherCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := subscriber.NewPublisher(subscriber.Options{Dial: evilbroker.New(t).Dial})
		defer p.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		_, err := p.Publish(ctx, publications(10))
		if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 2*time.Second {
			t.Errorf("error %v after %v", err, took)
		}
	})
}

// TestPublisherSlides sends the next message as soon as one is acknowledged: this broker
// acknowledges none before as many as may be are on their way.
func TestPublisherSlides(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		v5      bool
		welcome []byte
		window  int
	}{
		{"3.1.1", false, evilbroker.Accept, 64},
		{"5", true, evilbroker.Connack5(0, "\x21\x00\x14"), 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				all := publications(200)
				var waiting []uint16
				b := evilbroker.New(t, evilbroker.Case{Welcome: tt.welcome, Puback: func(id uint16) (acks []byte) {
					waiting = append(waiting, id)
					if len(waiting) > tt.window {
						t.Errorf("%d at once", len(waiting))
					}
					for len(waiting) >= tt.window || int(id) == len(all) && len(waiting) > 0 {
						acks = append(acks, evilbroker.Packet(0x40, 2, 0, byte(waiting[0]))...)
						waiting = waiting[1:]
					}
					return acks
				}})
				p := subscriber.NewPublisher(subscriber.Options{Dial: b.Dial, V5: tt.v5})
				defer p.Close()
				if n, err := p.Publish(t.Context(), all); n != len(all) || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			})
		})
	}
}
