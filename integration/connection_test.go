package integration_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
)

// TestRefusedFilter has a broker that refuses one filter of three.
func TestRefusedFilter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newGuarded(t, "secret/#")
		d := watch(t, broker.dial, "iotclass/#", "secret/#@1", "home/#@2")
		v := d.look(110, 30)
		c := d.until(model.Connected)
		for i, refused := range []bool{false, true, false} {
			if s := c.Subscriptions[i]; !s.Answered || s.Refused() != refused {
				t.Errorf("%+v", s)
			}
		}
		for topic, payload := range map[string]string{"iotclass/lab1/temperature": "22.5", "home/hall/motion": "true", "secret/a/b": "1"} {
			if err := broker.server.Publish(topic, []byte(payload), false, 1); err != nil {
				t.Error(err)
			}
		}
		v.shows("▲ secret/#: refused by the broker")
		v.shows("LAB1", "22.5 °C")
		v.shows("HALL", "motion", "true")
		v.hides("secret", "1 ", "b")
		time.Sleep(10 * time.Minute)
		if c := d.Status().Connection; c.Connects != 1 || c.State != model.Connected {
			t.Errorf("after a while: %+v", c)
		}
		v.shows("▲ secret/#: refused by the broker")
	})
}

// TestBrokerComesLater starts without a broker.
func TestBrokerComesLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outlet
		d := watch(t, o.dial, "iotclass/#")
		v := d.look(110, 30)
		c := d.until(model.Waiting)
		if c.Problem == "" || c.NextTry.Before(time.Now()) || c.Attempts != 1 || c.Connects != 0 {
			t.Errorf("no broker: %+v", c)
		}
		v.shows("○ mqtt://lab-pi:1883", "0 messages")
		v.shows("▲ " + c.Problem)
		v.shows("next try in")
		v.shows("No connection yet.")
		v.shows("R connect now")
		time.Sleep(2 * time.Minute)
		attempts := o.dials.Load()
		if attempts < 10 || attempts > 60 {
			t.Errorf("%d attempts in two minutes", attempts)
		}

		o.broker.Store(newBroker(t))
		began := time.Now()
		v.press("R") // it need not wait half a minute
		d.until(model.Connected)
		if took := time.Since(began); took > time.Second {
			t.Errorf("connected %v after R", took)
		}
		v.shows("● mqtt://lab-pi:1883")
		v.hides("▲")
		v.hides("R connect now")
		switchOn(t, o.dial, "lab1").reads(" 22.50", " 45.30")
		v.shows("● LAB1", "22.50 °C")
		if c := d.Status().Connection; c.Attempts != 0 || c.Problem != "" || c.Connects != 1 {
			t.Errorf("connected: %+v", c)
		}
	})
}

// TestBrokerRestarts ends the broker and starts an empty one: nothing is
// stored there, and of two boards one comes back.
func TestBrokerRestarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outlet
		first := newBroker(t)
		o.broker.Store(first)
		d := watch(t, o.dial, "iotclass/#@1")
		v := d.look(110, 30)
		d.until(model.Connected)
		lab1, lab2 := switchOn(t, o.dial, "lab1"), switchOn(t, o.dial, "lab2")
		for range 10 {
			time.Sleep(5 * time.Second)
			lab1.reads(" 22.50", " 45.30")
			lab2.reads(" 23.50", " 44.30")
		}
		d.settle()
		before := d.Status().Counters.Messages

		o.broker.Store(nil)
		if err := first.Close(); err != nil {
			t.Error(err)
		}
		c := d.until(model.Waiting)
		picture := v.text() // a try may come a quarter of a second after the loss
		for _, texts := range [][]string{{"○ mqtt://lab-pi:1883", fmt.Sprint(before, " messages")}, {"▲ " + c.Problem, "next try in"}, {"LAB1", "22.50 °C"}} {
			if row(picture, texts...) == "" {
				t.Errorf("no row with %q in\n%s", texts, picture)
			}
		}
		time.Sleep(3 * time.Second)

		o.broker.Store(newBroker(t))
		began := time.Now()
		c = d.until(model.Connected)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("back %v after the broker", took)
		}
		if c.Connects != 2 || c.Subscriptions[0].Granted != 1 || !c.Subscriptions[0].Answered {
			t.Errorf("back: %+v", c)
		}
		v.hides("▲")
		switchOn(t, o.dial, "lab1").reads(" 22.60", " 45.40")
		d.settle()
		for topic, want := range map[string]model.State{
			"iotclass/lab1/temperature": model.StateOK,
			"iotclass/lab1/status":      model.StateOK,
			"iotclass/lab2/temperature": model.StateStale,
			"iotclass/lab2/status":      model.StateStale, // the new broker knows nothing of it
		} {
			if m := d.metric(topic); m.State != want {
				t.Errorf("%s is %v, want %v", topic, m.State, want)
			}
		}
		if m := d.metric("iotclass/lab1/temperature"); m.Count != 11 {
			t.Errorf("%d readings, want 11", m.Count)
		}
		if n := d.Status().Counters.Messages; n != before+3 {
			t.Errorf("%d messages, want %d", n, before+3)
		}
		v.shows("LAB1", "22.60 °C", " 11")
		time.Sleep(20 * time.Second)
		if !d.device("iotclass/lab2").Device.Stale {
			t.Error("lab2 is not stale though it says nothing")
		}
		v.shows("◌ LAB2")
		switchOn(t, o.dial, "lab2").reads(" 23.50", " 44.30")
		d.settle()
		if m := d.metric("iotclass/lab2/temperature"); m.State != model.StateOK {
			t.Errorf("%v though it was heard again", m.State)
		}
	})
}

// TestCutAgainAndAgain ends the connection without a good-bye. The
// broker stays, so its stored status comes again each time.
func TestCutAgainAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outlet
		broker := newBroker(t)
		o.broker.Store(broker)
		lab1 := switchOn(t, broker.Dial, "lab1")
		d := watch(t, o.dial, "iotclass/#")
		v := d.look(110, 30)
		for i := range 5 {
			c := d.until(model.Connected)
			if c.Connects != i+1 {
				t.Errorf("%d connections, want %d", c.Connects, i+1)
			}
			lab1.reads(" 22.50", " 45.30")
			d.settle()
			time.Sleep(5 * time.Minute)
			o.cut()
			c = d.until(model.Waiting)
			v.shows("▲ " + c.Problem)
		}
		d.until(model.Connected)
		if m := d.metric("iotclass/lab1/status"); m.Count != 6 || !m.Retained || m.State != model.StateOK {
			t.Errorf("status: %+v", m)
		}
		m := d.metric("iotclass/lab1/temperature")
		if m.Count != 5 || m.State != model.StateStale {
			t.Errorf("temperature: %d, %v", m.Count, m.State)
		}
	})
}

// TestBrokerFallsSilent has a broker that answers nothing any more, its
// connection still up, as when the network swallows all packets.
func TestBrokerFallsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &scripted{t: t}
		d := watch(t, broker.dial, "iotclass/#")
		v := d.look(110, 30)
		d.until(model.Connected)
		broker.send("1", 0, 0, false)
		time.Sleep(time.Minute)
		broker.mute.Store(true)
		began := time.Now()
		c := d.until(model.Waiting)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("lost %v after the last answer", took)
		}
		v.shows("▲ "+c.Problem, "next try in")
		broker.mute.Store(false)
		d.until(model.Connected)
		if m := d.metric("iotclass/lab1/counter"); m.State != model.StateStale {
			t.Errorf("a value from before is %v", m.State)
		}
		broker.send("2", 0, 0, false)
		v.shows("LAB1", "counter", " 2 ")
	})
}

// TestTwoDashboards watch one broker. Each has a client id of its own.
func TestTwoDashboards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		a, b := watch(t, broker.Dial, "iotclass/#"), watch(t, broker.Dial, "iotclass/+/temperature")
		a.until(model.Connected)
		b.until(model.Connected)
		lab1 := switchOn(t, broker.Dial, "lab1")
		for range 60 {
			lab1.reads(" 22.50", " 45.30")
			time.Sleep(time.Minute)
		}
		for _, d := range []*dashboard{a, b} {
			if c := d.Status().Connection; c.Connects != 1 || c.State != model.Connected {
				t.Errorf("%+v", c)
			}
			if n := d.metric("iotclass/lab1/temperature").Count; n != 60 {
				t.Errorf("%d readings", n)
			}
		}
		if a.Status().Connection.ClientID == b.Status().Connection.ClientID {
			t.Error("both have the same client id")
		}
		b.stop()
		lab1.reads(" 22.50", " 45.30")
		a.settle()
		if n := a.metric("iotclass/lab1/temperature").Count; n != 61 {
			t.Errorf("%d readings after the other one left", n)
		}
	})
}
