package cli

import (
	"os"
	"testing"

	"labtop/subscriber"
)

// TestSameBroker knows a broker by its other names and ports.
func TestSameBroker(t *testing.T) {
	t.Parallel()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"mqtt://lab-pi.invalid", "mqtt://LAB-PI.invalid:1883", true},
		{"mqtt://lab-pi.invalid", "mqtts://lab-pi.invalid", true},
		{"mqtt://lab-pi.invalid", "ws://lab-pi.invalid:9001", true},
		{"mqtt://lab-pi.invalid", "mqtt://lab-pi.invalid:1884", false},
		{"mqtt://lab-pi.invalid", "mqtts://lab-pi.invalid:1884", false},
		{"mqtt://lab-pi.invalid", "mqtt://lab-pc.invalid", false},
		{"mqtt://localhost:1884", "mqtt://127.0.0.1:1884", true},
		{"mqtt://127.0.0.2:1884", "mqtt://[::1]:1884", true},
		{"mqtt://localhost:1884", "mqtt://127.0.0.1:1885", false},
		{"mqtt://" + name, "mqtt://localhost", true},
		{"mqtt://192.0.2.1", "mqtt://localhost", false},
		{"mqtt://192.0.2.1", "mqtt://192.0.2.1", true},
	} {
		a, errA := subscriber.ParseBroker(tt.a)
		b, errB := subscriber.ParseBroker(tt.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := sameBroker(t.Context(), a, b); got != tt.want {
			t.Errorf("%s and %s: %v", a, b, got)
		}
	}
}
