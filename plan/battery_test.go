package plan_test

import (
	"math"
	"testing"
	"time"

	"labtop/plan"
)

func TestPackets(t *testing.T) {
	t.Parallel()
	for qos, want := range []int{1, 2, 4} {
		if got := plan.Packets(qos); got != want {
			t.Errorf("QoS %d: %d", qos, got)
		}
	}
}

func TestBattery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		battery     plan.Battery
		radio       time.Duration
		mean, hours float64
	}{
		{"half on", plan.Battery{Current: 100, Interval: time.Second, Capacity: 50}, 500 * time.Millisecond, 50, 1},
		{"half on, asleep not for nothing", plan.Battery{Current: 100, SleepCurrent: 20, Interval: time.Second, Capacity: 60}, 500 * time.Millisecond, 60, 1},
		{"50 ms a minute", plan.Battery{Current: 240, SleepCurrent: 0.01, Interval: time.Minute, Capacity: 2500}, 50 * time.Millisecond, 0.20999166, 11905.23},
		{"never asleep", plan.Battery{Current: 100, SleepCurrent: 1, Interval: time.Second, Capacity: 100}, time.Second, 100, 1},
		{"longer than the interval", plan.Battery{Current: 100, SleepCurrent: 1, Interval: time.Second, Capacity: 100}, time.Minute, 100, 1},
		{"always asleep", plan.Battery{Current: 100, SleepCurrent: 0.5, Interval: time.Second, Capacity: 100}, 0, 0.5, 200},
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*b }
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mean, hours := tt.battery.Mean(tt.radio), tt.battery.Hours(tt.radio)
			if !near(mean, tt.mean) || !near(hours, tt.hours) {
				t.Errorf("%.8f mA, %.3f h; want %.8f mA, %.3f h", mean, hours, tt.mean, tt.hours)
			}
		})
	}
}
