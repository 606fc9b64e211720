package subscriber_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/subscriber"
)

// cable leads to the lab. It can be made to hang as on a network that drops
// packets: nothing arrives, and writing goes on.
type cable struct {
	lab *lab
	// blocked holds a token as long as nothing gets through. It is a channel because who
	// waits for it must not stop the virtual clock.
	blocked chan struct{}
}

func newCable(l *lab) *cable { return &cable{l, make(chan struct{}, 1)} }

func (c *cable) hang() { c.blocked <- struct{}{} }
func (c *cable) heal() { <-c.blocked }

func (c *cable) dial(ctx context.Context) (net.Conn, error) {
	far, err := c.lab.dial(ctx)
	if err != nil {
		return nil, err
	}
	near, ours := net.Pipe()
	var pipes sync.WaitGroup
	pipes.Go(func() { c.carry(far, ours) })
	pipes.Go(func() { c.carry(ours, far) })
	return near, nil
}

// carry copies from one end to the other, with room on the way as a network has.
func (c *cable) carry(to, from net.Conn) {
	queue := make(chan []byte, 1000)
	go func() {
		defer close(queue)
		for {
			b := make([]byte, 4096)
			n, err := from.Read(b)
			if err != nil {
				return
			}
			queue <- b[:n]
		}
	}()
	for b := range queue {
		c.blocked <- struct{}{}
		<-c.blocked
		_, _ = to.Write(b)
	}
	_ = to.Close()
}

func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		c := newCable(l)
		r := run(t, subscriber.Options{Dial: c.dial, Filters: filters("#")})
		r.until(model.Connected)

		for range 600 { // an idle broker answers whenever it is asked
			time.Sleep(time.Second)
			if silent := r.Stats().Silent; silent != 0 {
				t.Fatalf("silent for %v with an idle broker", silent)
			}
		}

		c.hang()
		hung := time.Now()
		for r.Stats().Silent == 0 {
			time.Sleep(100 * time.Millisecond)
			if time.Since(hung) > 5*time.Second { // the screen may take another second
				t.Fatal("nothing is said of a broker that has been silent for 5 s")
			}
		}
		if silent := r.Stats().Silent; silent < 4*time.Second || silent > 5*time.Second {
			t.Errorf("silent for %v at first", silent)
		}

		c.heal()
		time.Sleep(time.Second)
		if silent := r.Stats().Silent; silent != 0 {
			t.Errorf("silent for %v after the broker has answered", silent)
		}

		c.hang()
		hung = time.Now()
		r.until(model.Waiting)
		if lost := time.Since(hung); lost > 20*time.Second {
			t.Errorf("lost after %v", lost)
		}
		if silent := r.Stats().Silent; silent != 0 {
			t.Errorf("silent for %v without a connection", silent)
		}
		c.heal()
		r.until(model.Connected)
	})
}

// TestHeldIsNotSilent shows that a broker is not blamed while it is us who do
// not read.
func TestHeldIsNotSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		r := run(t, subscriber.Options{Dial: l.dial, Filters: filters("#")})
		r.until(model.Connected)
		for range 30 * 256 {
			l.publish("lab/t", "1", false, 0)
		}
		for range 10 {
			time.Sleep(time.Second)
			if silent := r.Stats().Silent; silent != 0 {
				t.Fatalf("the broker counts as silent for %v while nobody takes its messages", silent)
			}
		}
		if r.Stats().Stalls == 0 {
			t.Error("there was no stall")
		}
	})
}
