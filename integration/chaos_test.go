package integration_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/simulator"
)

// suffer watches a lab of one device that does wrong for a while.
func suffer(t *testing.T, s simulator.Special, d time.Duration) *dashboard {
	t.Helper()
	broker := newBroker(t)
	if s == simulator.Duplicates {
		broker.Redeliver(s.Topic() + "/humidity")
	}
	board := watch(t, broker.Dial, "#@2")
	board.until(model.Connected)
	startLab(t, simulator.Options{Specials: []simulator.Special{s}, Dial: broker.Dial})
	time.Sleep(d)
	board.settle()
	return board
}

// chart returns the readings of a metric's whole history, a column a second, and
// which columns come after a gap.
func (d *dashboard) chart(topic string, columns int) []model.Column {
	d.t.Helper()
	for _, dm := range d.Devices(true) {
		for i := range dm.Metrics {
			if m := &dm.Metrics[i]; m.Topic == topic {
				key := model.Key{Device: dm.Device.ID, Topic: m.Topic, Path: m.Path}
				query := model.Query{Cursor: key, Height: 1, Chart: &model.ChartQuery{Columns: columns}}
				return model.NewView(d.Store, false).Read(query).Detail.Series[0].Columns
			}
		}
	}
	d.t.Fatalf("there is no metric on %q", topic)
	return nil
}

// TestWills: the three ways to die before or instead of the own good-bye look
// the same, offline since the moment; only the words are counted.
func TestWills(t *testing.T) {
	t.Parallel()
	for special, words := range map[simulator.Special]uint64{simulator.Crash: 2, simulator.EarlyClose: 2, simulator.OfflineTwice: 3} {
		t.Run(string(special), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				d := suffer(t, special, 27*time.Second)
				v := d.look(110, 30)
				dev := d.device(special.Topic()).Device
				if died := dev.PresenceSince.Sub(began); dev.Presence != model.Offline || dev.PresenceRetained || died.Round(time.Second) != 20*time.Second {
					t.Errorf("%v after %v, retained %v", dev.Presence, died, dev.PresenceRetained)
				}
				if m := d.metric(special.Topic() + "/status"); m.Count != words || m.Text != "offline" {
					t.Errorf("%d words about its presence, the last %q; want %d", m.Count, m.Text, words)
				}
				v.shows("○ "+strings.ToUpper(string(special)), "temperature")
				v.shows("offline 00:00:20")
				time.Sleep(5 * time.Second)
				d.settle()
				if dev := d.device(special.Topic()).Device; dev.Presence != model.Online {
					t.Errorf("%v though it is back", dev.Presence)
				}
			})
		})
	}
}

// TestGhost comes after the ghost has gone. What is stored says "online", and
// nobody has heard the device.
func TestGhost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		stop := startLab(t, simulator.Options{Labs: 1, Specials: []simulator.Special{simulator.Ghost}, Dial: broker.Dial})
		time.Sleep(time.Second)
		d := watch(t, broker.Dial, "#@2")
		d.until(model.Connected)
		time.Sleep(time.Minute)
		ghost, lab1 := d.device("iotclass/ghost").Device, d.device("iotclass/lab1").Device
		if !ghost.LastSeen.IsZero() || !ghost.PresenceRetained || ghost.Heard.IsZero() {
			t.Errorf("the ghost was seen at %v; its presence is stored: %v", ghost.LastSeen, ghost.PresenceRetained)
		}
		if lab1.LastSeen.IsZero() {
			t.Error("a board that is there was never seen")
		}
		if m := d.metric("iotclass/ghost/status"); !m.Retained || m.Count != 1 {
			t.Errorf("%+v", m)
		}
		stop()
		d.settle()
		if dev := d.device("iotclass/lab1").Device; dev.Presence != model.Offline {
			t.Errorf("lab1 is %v after the end", dev.Presence)
		}
	})
}

// TestDuplicates: what a board repeats is two messages for everybody, what the
// broker repeats is marked.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Duplicates, 48*time.Second)
		temperature, humidity := d.metric("iotclass/duplicates/temperature"), d.metric("iotclass/duplicates/humidity")
		if temperature.Count != 20 || temperature.Dup != 0 {
			t.Errorf("temperature: %d messages, %d marked", temperature.Count, temperature.Dup)
		}
		if humidity.Count != 20 || humidity.Dup != 10 || d.Status().Counters.Dup != 10 {
			t.Errorf("humidity: %d messages, %d marked, %d in all", humidity.Count, humidity.Dup, d.Status().Counters.Dup)
		}
		if humidity.Interval != 5*time.Second {
			t.Errorf("the repeated topic speaks every %v", humidity.Interval)
		}
		d.look(110, 30).shows("humidity", " 1D", " 20")
	})
}

// TestSkew: a chart stands at the times of receipt, whatever the payload says.
func TestSkew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Skew, 5*time.Minute)
		var temperature, clock *model.Metric
		metrics := d.device("devices/skew").Metrics
		for i := range metrics {
			switch metrics[i].Path {
			case "temperature":
				temperature = &metrics[i]
			case "time":
				clock = &metrics[i]
			}
		}
		if temperature == nil || clock == nil {
			t.Fatalf("metrics: %+v", metrics)
		}
		if temperature.Plotted != 60 || temperature.Interval != 5*time.Second || time.Since(temperature.Time) > 6*time.Second {
			t.Errorf("%d readings every %v, the last at %v", temperature.Plotted, temperature.Interval, temperature.Time)
		}
		if clock.Value.Kind != model.Text || clock.Plotted != 0 {
			t.Errorf("the board's clock is a %v, plotted %d times", clock.Value.Kind, clock.Plotted)
		}
		n := 0
		for i, c := range d.chart("devices/skew/sensors", 50) {
			if c.N == 0 || c.Gap && i > 0 {
				t.Errorf("column %d of the chart has %d readings, gap %v", i, c.N, c.Gap)
			}
			n += c.N
		}
		if n != 60 {
			t.Errorf("%d readings in the chart", n)
		}
	})
}

// TestGarbage looks at what stands after each piece of garbage: the last reading
// and why it is the last, and the charts without any of it.
func TestGarbage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Garbage, time.Second)
		const topic = "iotclass/garbage/temperature"
		good := d.metric(topic).Value
		if good.Kind != model.Number {
			t.Fatalf("the first temperature is %+v", good)
		}
		steps := []struct {
			name        string
			condition   model.Condition
			undecodable uint64
			truncated   uint64
		}{
			{"binary", model.Binary, 1, 0},
			{"truncated JSON", model.NoReading, 2, 0},
			{"nan", model.NoReading, 2, 0},
			{"empty", model.Empty, 2, 0},
			{"control characters", model.NoReading, 2, 0},
			{"huge", model.NoReading, 2, 1},
		}
		for _, step := range steps {
			good := d.metric(topic).Value
			time.Sleep(5 * time.Second)
			d.settle()
			m, c := d.metric(topic), d.Status().Counters
			if m.Condition != step.condition || m.Value != good {
				t.Errorf("after %s: %v, %+v, before it %+v", step.name, m.Condition, m.Value, good)
			}
			if c.Undecodable != step.undecodable || c.Truncated != step.truncated {
				t.Errorf("after %s: %d undecodable, %d truncated", step.name, c.Undecodable, c.Truncated)
			}
			if strings.ContainsAny(m.Text, "\x00\x1b\r\n\a") || len(m.Text) > 1024 {
				t.Errorf("after %s: text %q", step.name, m.Text)
			}
			time.Sleep(5 * time.Second) // a good one
			d.settle()
		}
		m := d.metric(topic)
		if m.Value.Kind != model.Number || m.Unit != "°C" || m.Plotted != 7 || m.Min < 10 || m.Max > 40 || m.Count != 13 {
			t.Errorf("in the end: %+v", m)
		}
		dev := d.device("iotclass/garbage").Device
		if dev.Presence != model.Online || dev.Stale || d.Status().Connection.Connects != 1 {
			t.Errorf("%+v, %d connections", dev, d.Status().Connection.Connects)
		}
		v := d.look(110, 30)
		v.shows("● GARBAGE", "temperature", " °C")
	})
}

// TestFlap: every change of the presence is a message, and counted.
func TestFlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Flap, 61*time.Second)
		if m := d.metric("iotclass/flap/status"); m.Count != 25 || m.Text != "online" {
			t.Errorf("%d words about its presence, the last %q", m.Count, m.Text)
		}
		dev := d.device("iotclass/flap").Device
		if since := time.Since(dev.PresenceSince); dev.Presence != model.Online || since > 3*time.Second {
			t.Errorf("%v for %v", dev.Presence, since)
		}
		time.Sleep(3 * time.Second)
		d.settle()
		if dev := d.device("iotclass/flap").Device; dev.Presence != model.Offline {
			t.Errorf("%v after the drop", dev.Presence)
		}
	})
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Takeover, time.Minute)
		if m := d.metric("iotclass/takeover/status"); m.Count < 15 || m.Count > 45 {
			t.Errorf("%d words about its presence", m.Count)
		}
		if n := d.Status().Connection.Connects; n != 1 {
			t.Errorf("the dashboard itself has connected %d times", n)
		}
	})
}

// TestReboot: counters that begin anew are values like others.
func TestReboot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Reboot, 2*time.Minute+time.Second)
		uptime, readings := d.metric("iotclass/reboot/uptime_s"), d.metric("iotclass/reboot/readings")
		if uptime.Unit != "s" || uptime.Min != 0 || uptime.Max != 20 || uptime.Value.Num != 0 || readings.Max != 5 {
			t.Errorf("%+v %+v", uptime, readings)
		}
		if m := d.metric("iotclass/reboot/status"); m.Count != 9 {
			t.Errorf("%d words about its presence", m.Count)
		}
	})
}

func TestSilentDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Silent, 40*time.Second)
		dev := d.device("iotclass/silent").Device
		if !dev.Stale || dev.Presence != model.Online {
			t.Errorf("stale %v, %v", dev.Stale, dev.Presence)
		}
		d.look(110, 30).shows("◌ SILENT")
		time.Sleep(22 * time.Second)
		d.settle()
		if d.device("iotclass/silent").Device.Stale {
			t.Error("stale though it speaks again")
		}
	})
}

func TestSpikeAndStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Spike, 10*time.Minute)
		m := d.metric("iotclass/spike/temperature")
		highest := m.Min
		for _, c := range d.chart("iotclass/spike/temperature", 10) {
			if c.Max != 80 {
				t.Errorf("a column of a minute goes up to %v", c.Max)
			}
			highest = max(highest, c.Max)
		}
		if m.Max != 80 || highest != 80 || m.Mean > 40 {
			t.Errorf("highest %v, in the chart %v, mean %v", m.Max, highest, m.Mean)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d := suffer(t, simulator.Stuck, time.Minute)
		m := d.metric("iotclass/stuck/temperature")
		if m.Plotted != 12 || m.State != model.StateOK || d.device("iotclass/stuck").Device.Stale {
			t.Errorf("%+v", m)
		}
	})
}

// TestChallenges: the devices of the course's challenges, each with what it is
// there to show.
func TestChallenges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		startLab(t, simulator.Options{Specials: simulator.Challenges(), Dial: broker.Dial})
		time.Sleep(10 * time.Minute)
		d := watch(t, broker.Dial, "#@2") // it comes late
		d.until(model.Connected)
		if m := d.metric("iotclass/on-change/temperature"); !m.Retained || m.Value.Kind != model.Number || m.Unit != "°C" {
			t.Errorf("on-change: %+v", m)
		}
		if m := d.metric("home/schedule/light/schedule"); !m.Retained || m.Text != "06:30-08:00 17:30-22:30" {
			t.Errorf("schedule: %+v", m)
		}
		time.Sleep(time.Minute)
		d.settle()
		if m := d.metric("iotclass/battery/battery_V"); m.Unit != "V" || m.QoS != 2 || m.Retained || m.Value.Num < 4 || m.Value.Num > 4.2 {
			t.Errorf("battery: %+v", m)
		}
		if n := len(d.device("devices/json").Metrics); n < 5 {
			t.Errorf("json: %d metrics", n)
		}
		if m := d.metric("home/dimmer/light/brightness"); m.Retained || m.Count < 3 || m.Max > 100 {
			t.Errorf("dimmer: %+v", m)
		}
		if c := d.Status().Counters; c.Undecodable+c.Dropped+c.Truncated+c.Dup != 0 || c.Commands == 0 {
			t.Errorf("%+v", c)
		}
	})
}
