//go:build linux

package load_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"labtop/subscriber"
	"labtop/testkit/blast"
)

// TestFlood lets millions of sensor messages come as fast as TCP takes them while
// somebody uses the dashboard: none is dropped, and keys are answered at once.
func TestFlood(t *testing.T) {
	s := blast.Send(t, blast.Stream{Messages: 5_000_000})
	d := open(t, 120, 40, "-b", s.Addr, "-t", "#")
	d.await(0, "messages")
	var keys []time.Duration
	for !isDone(s) {
		keys = append(keys, d.key())
	}
	elapsed, err := s.Elapsed()
	if err != nil {
		t.Fatal(err)
	}
	_, most := d.memory()
	t.Logf("%.0f messages a second; %d keys, p50 %v, p99 %v; %.0f MiB at most",
		float64(s.Total())/elapsed.Seconds(), len(keys), percentile(keys, 50), percentile(keys, 99), most)
	d.shows("5 000 001 messages")
	if p99 := percentile(keys, 99); p99 > slow(100*time.Millisecond) {
		t.Errorf("a key took %v", p99)
	}
	if most > 210 { // 150 are promised; see TestManyTopics
		t.Errorf("%.0f MiB in memory", most)
	}
	d.quit()
}

// TestAgainstPeers holds the dashboard against other receivers of the same stream,
// by turns: it must be faster than the library alone, and at QoS 0 than Mosquitto's
// own program. The figures at QoS 1 and 2 are those of a window of 20: mostly of how
// soon an acknowledgement is sent.
func TestAgainstPeers(t *testing.T) {
	tests := []struct {
		qos      byte
		messages int
		least    float64 // of paho's rate
	}{
		{0, 1_000_000, 1.3},
		{1, 60_000, 0.8},
		{2, 30_000, 0.8},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint("QoS ", tt.qos), func(t *testing.T) {
			stream := blast.Stream{Messages: tt.messages, QoS: tt.qos}
			var ours, paho, theirs []float64
			for range 3 {
				ours = append(ours, rate(t, labtopDashboard(), stream))
				paho = append(paho, rate(t, plainPaho(), stream))
				if tt.qos == 0 && mosquittoSubHere() {
					theirs = append(theirs, rate(t, mosquittoSub(), stream))
				}
			}
			t.Logf("labtop %.0f, paho %.0f, mosquitto_sub %.0f messages a second", median(ours), median(paho), median(theirs))
			if median(ours) < tt.least*median(paho) {
				t.Errorf("labtop takes %.2f of what paho takes, want at least %.2f", median(ours)/median(paho), tt.least)
			}
			if median(ours) < median(theirs) {
				t.Errorf("labtop takes %.2f of what mosquitto_sub takes", median(ours)/median(theirs))
			}
		})
	}
}

// median is the middle one; 0 when there is none.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

// slow is a bar with room for a machine that is slow, or busy with other tests too.
func slow(bar time.Duration) time.Duration { return 10 * bar }

func isDone(s *blast.Sender) bool {
	select {
	case <-s.Done():
		return true
	default:
		return false
	}
}

func percentile(all []time.Duration, p int) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[min(len(all)*p/100, len(all)-1)].Round(time.Millisecond / 10)
}

// TestOrder receives numbered messages at each QoS from a broker with 20 in
// flight: all come, once, in order.
func TestOrder(t *testing.T) {
	for qos, messages := range []int{300_000, 50_000, 25_000} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			s := blast.Send(t, blast.Stream{Messages: messages, QoS: byte(qos), Numbered: true})
			source := receive(t, s.Addr, byte(qos))
			for n := 0; n < messages; {
				batch, ok := <-source.Batches()
				if !ok {
					t.Fatalf("the source ended after %d messages", n)
				}
				for _, m := range batch.Messages {
					if n == messages {
						break // the one that ends the stream
					}
					if want := strconv.Itoa(n); string(m.Payload) != want || int(m.QoS) != qos {
						t.Fatalf("message %s of %s at QoS %d", want, m.Payload, m.QoS)
					}
					n++
				}
				source.Recycle(batch)
			}
			if _, err := s.Elapsed(); err != nil {
				t.Error(err)
			}
		})
	}
}

// receive runs a source of everything at an address until the test ends.
func receive(t *testing.T, addr string, qos byte) *subscriber.Source {
	t.Helper()
	broker, err := subscriber.ParseBroker(addr)
	if err != nil {
		t.Fatal(err)
	}
	source := subscriber.New(subscriber.Options{Broker: broker, Filters: []subscriber.Filter{{Topic: "#", QoS: qos}}})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- source.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for batch := range source.Batches() {
			source.Recycle(batch)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return source
}
