package alerts_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
)

// ruleSet has a rule of each kind, with and without all that can be set.
func ruleSet() []alerts.Rule {
	c := func(c alerts.Condition) *alerts.Condition { return &c }
	second := time.Second
	return []alerts.Rule{
		{
			Name: "above", Metric: "temperature",
			Warning:  c(alerts.Condition{Kind: alerts.Above, Limit: 30, HasClear: true, Clear: 28, For: 7 * second}),
			Critical: c(alerts.Condition{Kind: alerts.Above, Limit: 33, HasClear: true, Clear: 31, For: 3 * second}),
		},
		{Name: "at once", Metric: "temperature", Cooldown: 20 * second, Warning: c(alerts.Condition{Kind: alerts.Above, Limit: 31})},
		{Name: "stored", Metric: "temperature", Retained: true, Critical: c(alerts.Condition{Kind: alerts.Below, Limit: 27, For: 5 * second})},
		{Name: "rate", Metric: "temperature", Warning: c(alerts.Condition{Kind: alerts.Rate, Limit: 8, HasClear: true, Clear: 4, Window: 20 * second})},
		{Name: "silent", Metric: "*", Warning: c(alerts.Condition{Kind: alerts.NoData, After: 12 * second}), Critical: c(alerts.Condition{Kind: alerts.NoData, After: 25 * second, For: 4 * second})},
		{Name: "learned", Metric: "*", EvenOffline: true, Warning: c(alerts.Condition{Kind: alerts.NoData})},
		{Name: "expected", Metric: "*", Expect: []string{"lab0", "lab9"}, Critical: c(alerts.Condition{Kind: alerts.NoData, After: 15 * second})},
		{Name: "gone", Critical: c(alerts.Condition{Kind: alerts.Presence, Presence: model.Offline})},
		{Name: "long gone", Cooldown: 30 * second, Warning: c(alerts.Condition{Kind: alerts.Presence, Presence: model.Offline, For: 9 * second})},
		{Name: "stuck", Metric: "temperature", Warning: c(alerts.Condition{Kind: alerts.Stuck, After: 8 * second})},
		{Name: "nan", Metric: "*", Warning: c(alerts.Condition{Kind: alerts.NotANumber, For: 2 * second})},
		{Name: "back", Metric: "temperature", Warning: c(alerts.Condition{Kind: alerts.FallsBy, Limit: 5, Window: 9 * second})},
		{Name: "grows", Metric: "temperature", Warning: c(alerts.Condition{Kind: alerts.Grows, Limit: 5, Window: time.Minute})},
		{Name: "restarted", Broker: "uptime", Retained: true, Warning: c(alerts.Condition{Kind: alerts.FallsBy, Limit: 1, Window: 10 * second})},
		{Name: "dropped", Broker: "dropped", Warning: c(alerts.Condition{Kind: alerts.Rate, Direction: alerts.Rising})},
		{Name: "open", Metric: "door", Warning: c(alerts.Condition{Kind: alerts.Equals, Text: "open", For: 4 * second})},
	}
}

// tape is what was received: messages, and what became of the connection.
type tape []model.Batch

// drawTape draws a lab of three boards for some minutes.
func drawTape(t *rapid.T) tape {
	now, connects := epoch, 1
	events := tape{{Connection: &model.Connection{State: model.Connected, Since: epoch, Connects: 1}}}
	connected := true
	for range rapid.IntRange(1, 80).Draw(t, "events") {
		now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 500, 1000, 1000, 2000, 3000, 5000, 9000, 30_000}).Draw(t, "gap")) * time.Millisecond)
		if !connected || rapid.IntRange(0, 19).Draw(t, "connection") == 0 {
			state := model.Waiting
			if connected = !connected; connected {
				state = model.Connected
				connects++
			}
			events = append(events, model.Batch{Connection: &model.Connection{State: state, Since: now, Connects: connects}})
			continue
		}
		board := "iotclass/lab" + strconv.Itoa(rapid.IntRange(0, 2).Draw(t, "board"))
		topic, payload := board+"/temperature", strconv.Itoa(rapid.IntRange(25, 35).Draw(t, "value"))
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0:
			topic, payload = board+"/status", rapid.SampledFrom([]string{"online", "offline", "asleep"}).Draw(t, "word")
		case 1:
			topic, payload = board+"/door", rapid.SampledFrom([]string{"open", "closed", "ajar"}).Draw(t, "door")
		case 2:
			payload = rapid.SampledFrom([]string{"nan", "", "hello", "\xff\x00"}).Draw(t, "nothing")
		}
		events = append(events, model.Batch{Messages: []model.Message{{
			Topic: topic, Payload: []byte(payload), Size: len(payload), Time: now,
			Retained: rapid.IntRange(0, 9).Draw(t, "retained") == 0, Dup: rapid.IntRange(0, 14).Draw(t, "dup") == 0,
		}}})
	}
	return events
}

// end is the time of the last event.
func (tp tape) end() time.Time { return tp.at(len(tp) - 1) }

func (tp tape) at(i int) time.Time {
	if c := tp[i].Connection; c != nil {
		return c.Since
	}
	return tp[i].Messages[0].Time
}

// play gives a tape to an engine. cut says after which events a batch ends; ticks
// are the times of the clock before an event.
func play(t interface{ Fatal(...any) }, tp tape, cut func(i int) bool, ticks func(i int) []time.Time) []alerts.Transition {
	var seen []alerts.Transition
	engine, err := alerts.New(ruleSet(), alerts.Options{OnTransition: func(tr alerts.Transition) { seen = append(seen, tr) }})
	if err != nil {
		t.Fatal(err)
	}
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{})
	store.Watch(engine)
	store.Tick(epoch, model.SourceStats{})
	var batch []model.Message
	flush := func() {
		store.Apply(batch)
		batch = nil
	}
	for i, e := range tp {
		for _, at := range ticks(i) {
			flush()
			store.Tick(at, model.SourceStats{})
		}
		if e.Connection != nil {
			flush()
			store.SetConnection(*e.Connection)
			continue
		}
		if batch = append(batch, e.Messages...); cut(i) {
			flush()
		}
	}
	flush()
	store.Tick(tp.end().Add(time.Minute), model.SourceStats{})
	log := engine.Since(0)
	if diff := cmp.Diff(seen, log, cmpopts.EquateEmpty()); diff != "" {
		t.Fatal("the log and what was told differ:\n" + diff)
	}
	return seen
}

// TestSameTransitions: the same messages give the same transitions, whatever the
// batches, the phases of the clock, and the speed.
func TestSameTransitions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tp := drawTape(t)
		none := func(int) []time.Time { return nil }
		want := play(t, tp, func(int) bool { return true }, none)
		cuts := rapid.SliceOfN(rapid.Bool(), len(tp), len(tp)).Draw(t, "cuts")
		phase := time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "phase"))
		every := time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(20*time.Second)).Draw(t, "every"))
		ahead := time.Duration(rapid.Int64Range(0, int64(alerts.Grace)-1).Draw(t, "ahead"))
		next := epoch.Add(phase)
		ticks := func(i int) (times []time.Time) {
			for ; next.Before(tp.at(i).Add(ahead)); next = next.Add(every) {
				times = append(times, next)
			}
			return times
		}
		got := play(t, tp, func(i int) bool { return cuts[i] }, ticks)
		if diff := cmp.Diff(tell(want), tell(got)); diff != "" {
			t.Fatalf("with ticks each %v (-without +with):\n%s", every, diff)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestOrderly: whatever comes, the steps of an alert follow each other, and its
// times make sense.
func TestOrderly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		states := map[uint64]alerts.Transition{}
		last := time.Time{}
		for i, tr := range play(t, drawTape(t), func(int) bool { return false }, func(int) []time.Time { return nil }) {
			a := &tr.Alert
			before, known := states[a.ID]
			from := alerts.Inactive
			if known {
				from = before.To
			}
			switch {
			case tr.Seq != uint64(i+1), tr.From != from, tr.Time.Before(last):
				t.Fatalf("out of order: %v after %v", line(&tr), line(&before))
			case tr.To != a.State, known && before.To == alerts.Firing && tr.Was != before.Alert.Severity:
				t.Fatalf("not of one piece: %v", line(&tr))
			case a.Since.After(tr.Time), !a.Fired.IsZero() && a.Fired.Before(a.Since), (a.State == alerts.Resolved) != !a.Ended.IsZero():
				t.Fatalf("times of %+v", a)
			case tr.Tell && tr.To == alerts.Pending:
				t.Fatalf("told too soon: %v", line(&tr))
			}
			if a.State == alerts.Resolved || a.State == alerts.Inactive {
				delete(states, a.ID)
			} else {
				states[a.ID] = tr
			}
			last = tr.Time
		}
	})
}

// reference is the plainest way to follow one limit, second by second.
type reference struct {
	limit, clear, hold, cooldown int

	held, last, firing, pending  bool
	since, beyond, told, toldYet int
	lines                        []string
}

func (r *reference) say(s int, what string, tell bool) {
	text := fmt.Sprintf("%d %s", s, what)
	if tell {
		text += " tell"
	}
	r.lines = append(r.lines, text)
}

// settle does what is due at second s.
func (r *reference) settle(s int) {
	if r.held && !r.last && !r.firing && s-r.beyond >= 2*r.hold {
		r.held = false
	}
	mayTell := r.told < 0 || s >= r.told+r.cooldown
	switch {
	case !r.held && r.firing:
		r.say(s, "firing→resolved", r.toldYet > 0)
		r.firing = false
	case !r.held && r.pending:
		r.say(s, "pending→inactive", false)
		r.pending = false
	case r.held && !r.firing && r.last && s-r.since >= r.hold:
		from := "inactive"
		if r.pending {
			from = "pending"
		}
		r.pending, r.firing, r.toldYet = false, true, 0
		if mayTell {
			r.told, r.toldYet = s, 1
		}
		r.say(s, from+"→firing", mayTell)
	case r.held && !r.firing && !r.pending:
		r.pending = true
		r.say(s, "inactive→pending", false)
	case r.firing && r.toldYet == 0 && mayTell:
		r.told, r.toldYet = s, 1
		r.say(s, "firing→firing", true)
	}
}

func (r *reference) reading(s, v int) {
	switch {
	case v > r.limit:
		if !r.held {
			r.held, r.since = true, s
		}
		r.last, r.beyond = true, s
	case v <= r.clear:
		r.held, r.last = false, false
	default:
		r.last = false
	}
	r.settle(s)
}

// TestAgainstReference compares hysteresis, `for` and cooldown with the plainest
// way to do it.
func TestAgainstReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := reference{
			limit: 30, clear: rapid.IntRange(26, 30).Draw(t, "clear"),
			hold: rapid.IntRange(0, 8).Draw(t, "for"), cooldown: rapid.IntRange(0, 20).Draw(t, "cooldown"), told: -1,
		}
		rule := simple(alerts.Condition{
			Kind: alerts.Above, Limit: 30, HasClear: true, Clear: float64(r.clear), For: time.Duration(r.hold) * time.Second,
		})
		rule.Cooldown = time.Duration(r.cooldown) * time.Second
		var seen []alerts.Transition
		engine, err := alerts.New([]alerts.Rule{rule}, alerts.Options{OnTransition: func(tr alerts.Transition) { seen = append(seen, tr) }})
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore(decoder(t), model.Limits{})
		store.Watch(engine)
		for s, v := range rapid.SliceOfN(rapid.IntRange(20, 34), 1, 120).Draw(t, "values") {
			if v > 23 { // else the board says nothing in this second
				store.Apply([]model.Message{msg(float64(s), lab1, strconv.Itoa(v), "")})
				r.reading(s, v)
			}
			store.Tick(at(float64(s)+0.5), model.SourceStats{})
			r.settle(s)
		}
		var got []string
		for _, tr := range seen {
			text := fmt.Sprintf("%v %v→%v", tr.Time.Sub(epoch).Seconds(), tr.From, tr.To)
			if tr.Tell {
				text += " tell"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(r.lines, got); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", r, diff)
		}
	})
}

func decoder(t interface{ Fatal(...any) }) func(string) model.Decoder {
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return conventions.Decoder
}
