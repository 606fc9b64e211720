package model

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"
)

func TestSizesOfBudget(t *testing.T) {
	t.Parallel()
	if got := unsafe.Sizeof(point{}); got != pointSize {
		t.Errorf("point has %d bytes, the budget counts %d", got, pointSize)
	}
	if got := unsafe.Sizeof(bucket{}); got != bucketSize {
		t.Errorf("bucket has %d bytes, the budget counts %d", got, bucketSize)
	}
}

// held is the memory of a history as the budget counts it.
func (h *history) held() int64 {
	return int64(cap(h.ring))*pointSize + int64(cap(h.buckets()))*bucketSize
}

// newest is the time that the next reading is at least given.
func (h *history) newest() int64 {
	if len(h.ring) == 0 {
		return 0
	}
	return h.at(len(h.ring) - 1).at
}

// TestHistoryAgainstList compares a history with the list of all readings.
func TestHistoryAgainstList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		room := rapid.SampledFrom([]int64{0, 64, 100, 1000, 20_000, 1 << 20}).Draw(t, "room")
		step := rapid.SampledFrom([]int64{1, int64(time.Millisecond), int64(time.Second), int64(5 * time.Second), int64(time.Hour)}).Draw(t, "step")
		mem := budget{left: room}
		var h history
		var all []point
		lost, newest, now := 0, int64(0), int64(1_800_000_000_000_000_000)
		n := rapid.IntRange(1, 5000).Draw(t, "n")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range n {
			now += random.Int64N(4*step) - step
			v := random.NormFloat64()
			if random.IntN(6) == 0 {
				v = math.NaN()
			}
			lost += h.add(now, v, &mem)
			newest = max(newest, now)
			if !math.IsNaN(v) {
				all = append(all, point{newest, v})
			} else {
				newest = min(newest, h.newest())
			}
			if h.held()+mem.left != room {
				t.Fatalf("holds %d and leaves %d of %d", h.held(), mem.left, room)
			}
		}
		checkOrder(t, &h)
		kept := all[lost:] // the oldest go first
		if room == 0 {
			kept = nil
		}
		if room == 1<<20 && lost > 0 {
			t.Errorf("%d lost though there is memory", lost)
		}
		checkColumns(t, &h, kept)
	})
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// checkOrder checks what the searches rely on.
func checkOrder(t failer, h *history) {
	t.Helper()
	var before int64
	for i, b := range h.buckets() {
		if b.at < before || b.until < b.at || b.n < 1 {
			t.Fatalf("bucket %d is out of order: %+v after %d", i, b, before)
		}
		before = b.until
	}
	for i := range h.ring {
		if h.at(i).at < before {
			t.Fatalf("point %d is out of order", i)
		}
		before = h.at(i).at
	}
}

// checkColumns compares columns over whole buckets with the list.
func checkColumns(t failer, h *history, kept []point) {
	t.Helper()
	from, to := int64(1), int64(latestNanos)
	if len(kept) > 0 {
		from, to = kept[0].at, kept[len(kept)-1].at+1
		if h.start() != from {
			t.Errorf("starts at %d, want %d", h.start(), from)
		}
	}
	edges := []int64{from, to}
	for i := 1; i < len(h.buckets()); i += 1 + len(h.buckets())/5 {
		if h.buckets()[i-1].until < h.buckets()[i].at {
			edges = append(edges, h.buckets()[i].at)
		}
	}
	for _, from := range edges {
		for _, width := range []int{1, 2, 7, 100} {
			dst := make([]Column, width)
			h.columns(dst, from, to, 0)
			want := summed(kept, from, to)
			if got := total(dst); got != want {
				t.Errorf("%d columns from %d: %+v, want %+v", width, from, got, want)
			}
		}
	}
}

type sum struct {
	min, max float64
	n        int
}

func summed(points []point, from, to int64) sum {
	s := sum{math.Inf(1), math.Inf(-1), 0}
	for _, p := range points {
		if p.at >= from && p.at < to {
			s = sum{min(s.min, p.value), max(s.max, p.value), s.n + 1}
		}
	}
	return s
}

func total(columns []Column) sum {
	s := sum{math.Inf(1), math.Inf(-1), 0}
	for _, c := range columns {
		if c.N > 0 {
			s = sum{min(s.min, c.Min), max(s.max, c.Max), s.n + c.N}
		}
	}
	return s
}

func TestHistoryOfAMillion(t *testing.T) {
	t.Parallel()
	mem := budget{left: 1 << 30}
	var h history
	const n, step = 1_000_000, int64(5 * time.Second)
	start := int64(1_800_000_000_000_000_000)
	for i := range int64(n) {
		v := float64(i % 100)
		if i == 123_456 {
			v = 9999
		}
		if lost := h.add(start+i*step, v, &mem); lost != 0 {
			t.Fatalf("lost %d", lost)
		}
	}
	if len(h.ring) > maxPoints || len(h.buckets()) > maxBuckets || h.held() > maxPoints*pointSize+maxBuckets*bucketSize {
		t.Errorf("%d points and %d buckets", len(h.ring), len(h.buckets()))
	}
	if len(h.buckets()) < maxBuckets/4 {
		t.Errorf("only %d buckets: detail is thrown away", len(h.buckets()))
	}
	dst := make([]Column, 500)
	h.columns(dst, start, start+n*step, time.Duration(3*step))
	if got, want := total(dst), (sum{0, 9999, n}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for i, c := range dst {
		if c.N == 0 || c.Gap {
			t.Fatalf("column %d of a steady stream: %+v", i, c)
		}
	}
	if h.start() != start {
		t.Errorf("starts at %d, want %d", h.start(), start)
	}
}

func TestHistoryWithoutMemory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		room       int64
		ring, lost int
	}{
		{"nothing at all", 0, 0, 100},
		{"less than a ring", minPoints*pointSize - 1, 0, 100},
		{"the smallest ring", minPoints * pointSize, 2, 98},
		{"a ring of eight, no bucket", 8 * pointSize, 8, 92},
		{"room for buckets goes to the ring", 4*pointSize + minBuckets*bucketSize, 16, 84},
		{"a ring and buckets", 16*pointSize + minBuckets*bucketSize, 16, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			mem := budget{left: test.room}
			var h history
			lost := 0
			for i := range int64(100) {
				lost += h.add(1+i*int64(time.Second), float64(i), &mem)
			}
			if len(h.ring) != test.ring || lost != test.lost || mem.left < 0 {
				t.Errorf("ring of %d, %d lost, %d left", len(h.ring), lost, mem.left)
			}
			dst := make([]Column, 1)
			h.columns(dst, 0, latestNanos, 0)
			if dst[0].N+lost != 100 {
				t.Errorf("%d kept and %d lost are not 100", dst[0].N, lost)
			}
			if len(h.ring) > 0 && dst[0].Last != 99 {
				t.Errorf("the newest is %v", dst[0].Last)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	tests := []struct {
		name     string
		values   []float64 // one a second from second 0
		skip     int       // seconds of silence after the third
		patience time.Duration
		from, to int
		want     string // one letter a second: . nothing, x a reading, | one behind a gap
	}{
		{"steady", []float64{1, 2, 3, 4}, 0, 3 * time.Second, 0, 5, "xxxx."},
		{"nan", []float64{1, 2, 3, nan, 5}, 0, 0, 0, 5, "xxx.|"},
		{"nan twice", []float64{1, nan, nan, 4}, 0, 0, 0, 4, "x..|"},
		{"nan first", []float64{nan, 2, 3}, 0, 0, 0, 3, ".xx"},
		{"nan last", []float64{1, 2, nan}, 0, 0, 0, 3, "xx."},
		{"silence", []float64{1, 2, 3, 4, 5}, 4, 3 * time.Second, 0, 9, "xxx....|x"},
		{"short silence", []float64{1, 2, 3, 4, 5}, 2, 3 * time.Second, 0, 7, "xxx..xx"},
		{"silence without patience", []float64{1, 2, 3, 4, 5}, 4, 0, 0, 9, "xxx....xx"},
		{"window behind a nan", []float64{1, nan, 3, 4}, 0, 0, 2, 4, "|x"},
		{"window well behind a nan", []float64{1, nan, 3, 4}, 0, 0, 3, 4, "x"},
		{"window in a silence", []float64{1, 2, 3, 4}, 6, 3 * time.Second, 5, 10, "....|"},
	}
	for _, test := range tests {
		for _, old := range []bool{false, true} {
			name := test.name
			if old {
				name += " in buckets"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				mem := budget{left: 1 << 20}
				var h history
				second := 1000
				for i, v := range test.values {
					if i == 3 {
						second += test.skip
					}
					h.add(int64(second)*int64(time.Second), v, &mem)
					second++
				}
				if old { // push them out of the ring
					for range maxPoints {
						h.add(5000*int64(time.Second), 0, &mem)
					}
				}
				dst := make([]Column, test.to-test.from)
				h.columns(dst, int64(1000+test.from)*int64(time.Second), int64(1000+test.to)*int64(time.Second), test.patience)
				if got := gapSketch(dst); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		}
	}
}

func gapSketch(columns []Column) string {
	var s []byte
	for _, c := range columns {
		switch {
		case c.N == 0:
			s = append(s, '.')
		case c.Gap:
			s = append(s, '|')
		default:
			s = append(s, 'x')
		}
	}
	return string(s)
}

func TestHistoryTimesOutOfRange(t *testing.T) {
	t.Parallel()
	times := []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<62, 0), time.Unix(1_800_000_000, 0)}
	mem := budget{left: 1 << 20}
	var h history
	for range 3000 {
		for _, at := range times {
			h.add(nanos(at), 1, &mem)
		}
	}
	checkOrder(t, &h)
	h.times(func(at *int64) { *at = min(*at, 5) })
	checkOrder(t, &h)
	dst := make([]Column, 10)
	h.columns(dst, 0, latestNanos, time.Second)
	h.columns(dst, latestNanos, 0, time.Second)
	h.columns(nil, 0, 1, time.Second)
}

func TestSameSliceWhenTheWindowMoves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.Int64Range(1, int64(time.Hour)).Draw(t, "step")
		n := rapid.IntRange(1, 200).Draw(t, "n")
		start := rapid.Int64Range(1, 1<<30).Draw(t, "start") * step % (1 << 60)
		from := start - start%step
		c := columnizer{dst: make([]Column, n), from: from, to: from + int64(n)*step}
		at := from + rapid.Int64Range(0, int64(n)*step-1).Draw(t, "at")
		if got, want := c.slice(at), int((at-from)/step); got != want {
			t.Fatalf("slice %d, want %d", got, want)
		}
	})
}
