package model_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
)

// TestLosses tells a store of a connection that is lost, hard to make again, and lost
// again.
func TestLosses(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	enter := func(seconds float64, state model.ConnectionState, problem string, attempts int) {
		l.SetConnection(model.Connection{State: state, Since: at(seconds), Problem: problem, Hint: problem + "!", Attempts: attempts})
	}
	check := func(want ...model.Loss) {
		t.Helper()
		if diff := cmp.Diff(want, l.Status().Losses); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	enter(1, model.Connecting, "", 0)
	enter(2, model.Waiting, "refused", 1)
	enter(3, model.Connecting, "refused", 1)
	enter(4, model.Connected, "", 0)
	check() // that there was none at first is no loss
	enter(10, model.Waiting, "taken over", 0)
	first := model.Loss{Since: at(10), Problem: "taken over", Hint: "taken over!"}
	check(first)
	before := l.Status().Losses
	enter(11, model.Connecting, "taken over", 0)
	enter(12, model.Waiting, "refused", 1)
	enter(13, model.Connecting, "refused", 1)
	enter(14, model.Waiting, "refused", 2)
	enter(15, model.Connected, "", 0)
	first.Until, first.Attempts = at(15), 2
	check(first)
	if !before[0].Until.IsZero() {
		t.Error("what was handed out has changed")
	}
	checkpoint := l.Checkpoint()
	enter(20, model.Waiting, "gone", 0)
	l.Shift(time.Hour)
	first.Since, first.Until = first.Since.Add(time.Hour), first.Until.Add(time.Hour)
	check(first, model.Loss{Since: at(20 + 3600), Problem: "gone", Hint: "gone!"})
	enter(20+3600, model.Closed, "", 0)
	check(first, model.Loss{Since: at(20 + 3600), Problem: "gone", Hint: "gone!"})
	l.Restore(checkpoint)
	check(model.Loss{Since: at(10), Until: at(15), Problem: "taken over", Hint: "taken over!", Attempts: 2})
	for i := range 300 {
		enter(float64(100+2*i), model.Waiting, "", 0)
		enter(float64(101+2*i), model.Connected, "", 0)
	}
	if losses := l.Status().Losses; len(losses) != 100 || losses[99].Since != at(698) || losses[0].Since != at(500) {
		t.Errorf("%d losses from %v to %v", len(losses), losses[0].Since, losses[99].Since)
	}
}

func TestPingTimes(t *testing.T) {
	t.Parallel()
	var s model.SourceStats
	if got := s.PingTimes(); got != (model.PingTimes{}) {
		t.Errorf("of none: %+v", got)
	}
	s.Pings = []time.Duration{3, 9, 1, 7, 2}
	if got, want := s.PingTimes(), (model.PingTimes{Last: 2, Min: 1, Median: 3, Max: 9, Count: 5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if s.Pings[0] != 3 {
		t.Error("the pings are in another order")
	}
}

// TestBytesPerSec looks at bytes that come evenly, then no more.
func TestBytesPerSec(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 61 {
		l.Tick(at(float64(i)), model.SourceStats{Bytes: uint64(1000 * i)})
	}
	if got := l.Status().BytesPerSec; math.Round(got) != 1000 {
		t.Errorf("%v bytes a second, want 1000", got)
	}
	for i := range 61 {
		l.Tick(at(float64(60+i)), model.SourceStats{Bytes: 60_000})
	}
	if got := l.Status().BytesPerSec; got > 10 {
		t.Errorf("%v bytes a second after a minute without", got)
	}
}

// TestSilenceOfAnotherConnection: that a broker does not answer is of one connection, and
// is not said of the next before the clock has ticked.
func TestSilenceOfAnotherConnection(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.SetConnection(model.Connection{State: model.Connected, Since: at(0), Connects: 1})
	l.Tick(at(20), model.SourceStats{Silent: 14 * time.Second, Bytes: 9})
	l.SetConnection(model.Connection{State: model.Connected, Since: at(0), Connects: 1, Subscriptions: []model.Subscription{{Filter: "#"}}})
	if s := l.Status().Source; s.Silent != 14*time.Second {
		t.Errorf("an answer to a filter ended the silence: %+v", s)
	}
	l.SetConnection(model.Connection{State: model.Waiting, Since: at(20.1), Connects: 1})
	l.SetConnection(model.Connection{State: model.Connected, Since: at(20.6), Connects: 2})
	if s := l.Status().Source; s.Silent != 0 || s.Bytes != 9 {
		t.Errorf("the next connection: %+v", s)
	}
}
