package alerts_test

import (
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// TestStandings: a device stands as the most urgent of its alerts, whether they are
// of its metrics or of itself.
func TestStandings(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0), alerts.Rule{
		Name: "gone", Critical: &alerts.Condition{Kind: alerts.Presence, Presence: model.Offline},
	}, alerts.Rule{
		Name: "damp", Metric: "humidity", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 60, For: time.Minute},
	})
	device := model.Key{Device: "iotclass/lab1"}
	metric := model.Key{Device: "iotclass/lab1", Topic: lab1}
	want := func(what string, k model.Key, severity alerts.Severity, pending, quiet bool, rule string) uint64 {
		t.Helper()
		st := b.engine.Standing(k)
		a, _ := b.engine.Find(st.Alert)
		if st.Severity != severity || st.Pending != pending || st.Quiet != quiet || a.Rule != rule {
			t.Errorf("%s: %+v of %q", what, st, a.Rule)
		}
		if st.Alert != 0 && b.engine.Read(b.engine.Place(st.Alert), 1).Alerts[0].ID != st.Alert {
			t.Errorf("%s: the alert is not at its place", what)
		}
		return st.Alert
	}
	counts := func(critical, warning, quietCritical, quietWarning int) {
		t.Helper()
		if c := b.engine.Counts(); c.Critical != critical || c.Warning != warning || c.QuietCritical != quietCritical || c.QuietWarning != quietWarning {
			t.Errorf("counts %+v", c)
		}
	}
	b.say(0, lab1, "20", "")
	want("well", device, alerts.Clear, false, false, "")
	b.say(1, "iotclass/lab1/humidity", "70", "")
	want("pending", device, alerts.Clear, true, false, "damp")
	b.say(2, lab1, "31", "")
	hot := want("warning", device, alerts.Warning, true, false, "hot")
	want("its metric", metric, alerts.Warning, false, false, "hot")
	counts(0, 1, 0, 0)
	b.engine.Acknowledge(hot)
	want("acknowledged", metric, alerts.Warning, false, true, "hot")
	counts(0, 1, 0, 1)
	b.say(3, "iotclass/lab1/status", "offline", "")
	gone := want("gone", device, alerts.Critical, true, false, "gone")
	counts(1, 1, 0, 1)
	b.engine.Silence(gone, time.Second)
	counts(1, 1, 1, 1)
	b.tick(5)
	counts(1, 1, 0, 1)
	b.say(6, "iotclass/lab1/status", "online", "")
	b.say(6, lab1, "20", "")
	b.say(6, "iotclass/lab1/humidity", "50", "")
	want("well again", device, alerts.Clear, false, false, "")
	counts(0, 0, 0, 0)
	if place := b.engine.Place(hot); place != -1 {
		t.Errorf("an alert that is over has the place %d", place)
	}
	want("nobody", model.Key{Device: "nobody"}, alerts.Clear, false, false, "")
}
