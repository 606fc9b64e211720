package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
)

// epoch is when the tests begin.
var epoch = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return epoch.Add(time.Duration(seconds * float64(time.Second)))
}

// bench is an engine that a store feeds.
type bench struct {
	t      *testing.T
	store  *model.Store
	engine *alerts.Engine
	seen   []alerts.Transition
}

func newBench(t *testing.T, rules ...alerts.Rule) *bench {
	t.Helper()
	return newBenchWith(t, alerts.Options{}, rules...)
}

func newBenchWith(t *testing.T, o alerts.Options, rules ...alerts.Rule) *bench {
	t.Helper()
	b := &bench{t: t}
	o.OnTransition = func(tr alerts.Transition) { b.seen = append(b.seen, tr) }
	var err error
	if b.engine, err = alerts.New(rules, o); err != nil {
		t.Fatal(err)
	}
	b.feed(model.Limits{})
	return b
}

// feed begins anew, with a store that has these limits.
func (b *bench) feed(limits model.Limits) {
	b.t.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.store = model.NewStore(conventions.Decoder, limits)
	b.store.Watch(b.engine)
	b.store.Tick(epoch, model.SourceStats{})
}

// say publishes one message. flags may hold r (retained) and d (DUP).
func (b *bench) say(seconds float64, topic, payload, flags string) {
	b.store.Apply([]model.Message{msg(seconds, topic, payload, flags)})
}

func msg(seconds float64, topic, payload, flags string) model.Message {
	return model.Message{
		Topic: topic, Payload: []byte(payload), Size: len(payload), Time: at(seconds),
		Retained: strings.Contains(flags, "r"), Dup: strings.Contains(flags, "d"),
	}
}

func (b *bench) tick(seconds float64) { b.store.Tick(at(seconds), model.SourceStats{}) }

func (b *bench) connection(seconds float64, state model.ConnectionState, connects int) {
	b.store.SetConnection(model.Connection{State: state, Since: at(seconds), Connects: connects})
}

// want compares all transitions so far, as lines: the time, what happened, and
// whether people are told.
func (b *bench) want(lines ...string) {
	b.t.Helper()
	if diff := cmp.Diff(lines, tell(b.seen), cmpEmpty); diff != "" {
		b.t.Errorf("transitions (-want +got):\n%s", diff)
	}
}

var cmpEmpty = cmp.Transformer("empty", func(s []string) []string {
	if len(s) == 0 {
		return []string{}
	}
	return s
})

func tell(transitions []alerts.Transition) []string {
	lines := make([]string, 0, len(transitions))
	for i := range transitions {
		lines = append(lines, line(&transitions[i]))
	}
	return lines
}

func line(tr *alerts.Transition) string {
	a := &tr.Alert
	text := fmt.Sprintf("%v %s %s/%s %v→%v %v", tr.Time.Sub(epoch).Seconds(), a.Rule, a.Series.Name, a.Series.Metric, tr.From, tr.To, a.Severity)
	if tr.From == tr.To && tr.Was != a.Severity {
		text += fmt.Sprintf(" was %v", tr.Was)
	}
	if tr.Reason != "" {
		text += " (" + tr.Reason + ")"
	}
	if tr.Tell {
		text += " tell"
	}
	return text
}

// above is a rule that warns above 30 and is critical above 40.
func above(hold time.Duration) alerts.Rule {
	return alerts.Rule{
		Name: "hot", Metric: "temperature",
		Warning:  &alerts.Condition{Kind: alerts.Above, Limit: 30, HasClear: true, Clear: 29, For: hold},
		Critical: &alerts.Condition{Kind: alerts.Above, Limit: 40, HasClear: true, Clear: 38, For: hold},
	}
}

const lab1 = "iotclass/lab1/temperature"

func TestLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(10*time.Second))
	for i, v := range []string{"25", "31", "31.5", "33", "31", "29.9", "30.1", "29.9", "30.1", "45", "41", "39", "45", "37.5", "29.5", "29", "31", "25"} {
		b.say(float64(5*i), lab1, v, "")
	}
	b.tick(100)
	b.want(
		"5 hot lab1/temperature inactive→pending warning",
		"15 hot lab1/temperature pending→firing warning tell",
		"60 hot lab1/temperature firing→firing critical was warning tell",
		"65 hot lab1/temperature firing→firing warning was critical tell",
		"75 hot lab1/temperature firing→resolved warning tell",
		"80 hot lab1/temperature inactive→pending warning",
		"85 hot lab1/temperature pending→inactive warning",
	)
	a := b.seen[4].Alert
	if a.Peak != 45 || a.Duration(at(1000)) != 70*time.Second || !a.Fired.Equal(at(15)) {
		t.Errorf("peak %v, duration %v, fired %v", a.Peak, a.Duration(at(1000)), a.Fired)
	}
	if got := b.seen[1].Alert.Summary; got != "above 30 °C for 10 s" {
		t.Errorf("summary %q", got)
	}
}

// TestDevicesBeyondTheBound has devices of which none is watched any more, for want of
// room: they cost nothing, and are counted.
func TestDevicesBeyondTheBound(t *testing.T) {
	t.Parallel()
	engine, err := alerts.New(alerts.Defaults(), alerts.Options{Watched: 3})
	if err != nil {
		t.Fatal(err)
	}
	watched := 0
	for i := range 10 {
		id := fmt.Sprint("iotclass/lab", i)
		if engine.WatchDevice(model.Subject{Key: model.Key{Device: id}, Name: id}) != 0 {
			watched++
		}
	}
	if got := engine.Read(0, 0).Counts.Unwatched; watched != 3 || got != 7 {
		t.Errorf("%d devices are watched, %d are counted as not; want 3 and 7", watched, got)
	}
}
