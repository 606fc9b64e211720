package simulator

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestDtostrf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		v    float64
		want string
	}{
		{22.5, " 22.50"},
		{5, "  5.00"},
		{0, "  0.00"},
		{-3.2, " -3.20"},
		{-40, "-40.00"},
		{100, "100.00"},
		{1013.25, "1013.25"},
		{math.NaN(), "   nan"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			if got := dtostrf(test.v); got != test.want {
				t.Errorf("dtostrf(%v) = %q, want %q", test.v, got, test.want)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	w := window{first: 20 * time.Second, length: 10 * time.Second, every: time.Minute}
	tests := []struct {
		at   time.Duration
		has  bool
		ends time.Duration
	}{
		{0, false, 0},
		{20*time.Second - 1, false, 0},
		{20 * time.Second, true, 30 * time.Second},
		{30*time.Second - 1, true, 30 * time.Second},
		{30 * time.Second, false, 0},
		{85 * time.Second, true, 90 * time.Second},
		{time.Hour + 20*time.Second, true, time.Hour + 30*time.Second},
	}
	for _, test := range tests {
		t.Run(test.at.String(), func(t *testing.T) {
			t.Parallel()
			if got := w.has(test.at); got != test.has {
				t.Errorf("has: %v", got)
			}
			if got := w.end(test.at); test.has && got != test.ends {
				t.Errorf("end: %v, want %v", got, test.ends)
			}
			if (window{}).has(test.at) {
				t.Error("the zero window has it")
			}
		})
	}
}

func TestClimateIsPlausible(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		c := newClimate(rand.New(rand.NewPCG(seed, 0)))
		var temperatures, humidities []float64
		last := math.NaN()
		for at := time.Duration(0); at < 24*time.Hour; at += 5 * time.Second {
			temperature, humidity := c.at(at, 0)
			if temperature < 16 || temperature > 29 || humidity < 25 || humidity > 65 {
				t.Fatalf("seed %d: %v °C, %v %% at %v", seed, temperature, humidity, at)
			}
			if tenths(temperature) != temperature || tenths(humidity) != humidity {
				t.Fatalf("seed %d: %v °C, %v %%: not in steps of 0.1", seed, temperature, humidity)
			}
			if math.Abs(temperature-last) > 0.6 {
				t.Fatalf("seed %d: jumps from %v to %v °C at %v", seed, last, temperature, at)
			}
			last = temperature
			temperatures, humidities = append(temperatures, temperature), append(humidities, humidity)
		}
		if r := correlation(temperatures, humidities); r > -0.7 {
			t.Errorf("seed %d: correlation of temperature and humidity is %.2f", seed, r)
		}
	}
}

func correlation(x, y []float64) float64 {
	var sx, sy, sxx, syy, sxy float64
	for i := range x {
		sx, sy = sx+x[i], sy+y[i]
		sxx, syy, sxy = sxx+x[i]*x[i], syy+y[i]*y[i], sxy+x[i]*y[i]
	}
	n := float64(len(x))
	return (n*sxy - sx*sy) / math.Sqrt((n*sxx-sx*sx)*(n*syy-sy*sy))
}

// FuzzFrameCheck compares the check of a stream in pieces with reading its
// frames one after the other.
func FuzzFrameCheck(f *testing.F) {
	f.Add([]byte("\x30\x03\x00\x01a\xc0\x00"), uint8(1))
	f.Add([]byte("\x30\xff\xff\xff\xff\x01"), uint8(2))
	f.Add([]byte("\x30\x80\x00\x10\x00"), uint8(3))
	f.Fuzz(func(t *testing.T, stream []byte, piece uint8) {
		want := true
		for r := bytes.NewReader(stream); r.Len() > 0; {
			head := stream[len(stream)-r.Len()]
			if clientSends>>(head>>4)&1 == 0 {
				want = false
				break
			}
			// Every cut stream is good so far, unless its length is not one.
			before := r.Len()
			if _, _, err := readFrame(r, len(stream)); err != nil {
				rest := stream[len(stream)-before:]
				want = len(rest) < 5 || bytes.IndexFunc(rest[1:5], func(c rune) bool { return c < 0x80 }) >= 0
				break
			}
		}
		var c frameCheck
		got := true
		for rest := stream; len(rest) > 0 && got; {
			n := min(int(piece)+1, len(rest))
			got = c.check(rest[:n]) == nil
			rest = rest[n:]
		}
		if got != want {
			t.Errorf("% x is good: %v, want %v", stream, got, want)
		}
	})
}

// TestOnChangeMissesNothing compares what an onChange board has said with what
// it measured, at each reading.
func TestOnChangeMissesNothing(t *testing.T) {
	t.Parallel()
	o := &onChange{board: newBoard("x", character{drift: 2}, 0, time.Second, rand.New(rand.NewPCG(1, 2)))}
	spoke := 0
	for range 5000 {
		d := o.step(o.due())
		if len(d.messages) > 0 {
			spoke++
			if d.messages[0].payload != dtostrf(o.temperature) {
				t.Fatalf("measured %v, says %v", o.temperature, d.messages)
			}
		} else if off := math.Abs(o.temperature - o.at); off > 0.45 {
			t.Fatalf("measured %v, said %v, says nothing", o.temperature, o.at)
		}
	}
	if spoke < 20 || spoke > 1000 {
		t.Errorf("spoke %d times", spoke)
	}
}

func TestTimetable(t *testing.T) {
	t.Parallel()
	table := evenings()
	clock := func(text string) time.Duration {
		at, err := time.Parse("15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Sub(at.Truncate(day))
	}
	for _, test := range []struct {
		at, until string
		on        bool
	}{
		{"00:00", "06:30", false},
		{"06:29", "06:30", false},
		{"06:30", "08:00", true},
		{"07:59", "08:00", true},
		{"08:00", "17:30", false},
		{"17:30", "22:30", true},
		{"22:30", "06:30", false},
		{"23:59", "06:30", false},
	} {
		on, left := table.at(clock(test.at))
		if want := (clock(test.until) - clock(test.at) + day) % day; on != test.on || left != want {
			t.Errorf("at %s: %v for %v, want %v for %v", test.at, on, left, test.on, want)
		}
	}
}
