package integration_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/simulator"
)

// TestQuitWhileConnecting ends in each stage of an attempt. That no goroutine
// is left is seen by synctest: its bubble would not end.
func TestQuitWhileConnecting(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	mute := func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			b := make([]byte, 1024)
			for {
				if _, err := theirs.Read(b); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
	refuse := func(context.Context) (net.Conn, error) { return nil, errors.New("refused") }
	for name, dial := range map[string]dialer{"dialling": hang, "waiting for CONNACK": mute, "waiting": refuse} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := watch(t, dial, "#")
				v := d.look(80, 24)
				time.Sleep(100 * time.Millisecond)
				v.shows(map[bool]string{true: "○", false: "◌"}[name == "waiting"] + " mqtt://lab-pi:1883")
				v.press("q")
				<-v.quit
				began := time.Now()
				d.stop()
				if took := time.Since(began); took > time.Second {
					t.Errorf("took %v to end", took)
				}
				if s := d.Status().Connection.State; s != model.Closed {
					t.Errorf("%v at the end", s)
				}
			})
		})
	}
}

// TestQuitWhileConnected ends everything at once, with the lab at work.
func TestQuitWhileConnected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		stopLab := startLab(t, simulator.Demo(broker.Dial))
		d := watch(t, broker.Dial, "#", "$SYS/#")
		v := d.look(80, 24)
		time.Sleep(time.Minute)
		v.press("q")
		<-v.quit
		began := time.Now()
		d.stop()
		stopLab()
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %v to end", took)
		}
	})
}
