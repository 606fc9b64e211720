package alerts_test

import (
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// TestCooldown: who was told is not told again too soon, unless it gets worse, and
// hears at its end what still holds.
func TestCooldown(t *testing.T) {
	t.Parallel()
	rule := above(0)
	rule.Cooldown = time.Minute
	b := newBench(t, rule)
	for s, v := range []string{0: "31", 10: "25", 20: "31", 30: "25", 40: "31", 50: "45", 60: "31", 120: "31", 130: "25"} {
		if v != "" {
			b.say(float64(s), lab1, v, "")
		}
	}
	b.want(
		"0 hot lab1/temperature inactive→firing warning tell",
		"10 hot lab1/temperature firing→resolved warning tell",
		"20 hot lab1/temperature inactive→firing warning",
		"30 hot lab1/temperature firing→resolved warning",
		"40 hot lab1/temperature inactive→firing warning",
		"50 hot lab1/temperature firing→firing critical was warning tell",
		"60 hot lab1/temperature firing→firing warning was critical",
		"110 hot lab1/temperature firing→firing warning (the cooldown is over) tell",
		"130 hot lab1/temperature firing→resolved warning tell",
	)
}

// TestSilence: a silence tells nobody, lasts over a resolve and a reconnect, is
// visible, and runs out.
func TestSilence(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0))
	b.connection(0, model.Connected, 1)
	b.say(1, lab1, "31", "")
	if !b.engine.Silence(1, 10*time.Minute) || b.engine.Silence(99, time.Minute) {
		t.Error("which alerts can be silenced")
	}
	silenced := func() bool { return !b.engine.Read(0, 1).Alerts[0].Silenced.IsZero() }
	if a, _ := b.engine.Find(1); !a.Silenced.Equal(at(601)) {
		t.Errorf("silenced until %v", a.Silenced)
	}
	b.say(10, lab1, "25", "")
	b.connection(20, model.Waiting, 1)
	b.connection(30, model.Connected, 2)
	b.say(31, lab1, "45", "")
	if !silenced() {
		t.Error("the silence is gone")
	}
	b.tick(600)
	if !silenced() {
		t.Error("the silence is over too soon")
	}
	b.tick(603)
	if silenced() {
		t.Error("the silence lasts")
	}
	b.want(
		"1 hot lab1/temperature inactive→firing warning tell",
		"1 hot lab1/temperature firing→firing warning (silenced)",
		"10 hot lab1/temperature firing→resolved warning",
		"31 hot lab1/temperature inactive→firing critical",
		"601 hot lab1/temperature firing→firing critical (the silence is over) tell",
	)
}

// TestSilenceUntilResolved ends with the alert, and by hand.
func TestSilenceUntilResolved(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0))
	b.say(1, lab1, "31", "")
	b.engine.Silence(1, alerts.UntilResolved)
	b.tick(100_000)
	b.say(100_001, lab1, "25", "")
	b.say(100_002, lab1, "45", "")
	b.engine.Silence(2, alerts.UntilResolved)
	b.say(100_003, lab1, "31", "")
	b.engine.Unsilence(2)
	b.tick(100_005)
	b.want(
		"1 hot lab1/temperature inactive→firing warning tell",
		"1 hot lab1/temperature firing→firing warning (silenced)",
		"100001 hot lab1/temperature firing→resolved warning",
		"100002 hot lab1/temperature inactive→firing critical tell",
		"100002 hot lab1/temperature firing→firing critical (silenced)",
		"100003 hot lab1/temperature firing→firing warning was critical",
		"100003 hot lab1/temperature firing→firing warning (no longer silenced)",
		"100003 hot lab1/temperature firing→firing warning (the silence is over) tell",
	)
}

// TestAcknowledge stays over a reconnect and an escalation, which is told all the
// same, and ends with the alert.
func TestAcknowledge(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0))
	b.connection(0, model.Connected, 1)
	b.say(1, lab1, "31", "")
	if !b.engine.Acknowledge(1) || b.engine.Acknowledge(2) {
		t.Error("which alerts can be acknowledged")
	}
	b.connection(20, model.Waiting, 1)
	b.connection(30, model.Connected, 2)
	b.say(31, lab1, "45", "")
	if a, _ := b.engine.Find(1); !a.Acknowledged.Equal(at(1)) || a.State != alerts.Firing {
		t.Errorf("after a reconnect: %+v", a)
	}
	st := b.engine.Standing(model.Key{Device: "iotclass/lab1", Topic: lab1})
	if !st.Quiet || st.Severity != alerts.Critical || st.Alert != 1 || st != b.engine.Standing(model.Key{Device: "iotclass/lab1"}) {
		t.Errorf("standing: %+v", st)
	}
	b.say(40, lab1, "25", "")
	b.say(41, lab1, "31", "")
	if a, _ := b.engine.Find(2); !a.Acknowledged.IsZero() {
		t.Errorf("the next alert: %+v", a)
	}
	b.want(
		"1 hot lab1/temperature inactive→firing warning tell",
		"1 hot lab1/temperature firing→firing warning (acknowledged)",
		"31 hot lab1/temperature firing→firing critical was warning tell",
		"40 hot lab1/temperature firing→resolved critical tell",
		"41 hot lab1/temperature inactive→firing warning tell",
	)
}

// TestClockSetBack: what is silenced, pending and counted goes on from the present.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(10*time.Second),
		alerts.Rule{Name: "silent", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData, After: 30 * time.Second}})
	b.say(10_000, lab1, "31", "")
	b.say(10_011, lab1, "31", "")
	b.engine.Silence(1, time.Minute)
	b.tick(100) // the clock was an hour and more ahead
	if a, _ := b.engine.Find(1); !a.Since.Equal(at(100)) || !a.Silenced.Equal(at(160)) {
		t.Errorf("%+v", a)
	}
	b.say(101, lab1, "25", "")
	b.tick(140)
	b.want(
		"10000 hot lab1/temperature inactive→pending warning",
		"10010 hot lab1/temperature pending→firing warning tell",
		"10011 hot lab1/temperature firing→firing warning (silenced)",
		"101 hot lab1/temperature firing→resolved warning",
		"131 silent lab1/temperature inactive→firing warning tell",
	)
}
