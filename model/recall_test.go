package model_test

import (
	"strconv"
	"testing"
	"time"

	"labtop/model"
)

// TestRecall asks for what is known of a metric after more readings than are kept one by
// one.
func TestRecall(t *testing.T) {
	t.Parallel()
	s := newLab(t, model.Limits{})
	const said = 5000
	for i := range said {
		value := strconv.Itoa(i)
		if i == said-3 {
			value = "nan"
		}
		s.say(float64(i), "lab/one/temperature", value)
		s.say(float64(i), "lab/one/mode", "eco")
	}
	all := s.Recall(model.Key{Device: "lab/one", Topic: "lab/one/temperature"})
	if len(all) != 1 || all[0].Metric.Topic != "lab/one/temperature" || all[0].Device.ID != "lab/one" {
		t.Fatalf("%+v", all)
	}
	n, gaps, last := 0, 0, -1.0
	until := time.Time{}
	for _, r := range all[0].Readings {
		if r.From.Before(until) || r.Until.Before(r.From) {
			t.Fatalf("%+v after %v", r, until)
		}
		until = r.Until
		if r.N == 0 {
			gaps++
			continue
		}
		if r.Min != last+1 && !(gaps == 1 && r.Min == last+2) || r.Max != r.Last || int(r.Max-r.Min) != r.N-1 {
			t.Fatalf("%+v after %v", r, last)
		}
		n, last = n+r.N, r.Last
	}
	if n != said-1 || gaps != 1 || last != said-1 {
		t.Errorf("%d readings up to %v and %d gaps, want %d and 1", n, last, gaps, said-1)
	}
	device := s.Recall(model.Key{Device: "lab/one"})
	if len(device) != 2 {
		t.Fatalf("the device has %d metrics", len(device))
	}
	for _, r := range device {
		if text := r.Metric.Topic == "lab/one/mode"; text != (len(r.Readings) == 0) {
			t.Errorf("%s has %d readings", r.Metric.Topic, len(r.Readings))
		}
	}
	for _, k := range []model.Key{{}, {Device: "none"}, {Device: "lab/one", Topic: "lab/one/none"}} {
		if got := s.Recall(k); len(got) != 0 {
			t.Errorf("%+v: %+v", k, got)
		}
	}
}
