package health_test

import (
	"math"
	"reflect"
	"testing"
	"unicode/utf8"

	"labtop/health"
	"labtop/safetext"
)

// FuzzTracker: whatever a broker says, the report holds only finite figures that are not
// negative, rates that have a time, texts that are safe, and no more than so much.
func FuzzTracker(f *testing.F) {
	for _, seed := range [][2]string{
		{"broker/uptime", "23 seconds"},
		{"broker/clients/connected", "99999999999999999999"},
		{"broker/retained messages/count", "53"},
		{"broker/load/bytes/received/1min", "1.5"},
		{"broker/connection/b/state", "1"},
		{"broker/version", "mosquitto version 2.0.11"},
		{"brokers/emqx@h/uptime", "1 days,2 hours, 3 minutes, 4 seconds"},
		{"brokers/1/stats", `{"connections.count":5}`},
		{"brokers/connected", "{"},
		{"VerneMQ@h/socket/open", "5"},
		{"x/clients/total", "NaN"},
	} {
		f.Add(seed[0], []byte(seed[1]), seed[0], []byte("7"), int64(1e9), false)
	}
	f.Fuzz(func(t *testing.T, topic string, first []byte, other string, second []byte, later int64, stored bool) {
		var tracker health.Tracker
		now := max(base+later%int64(1e12), 1)
		tracker.Hear("$SYS/"+topic, first, base, stored)
		tracker.Hear("$SYS/"+other, second, now, false)
		tracker.Hear("$SYS/"+topic, second, now, stored)
		copied := tracker.Copy()
		r := copied.Report(100)
		check(t, reflect.ValueOf(r))
		if load := r.Load(); load.Value < 0 || math.IsNaN(load.Value) {
			t.Errorf("a load of %v", load)
		}
		if len(r.Bridges) > 2 || r.Nodes > 2 {
			t.Errorf("%d nodes and %d bridges of two topics", r.Nodes, len(r.Bridges))
		}
		if !utf8.ValidString(r.Version) || r.Version != safetext.Clean(r.Version) {
			t.Errorf("the version is %q", r.Version)
		}
	})
}

// check looks at every figure and rate in a value.
func check(t *testing.T, v reflect.Value) {
	t.Helper()
	switch x := v.Interface().(type) {
	case health.Figure:
		if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) || x.Value < 0 || !x.Offered() && x.Value != 0 {
			t.Errorf("the figure is %+v", x)
		}
		return
	case health.Rate:
		if x.Offered() != (x.Over > 0) {
			t.Errorf("the rate is %+v", x)
		}
	}
	if v.Kind() == reflect.Struct && v.Type().PkgPath() == "labtop/health" {
		for i := range v.NumField() {
			check(t, v.Field(i))
		}
	}
}
