package integration_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
)

// hole is a connection through a network that at some time begins to swallow
// everything, in both directions.
type hole struct {
	net.Conn
	open *atomic.Bool
}

func (h hole) Read(p []byte) (int, error) {
	for {
		if n, err := h.Conn.Read(p); err != nil || !h.open.Load() {
			return n, err
		}
	}
}

func (h hole) Write(p []byte) (int, error) {
	if h.open.Load() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

// TestHangIsShown has brokers that hang at any moment between two ticks of the
// clock, looks of the probe and questions to the broker: the screen says so clearly
// within the 6 s that it may take.
func TestHangIsShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		worst := time.Duration(0)
		for phase := range 60 {
			worst = max(worst, timeToTell(t, time.Duration(phase%7)*150*time.Millisecond, time.Duration(phase)*53*time.Millisecond))
		}
		if t.Logf("%v at worst", worst); worst > 5500*time.Millisecond {
			t.Errorf("the screen said so after %v", worst)
		}
	})
}

// timeToTell is how long after the hang the screen tells of it. The connection is
// made so long after the clock was started, and stood for five seconds and the phase.
func timeToTell(t *testing.T, late, phase time.Duration) time.Duration {
	t.Helper()
	var open atomic.Bool
	broker := newBroker(t)
	d := watch(t, func(ctx context.Context) (net.Conn, error) {
		time.Sleep(late)
		conn, err := broker.Dial(ctx)
		return hole{conn, &open}, err
	}, "#")
	defer d.stop()
	v := d.look(110, 30)
	d.until(model.Connected)
	time.Sleep(5*time.Second + phase)
	began := time.Now()
	for open.Store(true); row(v.text(), "no answer for") == ""; {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("phase %v: the screen never says so", phase)
		}
	}
	return time.Since(began)
}
