package alerts_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
)

// manyRules are n rules that all watch every temperature, of all kinds that a
// number has. None of them fires at 22 °C.
func manyRules(n int) []alerts.Rule {
	rules := make([]alerts.Rule, n)
	for i := range rules {
		f := float64(i)
		c := [...]alerts.Condition{
			{Kind: alerts.Above, Limit: 30 + f, HasClear: true, Clear: 29, For: 10 * time.Second},
			{Kind: alerts.Below, Limit: 10 - f},
			{Kind: alerts.Outside, Limit: -f, Upper: 40 + f},
			{Kind: alerts.NotANumber},
			{Kind: alerts.NoData, After: time.Hour},
		}[i%5]
		rules[i] = alerts.Rule{Name: strconv.Itoa(i), Metric: "temperature", Warning: &c}
		if c.Kind == alerts.Above {
			worse := c
			worse.Limit += 50
			rules[i].Critical = &worse
		}
	}
	return rules
}

// BenchmarkEngine feeds the engine alone: 300 series, each watched by the rules.
func BenchmarkEngine(b *testing.B) {
	for _, test := range []struct {
		rules int
		value float64 // at 30.5 one rule waits to fire, so that all must look
	}{{1, 22}, {5, 22}, {50, 22}, {1, 30.5}, {5, 30.5}, {50, 30.5}} {
		n := test.rules
		b.Run(fmt.Sprintf("%d rules a series at %v", n, test.value), func(b *testing.B) {
			engine, err := alerts.New(manyRules(n), alerts.Options{Watched: 300 * n})
			if err != nil {
				b.Fatal(err)
			}
			batch := make([]model.Observation, 300)
			now := epoch.UnixNano()
			for i := range batch {
				key := model.Key{Device: fmt.Sprintf("iotclass/lab%d", i)}
				engine.WatchDevice(model.Subject{Key: key, Name: "lab"})
				key.Topic = key.Device + "/temperature"
				hook := engine.WatchMetric(model.Subject{Key: key, Name: "lab", Metric: "temperature"})
				batch[i] = model.Observation{Hook: hook, Value: model.Value{Kind: model.Number, Num: 22}, Text: []byte("22.0"), Unit: "°C"}
			}
			b.ReportAllocs()
			for b.Loop() {
				for i := range batch {
					now += int64(10 * time.Microsecond)
					batch[i].At = now
					batch[i].Value.Num = test.value
				}
				engine.Observe(batch)
			}
			b.ReportMetric(float64(b.N*len(batch)*n)/b.Elapsed().Seconds(), "evaluations/s")
		})
	}
}

// flapping are readings of 300 series that cross the limit of a rule each time, and
// what feeds them once to an engine that hands its transitions over.
func flapping(tb testing.TB) (transitions *int, feed func()) {
	tb.Helper()
	transitions = new(int)
	engine, err := alerts.New([]alerts.Rule{{
		Name: "hot", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Above, Limit: 30},
	}}, alerts.Options{OnTransition: func(alerts.Transition) { *transitions++ }})
	if err != nil {
		tb.Fatal(err)
	}
	batch := make([]model.Observation, 300)
	now, value := epoch.UnixNano(), 22.0
	for i := range batch {
		key := model.Key{Device: fmt.Sprintf("iotclass/lab%d", i)}
		key.Topic = key.Device + "/temperature"
		hook := engine.WatchMetric(model.Subject{Key: key, Name: "lab", Metric: "temperature"})
		batch[i] = model.Observation{Hook: hook, Text: []byte("22.0"), Unit: "°C"}
	}
	return transitions, func() {
		value = 53 - value // 31, 22, 31 …
		for i := range batch {
			now += int64(10 * time.Microsecond)
			batch[i].At, batch[i].Value = now, model.Value{Kind: model.Number, Num: value}
		}
		engine.Observe(batch)
	}
}

// BenchmarkFlapping: each reading begins an alert or ends one.
func BenchmarkFlapping(b *testing.B) {
	transitions, feed := flapping(b)
	b.ReportAllocs()
	for b.Loop() {
		feed()
	}
	b.ReportMetric(float64(*transitions)/b.Elapsed().Seconds(), "transitions/s")
}

// TestFlappingIsCheap: a crossing makes its alert, the reading's text and its copy;
// what it says of the rule and the room to hand it over are there already.
func TestFlappingIsCheap(t *testing.T) {
	transitions, feed := flapping(t)
	for range 40 { // until the log is full
		feed()
	}
	before := *transitions
	const rounds = 10
	allocations := testing.AllocsPerRun(rounds, feed)
	if steps := (*transitions - before) / (rounds + 1); steps != 300 || allocations > 3*300 {
		t.Errorf("%v allocations for %d steps", allocations, steps)
	}
}

// BenchmarkStore takes messages of 300 topics into a store, without rules and with
// fifty, which watch all of them or six each.
func BenchmarkStore(b *testing.B) {
	few := manyRules(50)
	for i := range few {
		few[i].Device = fmt.Sprintf("*/lab?%d", i)
	}
	for _, test := range []struct {
		name  string
		rules []alerts.Rule
	}{{"none", nil}, {"fifty rules", few}, {"fifty rules on each", manyRules(50)}} {
		b.Run(test.name, func(b *testing.B) {
			store := model.NewStore(decoder(b), model.Limits{})
			if test.rules != nil {
				engine, err := alerts.New(test.rules, alerts.Options{Watched: 300 * len(test.rules)})
				if err != nil {
					b.Fatal(err)
				}
				store.Watch(engine)
			}
			batch := make([]model.Message, 256)
			topics := make([]string, 300)
			for i := range topics {
				topics[i] = fmt.Sprintf("iotclass/lab%d%02d/temperature", i/50, i%50)
			}
			payload := []byte(" 22.50")
			next, now := 0, epoch
			apply := func() {
				for i := range batch {
					now = now.Add(10 * time.Microsecond)
					batch[i] = model.Message{Topic: topics[next], Payload: payload, Size: 6, Time: now}
					next = (next + 1) % len(topics)
				}
				store.Apply(batch)
			}
			for range 1000 {
				apply()
			}
			b.ReportAllocs()
			for b.Loop() {
				apply()
			}
			b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
