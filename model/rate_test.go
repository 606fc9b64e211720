package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// feed adds n events; every is the gap before the i-th.
func feed(r *rate, every func(i int) time.Duration, n int, tau time.Duration) {
	for i := range n {
		r.add(every(i), tau)
	}
}

func steady(gap time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return gap }
}

func TestSteadyRate(t *testing.T) {
	t.Parallel()
	for _, tau := range []time.Duration{totalWindow, rateWindow} {
		for _, gap := range []time.Duration{
			5 * time.Microsecond, time.Millisecond, 100 * time.Millisecond,
			time.Second, 5 * time.Second, 10 * time.Second, time.Minute, time.Hour,
		} {
			t.Run(tau.String()+" every "+gap.String(), func(t *testing.T) {
				t.Parallel()
				var r rate
				feed(&r, steady(gap), int(max(3, time.Second/gap)), tau)
				want := 1 / gap.Seconds()
				for range 100 {
					for _, silence := range []time.Duration{0, gap / 2, gap} {
						if got := r.perSec(silence, tau); math.Abs(got-want) > 0.05*want {
							t.Fatalf("%v after an event: %v, want %v", silence, got, want)
						}
					}
					r.add(gap, tau)
				}
			})
		}
	}
}

func TestRateOfBursts(t *testing.T) {
	t.Parallel()
	var r rate
	burst := func(i int) time.Duration { // 300 boards at once, every 5 s
		if i%300 == 0 {
			return 5 * time.Second
		}
		return 10 * time.Microsecond
	}
	for round := range 20 {
		feed(&r, burst, 300, totalWindow)
		for _, silence := range []time.Duration{0, 2 * time.Second, 4 * time.Second} {
			if got := r.perSec(silence, totalWindow); math.Abs(got-60) > 3 {
				t.Fatalf("round %d after %v: %v, want 60", round, silence, got)
			}
		}
	}
}

func TestRandomRate(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var r rate
	feed(&r, func(int) time.Duration { return time.Duration(random.ExpFloat64() * float64(20*time.Millisecond)) }, 3000, totalWindow)
	if got := r.perSec(0, totalWindow); math.Abs(got-50) > 10 {
		t.Errorf("got %v, want about 50", got)
	}
}

func TestRateEnds(t *testing.T) {
	t.Parallel()
	var none rate
	if got := none.perSec(time.Hour, rateWindow); got != 0 {
		t.Errorf("no event: %v", got)
	}
	var r rate
	feed(&r, steady(time.Second), 100, rateWindow)
	before := r.perSec(time.Second, rateWindow)
	for silence := 2 * time.Second; silence < 10*time.Minute; silence *= 2 {
		now := r.perSec(silence, rateWindow)
		if now >= before {
			t.Errorf("does not sink after %v: %v, %v", silence, before, now)
		}
		before = now
	}
	if before > 1e-6 {
		t.Errorf("after minutes of silence: %v", before)
	}
	// After an outage the old silence does not weigh on the new rate.
	r.add(time.Hour, rateWindow)
	feed(&r, steady(10*time.Second), 3, rateWindow)
	if got := r.perSec(0, rateWindow); math.Abs(got-0.1) > 0.005 {
		t.Errorf("after an outage: %v, want 0.1", got)
	}
}

func TestIntervalLearned(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		gaps []float64
		want time.Duration
	}{
		{"nothing", nil, 0},
		{"one gap", []float64{5}, 0},
		{"three regular messages", []float64{5, 5}, 5 * time.Second},
		{"jitter", []float64{4.5, 5, 5.5, 5, 4.75}, 5 * time.Second},
		{"an outage in a short list", []float64{5, 600, 5}, 0},
		{"one outage is forgiven", []float64{5, 5, 600, 5}, 5 * time.Second},
		{"two outages are not", []float64{5, 5, 600, 5, 600}, 0},
		{"irregular", []float64{1, 40, 3, 300, 2, 80, 1, 7}, 0},
		{"pairs", []float64{60, 0.25, 60, 0.25, 60, 0.25}, 0},
		{"a new interval", []float64{5, 5, 5, 5, 5, 5, 5, 5, 60, 60, 60, 60, 60, 60, 60}, time.Minute},
		{"a burst", []float64{0.003, 0.003, 0.004}, 0},
		{"a long burst", slices.Repeat([]float64{0.01}, 50), 0},
		{"bursts and pauses", slices.Repeat([]float64{0.01, 0.01, 0.01, 60}, 20), 0},
		{"a second burst", []float64{0.01, 0.01, 0.01, 60, 0.01, 0.01, 0.01}, 0},
		{"long bursts and pauses", slices.Repeat(append(slices.Repeat([]float64{0.01}, 50), 60), 20)[:1019], 0},
		{"half seconds", []float64{0.5, 0.5, 0.5}, time.Second / 2},
		{"fast for a while", slices.Repeat([]float64{0.0078125}, 200), 7812500 * time.Nanosecond},
		{"fast after an outage", append([]float64{600}, slices.Repeat([]float64{0.125}, 8)...), time.Second / 8},
		{"days", []float64{86400, 86400, 86400}, 24 * time.Hour},
		{"ten thousand years", []float64{3e11, 3e11, 3e11}, math.MaxInt64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var i interval
			for _, gap := range test.gaps {
				i.add(time.Duration(min(gap, 9e9) * float64(time.Second)))
			}
			if test.want == math.MaxInt64 {
				if got := patience(i.learned()); got < 0 {
					t.Errorf("overflows to %v", got)
				}
				return
			}
			if got := i.learned(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestEvenStep(t *testing.T) {
	t.Parallel()
	// Intervals as people set them, 15 % off either way at most.
	for _, usual := range []time.Duration{
		100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
		10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, time.Hour,
	} {
		want := evenStep(usual)
		for _, off := range []float64{0.95, 0.999, 1.001, 1.05} {
			if got := evenStep(time.Duration(float64(usual) * off)); got != want {
				t.Errorf("%v * %v: step %v, want %v", usual, off, got, want)
			}
		}
	}
	if got := evenStep(0); got != 0 {
		t.Errorf("unknown interval: %v", got)
	}
}
