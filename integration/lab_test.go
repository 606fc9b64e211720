package integration_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"labtop/model"
	"labtop/simulator"
)

// TestDemo watches the demo's lab for ten minutes and looks for each character
// of its boards.
func TestDemo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		startLab(t, simulator.Demo(broker.Dial))
		d := watch(t, broker.Dial, "#@2", "$SYS/#")
		d.until(model.Connected)
		seen := map[string]bool{}
		for range 600 {
			time.Sleep(time.Second)
			synctest.Wait()
			for _, dm := range d.Devices(false) {
				observe(seen, &dm)
			}
		}
		for _, what := range []string{
			"lab3 offline", "lab3 online", "lab4 stale", "lab5 no reading", "lab2 above 30",
			"lab1 QoS 0", "lab2 QoS 1", "lab6 QoS 2", "node1 online", "kitchen true", "kitchen false", "kitchen ON", "kitchen OFF",
		} {
			if !seen[what] {
				t.Errorf("never seen: %s", what)
			}
		}
		for _, what := range []string{
			"lab1 stale", "lab2 stale", "lab5 stale", "lab6 stale", "node1 stale",
			"lab1 offline", "lab4 offline", "lab1 above 30", "lab1 no reading",
		} {
			if seen[what] {
				t.Errorf("seen, though it is not so: %s", what)
			}
		}
		status := d.Status()
		if c := status.Counters; c.Undecodable+c.Dropped+c.Evicted+c.Truncated+c.Skipped+c.UntrackedMetrics+c.Dup != 0 || c.Commands == 0 || c.System == 0 {
			t.Errorf("counters: %+v", c)
		}
		if status.Source.Stalls != 0 || status.Source.Bytes == 0 || status.Connection.Connects != 1 || status.Tally.Devices != 10 {
			t.Errorf("%+v %+v", status.Source, status.Tally)
		}
		v := d.look(200, 60)
		for _, name := range []string{"LAB1", "LAB2", "LAB3", "LAB4", "LAB5", "LAB6", "KITCHEN", "LIVING", "HALL", "NODE1"} {
			v.shows(name)
		}
	})
}

// observe notes what a device shows at the moment.
func observe(seen map[string]bool, dm *model.DeviceMetrics) {
	name := dm.Device.Name + " "
	seen[name+dm.Device.Presence.String()] = true
	if dm.Device.Stale {
		seen[name+"stale"] = true
	}
	for i := range dm.Metrics {
		m := &dm.Metrics[i]
		switch {
		case m.Value.Kind == model.Bool:
			seen[name+m.Text] = true
		case m.Name != "temperature":
			continue
		case m.Condition != model.Fine:
			seen[name+m.Condition.String()] = true
		case m.Value.Num > 30:
			seen[name+"above 30"] = true
		}
		seen[name+"QoS "+string('0'+rune(m.QoS))] = true
	}
}

// TestDay watches three boards for a day. What is kept stays bounded, and
// nothing is missing. It measures memory, so no other test runs beside it.
func TestDay(t *testing.T) {
	const (
		boards   = 3
		interval = 5 * time.Second
		warm     = 4 * time.Hour // until all histories have their full size
	)
	synctest.Test(t, func(t *testing.T) {
		broker := newBroker(t)
		d := watch(t, broker.Dial, "iotclass/#")
		d.until(model.Connected)
		began := time.Now()
		startLab(t, simulator.Options{Labs: boards, Interval: interval, Dial: broker.Dial})
		time.Sleep(warm)
		before := heap()
		time.Sleep(day - warm + interval - time.Second) // the boards start within an interval
		d.settle()
		if after := heap(); after > before+128<<10 {
			t.Errorf("%d bytes in use after %v, %d after a day", before, warm, after)
		}

		const readings = uint64(day/interval) + 1
		status := d.Status()
		if n := status.Counters.Messages; n != boards*(2*readings+1) {
			t.Errorf("%d messages, want %d", n, boards*(2*readings+1))
		}
		if c := status.Counters; c.Dropped+c.Evicted+c.Undecodable+c.Dup != 0 || status.Source.Stalls != 0 || status.Connection.Connects != 1 {
			t.Errorf("%+v %+v", c, status.Source)
		}
		for _, dm := range d.Devices(false) {
			for _, m := range dm.Metrics {
				if !m.Presence && (m.Count != readings || m.Plotted != readings) {
					t.Errorf("%s: %d messages, %d readings, want %d", m.Topic, m.Count, m.Plotted, readings)
				}
			}
		}
		chartsAll(t, d, began, int(readings))
	})
}

// chartsAll looks at the charts of the first metric.
func chartsAll(t *testing.T, d *dashboard, began time.Time, readings int) {
	t.Helper()
	for _, span := range []time.Duration{day, 0} {
		page := model.NewView(d.Store, false).Read(model.Query{Height: 1, Chart: &model.ChartQuery{Range: span, Columns: 240}})
		n := 0
		low, high := page.Detail.Metric.Max, page.Detail.Metric.Min
		for i, c := range page.Detail.Series[0].Columns {
			if c.N == 0 || c.Gap && i > 0 {
				t.Errorf("range %v: column %d has %d readings, gap %v", span, i, c.N, c.Gap)
			}
			n += c.N
			low, high = min(low, c.Min), max(high, c.Max)
		}
		// A bucket on the edge may count as a whole.
		if n > readings || n < readings-20 {
			t.Errorf("range %v: %d readings of %d", span, n, readings)
		}
		if m := page.Detail.Metric; low != m.Min || high != m.Max {
			t.Errorf("range %v: from %v to %v, the metric from %v to %v", span, low, high, m.Min, m.Max)
		}
		if late := page.Detail.Start.Sub(began); late < 0 || late > time.Second {
			t.Errorf("the history begins %v after the lab", late)
		}
	}
}

// heap is the memory in use, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
