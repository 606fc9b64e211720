package simulator_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/simulator"
)

// number reads a bare payload.
func number(t *testing.T, payload string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(payload), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOnChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "iotclass/on-change/#", 2)
		f := &flaky{b: b}
		startLab(t, simulator.Options{Specials: []simulator.Special{simulator.OnChange}, Dial: f.dial})
		time.Sleep(30 * time.Minute)
		const topic = "iotclass/on-change/temperature"
		said := p.payloads(topic)
		if len(said) < 5 || len(said) > 100 || len(p.payloads("iotclass/on-change/humidity")) != len(said) {
			t.Fatalf("%d temperatures in half an hour of 360 readings", len(said))
		}
		for i, text := range said[1:] {
			if step := math.Abs(number(t, text) - number(t, said[i])); step < 0.499 || step > 2 {
				t.Errorf("from %s to %s", said[i], text)
			}
		}

		late := listen(t, b, topic, 1)
		synctest.Wait()
		if diff := cmp.Diff([]heard{{topic, said[len(said)-1], 1, true}}, untimed(late.about(""))); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
		f.set(nil) // the broker may have forgotten it meanwhile
		time.Sleep(4 * time.Second)
		if again := p.payloads(topic); len(again) != len(said)+1 || again[len(said)] != said[len(said)-1] {
			t.Errorf("after a new connection: %q, before it %q", again[len(said):], said[len(said)-1])
		}
	})
}

func TestBattery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "iotclass/battery/#", 2)
		startLab(t, simulator.Options{Specials: []simulator.Special{simulator.Battery}, Dial: b.Dial, Speed: 60})
		time.Sleep(2*time.Minute + 20*time.Millisecond) // two hours
		synctest.Wait()
		volts := p.about("iotclass/battery/battery_V")
		if len(volts) != 1441 || volts[0].Payload != "  4.20" || volts[1440].Payload != "  4.00" {
			t.Fatalf("%d voltages from %v to %v", len(volts), volts[0], volts[len(volts)-1])
		}
		for i, m := range volts {
			if m.QoS != 2 || m.Retained || i > 0 && number(t, m.Payload) > number(t, volts[i-1].Payload) {
				t.Fatalf("%v after %v", m, volts[max(i-1, 0)])
			}
		}
		if got := len(p.payloads("iotclass/battery/temperature")); got != 1441 {
			t.Errorf("%d temperatures", got)
		}
	})
}

func TestDimmer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p := listen(t, b, "home/dimmer/light/#", 0)
		startLab(t, simulator.Options{Specials: []simulator.Special{simulator.Dimmer}, Dial: b.Dial})
		tests := []struct{ topic, payload, want string }{
			{"", "", "OFF 0"}, // what it says of itself
			{"brightness/set", "40", "ON 40"},
			{"brightness/set", "101", ""},
			{"brightness/set", "-1", ""},
			{"brightness/set", "bright", ""},
			{"command", "purple", ""},
			{"command", "off", "OFF 0"},
			{"command", "ON", "ON 40"},
			{"brightness/set", " 0\n", "OFF 0"},
		}
		seen := 0
		for _, test := range tests {
			if test.topic != "" {
				p.client.Publish("home/dimmer/light/"+test.topic, 0, false, test.payload).Wait()
			}
			time.Sleep(time.Second) // all before somebody turns the knob
			synctest.Wait()
			states, levels := p.payloads("home/dimmer/light/state"), p.payloads("home/dimmer/light/brightness")
			got := ""
			if len(states) > seen && len(levels) > seen {
				got = states[seen] + " " + levels[seen]
				seen++
			}
			if got != test.want || len(states) != seen || len(levels) != seen {
				t.Errorf("%s %q: answer %q, want %q", test.topic, test.payload, got, test.want)
			}
		}
		late := listen(t, b, "home/+/light/#", 0)
		synctest.Wait()
		retained := map[string]string{}
		for _, m := range late.about("") {
			retained[m.Topic] = m.Payload
		}
		if diff := cmp.Diff(map[string]string{"home/dimmer/light/state": "OFF", "home/dimmer/light/brightness": "0"}, retained); diff != "" {
			t.Errorf("retained (-want +got):\n%s", diff)
		}
		time.Sleep(100 * time.Second)
		synctest.Wait()
		if got := p.payloads("home/dimmer/light/brightness")[seen:]; len(got) != 5 || got[0] != "30" || got[4] != "0" {
			t.Errorf("somebody turned the knob to %q", got)
		}
	})
}

// TestSchedule lets a light follow its timetable for a day of the lab's time.
func TestSchedule(t *testing.T) {
	t.Parallel()
	for _, speed := range []float64{60, 1000} {
		t.Run(strconv.Itoa(int(speed)), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBroker(t)
				p := listen(t, b, "home/schedule/light/#", 0)
				startLab(t, simulator.Options{
					Specials: []simulator.Special{simulator.Schedule}, Dial: b.Dial, Speed: speed,
					Epoch: time.Date(2026, 11, 24, 5, 0, 0, 0, time.FixedZone("", 3600)),
				})
				scaled := func(d time.Duration) time.Duration { return time.Duration(float64(d) / speed) }
				time.Sleep(scaled(24 * time.Hour))
				synctest.Wait()
				var got []string
				for _, m := range p.about("home/schedule/light/state") {
					at := time.Duration(float64(m.At) * speed).Round(time.Minute)
					got = append(got, m.Payload+" "+at.String())
				}
				want := []string{"OFF 0s", "ON 1h30m0s", "OFF 3h0m0s", "ON 12h30m0s", "OFF 17h30m0s"}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("states (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{"06:30-08:00 17:30-22:30"}, p.payloads("home/schedule/light/schedule")); diff != "" {
					t.Error(diff)
				}

				p.client.Publish("home/schedule/light/command", 0, false, "ON").Wait() // at 05:00
				time.Sleep(scaled(4 * time.Hour))
				synctest.Wait()
				states := p.payloads("home/schedule/light/state")[len(want):]
				if diff := cmp.Diff([]string{"ON", "ON", "OFF"}, states); diff != "" {
					t.Errorf("after an order by hand (-want +got):\n%s", diff)
				}
			})
		})
	}
}
