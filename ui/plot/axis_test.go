package plot_test

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/ui/plot"
)

func TestNiceRange(t *testing.T) {
	t.Parallel()
	type r = plot.Range
	tests := []struct {
		name   string
		prev   r
		lo, hi float64
		want   r
	}{
		{"first", r{}, 21.3, 27.8, r{20, 28}},
		{"inside stays", r{20, 30}, 21.3, 27.8, r{20, 30}},
		{"leaves", r{20, 30}, 21.3, 30.1, r{20, 35}},
		{"uses much less", r{0, 100}, 20, 24, r{20, 24}},
		{"uses half", r{20, 30}, 21, 25, r{21, 25}},
		{"equal", r{}, 22.5, 22.5, r{21.5, 23.5}},
		{"equal, moved a little", r{21.5, 23.5}, 22.9, 22.9, r{21.5, 23.5}},
		{"zero", r{}, 0, 0, r{-1, 1}},
		{"negative", r{}, -7.2, -1.1, r{-8, 0}},
		{"small", r{}, 0.00012, 0.00019, r{0.00012, 0.0002}},
		{"no values", r{20, 30}, math.Inf(1), math.Inf(-1), r{20, 30}},
		{"not a number", r{20, 30}, math.NaN(), 3, r{20, 30}},
		{"broken before", r{math.NaN(), 1}, 1, 3, r{1, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := plot.NiceRange(tt.prev, tt.lo, tt.hi)
			if math.Abs(got.Lo-tt.want.Lo) > 1e-9 || math.Abs(got.Hi-tt.want.Hi) > 1e-9 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWiden(t *testing.T) {
	t.Parallel()
	type r = plot.Range
	tests := []struct {
		name   string
		prev   r
		lo, hi float64
		levels []float64
		want   r
	}{
		{"none", r{}, 20, 22, nil, r{20, 22}},
		{"near", r{}, 20, 22, []float64{30, 24, 5}, r{20, 24}},
		{"near at both ends", r{}, 20, 22, []float64{23, 19}, r{19, 23}},
		{"the nearest of both ends", r{}, 20, 22, []float64{18.5, 23}, r{20, 23}},
		{"far", r{}, 20, 22, []float64{25, 15}, r{20, 22}},
		{"far, but shown so far", r{18, 26}, 20, 22, []float64{25, 15}, r{20, 25}},
		{"far, and too far by now", r{18, 30}, 20, 22, []float64{27}, r{20, 22}},
		{"inside", r{}, 20, 22, []float64{21}, r{20, 22}},
		{"constant", r{}, 22.5, 22.5, []float64{25, 30}, r{22.5, 25}},
		{"no data", r{}, 1, 0, []float64{0.5}, r{1, 0}},
		{"no number", r{}, 20, 22, []float64{math.NaN(), math.Inf(1)}, r{20, 22}},
		{"huge", r{}, -1e308, 1e308, []float64{30}, r{-1e308, 1e308}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lo, hi := plot.Widen(tt.prev, tt.lo, tt.hi, tt.levels)
			if lo != tt.want.Lo || hi != tt.want.Hi {
				t.Errorf("got %g to %g, want %v", lo, hi, tt.want)
			}
		})
	}
}

// A range holds its values, is stable, and is not much wider than they need.
func TestNiceRangeProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-1e299, 1e299).Draw(t, "a"), rapid.Float64Range(-1e299, 1e299).Draw(t, "b")
		lo, hi := min(a, b), max(a, b)
		const tiny = 1e-240
		r := plot.NiceRange(plot.Range{}, lo, hi)
		if !(r.Lo <= lo+tiny && r.Hi >= hi-tiny && r.Lo < r.Hi) {
			t.Fatalf("%v does not hold %g to %g", r, lo, hi)
		}
		if again := plot.NiceRange(r, lo, hi); again != r {
			t.Fatalf("%v becomes %v", r, again)
		}
		if hi-lo > 1e-9*max(math.Abs(lo), math.Abs(hi)) && hi-lo > tiny && r.Hi-r.Lo > 3*(hi-lo) {
			t.Fatalf("%v is too wide for %g to %g", r, lo, hi)
		}
	})
}

func TestValueLabels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		scale plot.Range
		want  []string
	}{
		{"whole clients", plot.Range{Lo: 10, Hi: 12}, []string{"12", "11", "10"}},
		{"whole one", plot.Range{Lo: 0.9, Hi: 1.1}, []string{"1"}},
		{"temperature", plot.Range{Lo: 20, Hi: 28}, []string{"28", "26", "24", "22", "20"}},
		{"decimals", plot.Range{Lo: 21.5, Hi: 23}, []string{"23.0", "22.5", "22.0", "21.5"}},
		{"around zero", plot.Range{Lo: -0.2, Hi: 0.2}, []string{"0.2", "0.1", "0.0", "-0.1", "-0.2"}},
		{"pressure", plot.Range{Lo: 101200, Hi: 101400}, []string{"101400", "101350", "101300", "101250", "101200"}},
		{"bytes", plot.Range{Lo: 0, Hi: 2e7}, []string{"20M", "15M", "10M", "5M", "0M"}},
		{"tiny", plot.Range{Lo: 0, Hi: 2e-9}, []string{"2.00e-9", "1.50e-9", "1.00e-9", "5.0e-10", "0.000e0"}},
		{"huge", plot.Range{Lo: -1e300, Hi: 1e300}, []string{"1.0e300", "5.0e299", "0.000e0", "-5e299", "-1e300"}},
		{"none", plot.Range{}, []string{"1.0", "0.8", "0.6", "0.4", "0.2", "0.0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := plot.Chart{Range: tt.scale, Whole: strings.HasPrefix(tt.name, "whole")}
			var got []string
			for _, row := range lines(&c, 30, 12) {
				if label := strings.TrimSpace(string([]rune(row)[:7])); label != "" {
					got = append(got, label)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTimeLabels(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones")
	}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := []struct {
		name string
		from time.Time
		span time.Duration
		want string
	}{
		{"a minute", at("2026-11-22 14:31:10"), time.Minute, "14:31:20 14:31:30 14:31:40 14:31:50 14:32:00"},
		{"15 minutes", at("2026-11-22 14:31:10"), 15 * time.Minute, "14:32 14:34 14:36 14:38 14:40 14:42 14:44 14:46"},
		{"over midnight", at("2026-11-22 20:10:00"), 6 * time.Hour, "21:00 22:00 23:00 11-23 01:00 02:00"},
		{"a day", at("2026-11-22 14:00:00"), 24 * time.Hour, "15:00 18:00 21:00 11-23 03:00 06:00 09:00 12:00"},
		{"summer time ends", at("2026-10-24 23:00:00"), 12 * time.Hour, "10-25 02:00 04:00 06:00 08:00 10:00"},
		{"summer time begins", at("2026-03-28 23:00:00"), 12 * time.Hour, "03-29 04:00 06:00 08:00 10:00 12:00"},
		{"two weeks", at("2026-11-01 09:00:00"), 14 * 24 * time.Hour, "11-03 11-05 11-07 11-09 11-11 11-13 11-15"},
		{"a quarter", at("2026-10-01 09:00:00"), 92 * 24 * time.Hour, "2026-11 2026-12 2027-01"},
		{"years", at("2020-06-01 00:00:00"), 6 * 366 * 24 * time.Hour, "2021 2022 2023 2024 2025 2026"},
		{"nothing", at("2020-06-01 00:00:00"), 0, ""},
		{"backwards", at("2020-06-01 00:00:00"), -time.Hour, ""},
	}
	blanks := regexp.MustCompile(` +`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := plot.Chart{From: tt.from, To: tt.from.Add(tt.span)}
			rows := lines(&c, 80, 5)
			got := blanks.ReplaceAllString(strings.TrimSpace(rows[4]), " ")
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
