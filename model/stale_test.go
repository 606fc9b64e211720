package model_test

import (
	"cmp"
	"testing"
	"time"

	"labtop/model"
)

func TestStale(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		topic      string
		payload    string // "1" when empty
		times      []float64
		stored     bool
		configured time.Duration
		fresh      float64 // still ok
		stale      float64 // stale from here on; 0 never
	}{
		{"three regular messages", temperature, "", []float64{0, 5, 10}, false, 0, 25, 25.1},
		{"two are not enough", temperature, "", []float64{0, 5}, false, 0, 1e6, 0},
		{"jittered", temperature, "", []float64{0, 4.5, 10, 15.5, 20}, false, 0, 33, 36.6},
		{"irregular", temperature, "", []float64{0, 1, 40, 42, 300, 301, 500}, false, 0, 1e6, 0},
		{"one outage is forgiven", temperature, "", []float64{0, 5, 10, 600, 605, 610}, false, 0, 625, 625.1},
		{"a burst", temperature, "", []float64{0, 0.003, 0.006, 0.01}, false, 0, 1e6, 0},
		{"a burst, a pause", temperature, "", []float64{0, 0.01, 0.02, 0.03, 60}, false, 0, 1e6, 0},
		{"a burst, a pause, a burst", temperature, "", []float64{0, 0.01, 0.02, 0.03, 60, 60.01, 60.02, 60.03}, false, 0, 1e6, 0},
		{"half a second", temperature, "", []float64{0, 0.5, 1, 1.5}, false, 0, 3.5, 3.6},
		{"fast topics have two seconds", temperature, "", []float64{0, 0.2, 0.4, 0.6, 0.8, 1, 1.2}, false, 0, 3.2, 3.3},
		{"uneven, but all within two seconds", temperature, "", []float64{0, 0.5, 0.6, 1.5, 1.6}, false, 0, 3.6, 3.7},
		{"a switch speaks when it is switched", temperature, "on", []float64{0, 5, 10}, false, 0, 1e6, 0},
		{"a switch, configured", temperature, "on", []float64{0, 5, 10}, false, time.Minute, 70, 70.1},
		{"configured wins", temperature, "", []float64{0, 5, 10}, false, time.Minute, 70, 70.1},
		{"configured, one message", temperature, "", []float64{0}, false, time.Minute, 60, 60.1},
		{"stored only", temperature, "", []float64{0, 5, 10}, true, time.Minute, 1e6, 0},
		{"presence", "iotclass/lab1/status", "", []float64{0, 5, 10}, false, time.Minute, 1e6, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{StaleAfter: test.configured})
			var options []option
			if test.stored {
				options = append(options, retained)
			}
			payload := cmp.Or(test.payload, "1")
			for _, second := range test.times {
				l.say(second, test.topic, payload, options...)
			}
			check := func(second float64, want model.State) {
				t.Helper()
				l.tick(second)
				d := l.device("iotclass/lab1")
				if got := d.Metrics[0].State; got != want {
					t.Errorf("metric after %v s: %v, want %v", second, got, want)
				}
				if got := d.Device.Stale; got != (want == model.StateStale) {
					t.Errorf("device after %v s: stale %v", second, got)
				}
			}
			check(test.fresh, model.StateOK)
			if test.stale == 0 {
				return
			}
			check(test.stale, model.StateStale)
			l.say(test.stale+1, test.topic, payload, options...)
			check(test.stale+1, model.StateOK)
		})
	}
}

func TestPresenceDoesNotMakeADeviceStale(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{StaleAfter: time.Minute})
	l.say(0, "iotclass/lab1/status", "online")
	l.say(0, temperature, "1", retained)
	l.tick(3600)
	if l.device("iotclass/lab1").Device.Stale {
		t.Error("stale")
	}
}

func TestUnconfirmedAfterReconnect(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	connect := func(second float64, state model.ConnectionState, connects int) {
		l.SetConnection(model.Connection{State: state, Since: at(second), Connects: connects})
	}
	check := func(when string, want model.State) {
		t.Helper()
		if got := l.metric(temperature, "").State; got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	connect(0, model.Connected, 1)
	l.say(1, temperature, "22.5", retained)
	check("first connection", model.StateOK)
	connect(2, model.Waiting, 1)
	check("while away", model.StateStale)
	connect(10, model.Connected, 2)
	check("connected again", model.StateStale)
	l.say(11, temperature, "22.5", retained)
	check("heard again", model.StateOK)
}
