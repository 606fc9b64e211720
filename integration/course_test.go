package integration_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"labtop/model"
)

// TestCourse follows the messages of the lab course from the board to the
// screen. The status is stored before the dashboard comes, the readings are not.
func TestCourse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		lab1 := switchOn(t, broker.Dial, "lab1")
		d := watch(t, broker.Dial, "iotclass/#@1", "$SYS/#")
		v := d.look(110, 30)
		d.until(model.Connected)
		for range 3 {
			lab1.reads(" 22.50", " 45.30")
			time.Sleep(5 * time.Second)
		}
		lab1.reads(" 22.50", " 45.30")
		lab1.publish("battery", "87", 2, false)
		d.settle()

		number := func(v float64) model.Value { return model.Value{Kind: model.Number, Num: v} }
		want := []model.Metric{
			{Name: "temperature", Value: number(22.5), Text: "22.50", Unit: "°C", Count: 4, Plotted: 4, Decimals: 2},
			{Name: "humidity", Value: number(45.3), Text: "45.30", Unit: "%", Count: 4, Plotted: 4, Decimals: 2},
			{Name: "battery", Value: number(87), Text: "87", Unit: "%", QoS: 1, Count: 1, Plotted: 1},
			{Name: "status", Value: model.Value{Kind: model.Text}, Text: "online", QoS: 1, Retained: true, Count: 1, Presence: true},
		}
		lab := d.device("iotclass/lab1")
		ignore := cmpopts.IgnoreFields(model.Metric{}, "Topic", "Label", "ValueTime", "Time", "PerSec", "Interval", "Min", "Max", "Mean")
		if diff := cmp.Diff(want, lab.Metrics, ignore); diff != "" {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
		if lab.Device.Presence != model.Online || !lab.Device.PresenceRetained || lab.Device.Interval != 5*time.Second {
			t.Errorf("device: %+v", lab.Device)
		}
		status := d.Status()
		if c := status.Counters; c.Messages != 10 || c.Retained != 1 || c.Undecodable+c.Dropped != 0 || c.System == 0 {
			t.Errorf("counters: %+v", c)
		}
		subscriptions := []model.Subscription{
			{Filter: "iotclass/#", Requested: 1, Granted: 1, Answered: true},
			{Filter: "$SYS/#", Answered: true},
		}
		if diff := cmp.Diff(subscriptions, status.Connection.Subscriptions); diff != "" {
			t.Error(diff)
		}

		v.shows("labtop", "● mqtt://lab-pi:1883", "iotclass/#", "1 device", "10 messages", "00:00:15")
		v.shows("● LAB1", "temperature", "22.50 °C", "00:00:15", " 0  ", " 4")
		v.shows("online", "humidity", "45.30 %")
		v.shows("battery", "87 %", "00:00:15", " 1  ", " 1")
		v.shows("status", "online", "00:00:00", "1R", " 1")
	})
}

// TestPresence follows a board through a cut connection, whose will the broker
// publishes, a graceful end, and its returns.
func TestPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		d := watch(t, broker.Dial, "iotclass/#")
		v := d.look(110, 30)
		d.until(model.Connected)
		lab1 := switchOn(t, broker.Dial, "lab1")
		lab1.reads(" 22.50", " 45.30")
		v.shows("● LAB1", "temperature")

		expect := func(what string, presence model.Presence, since time.Time) {
			t.Helper()
			d.settle()
			dev := d.device("iotclass/lab1").Device
			if dev.Presence != presence || dev.PresenceRetained || dev.PresenceSince.Sub(since).Abs() > time.Second {
				t.Errorf("%s: %v since %v, retained %v", what, dev.Presence, dev.PresenceSince, dev.PresenceRetained)
			}
		}
		time.Sleep(10 * time.Minute)
		lab1.cut()
		expect("cut", model.Offline, time.Now())
		v.shows("offline 00:10:00")
		time.Sleep(time.Second) // the tally is made at each tick
		v.shows("messages", "○1")

		time.Sleep(10 * time.Minute)
		lab1 = switchOn(t, broker.Dial, "lab1")
		expect("back", model.Online, time.Now())
		v.shows("● LAB1")
		v.hides("offline")

		time.Sleep(10 * time.Minute)
		lab1.switchOff()
		expect("switched off", model.Offline, time.Now())
		v.shows("offline 00:30:0")
		time.Sleep(time.Minute)
		if n := d.metric("iotclass/lab1/status").Count; n != 4 {
			t.Errorf("%d words about presence, want 4: a good-bye has no will", n)
		}
	})
}

// TestOfflineMeanwhile has a board that dies while the dashboard is away. The
// broker has stored the will, which does not tell when that was.
func TestOfflineMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outlet
		broker := newBroker(t)
		o.broker.Store(broker)
		d := watch(t, o.dial, "iotclass/#")
		v := d.look(110, 30)
		d.until(model.Connected)
		lab1 := switchOn(t, broker.Dial, "lab1")
		lab1.reads(" 22.50", " 45.30")
		d.settle()
		o.broker.Store(nil)
		o.cut()
		d.until(model.Waiting)
		lab1.cut()
		time.Sleep(10 * time.Minute)
		v.shows("LAB1", "temperature")
		v.hides("offline")

		o.broker.Store(broker)
		d.until(model.Connected)
		if dev := d.device("iotclass/lab1").Device; dev.Presence != model.Offline || !dev.PresenceRetained {
			t.Errorf("%v, retained %v", dev.Presence, dev.PresenceRetained)
		}
		v.shows("○ LAB1", "temperature")
		v.shows("offline  ", "humidity") // and no time
		v.shows("status", "offline", "0R")
	})
}

// TestSilence has a board that says nothing any more though it is connected:
// no message tells of it.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		d := watch(t, broker.Dial, "iotclass/#")
		v := d.look(110, 30)
		d.until(model.Connected)
		lab1 := switchOn(t, broker.Dial, "lab1")
		for range 10 {
			time.Sleep(10 * time.Second)
			lab1.reads(" 22.50", " 45.30")
		}
		d.settle()
		messages := d.Status().Counters.Messages
		last := d.metric("iotclass/lab1/temperature").Time
		var stale time.Duration
		for range 60 {
			time.Sleep(time.Second)
			d.settle()
			m := d.metric("iotclass/lab1/temperature")
			dev := d.device("iotclass/lab1").Device
			if (m.State == model.StateStale) != dev.Stale {
				t.Fatalf("metric %v, device stale %v", m.State, dev.Stale)
			}
			if dev.Stale {
				stale = time.Since(last)
				break
			}
			v.hides("silent")
		}
		if stale < 30*time.Second || stale > 32*time.Second {
			t.Errorf("stale after %v, want three times 10 s", stale)
		}
		if n := d.Status().Counters.Messages; n != messages {
			t.Errorf("%d messages came meanwhile", n-messages)
		}
		if d.metric("iotclass/lab1/status").State == model.StateStale {
			t.Error("a presence topic is stale")
		}
		v.shows("◌ LAB1")
		v.shows("silent 3")
		v.shows("messages", "◌1")
		if tally := d.Status().Tally; tally.Stale != 1 || tally.Online != 1 {
			t.Errorf("tally: %+v", tally)
		}
		lab1.reads(" 22.60", " 45.30")
		d.settle()
		if d.device("iotclass/lab1").Device.Stale || d.metric("iotclass/lab1/temperature").State != model.StateOK {
			t.Error("stale though it speaks again")
		}
		v.shows("● LAB1", "22.60")
		v.hides("silent")
	})
}
