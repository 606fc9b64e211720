package alerts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
)

// later is a batch as it came so much later.
func later(b model.Batch, by time.Duration) model.Batch {
	if b.Connection != nil {
		c := *b.Connection
		c.Since = c.Since.Add(by)
		return model.Batch{Connection: &c}
	}
	m := b.Messages[0]
	m.Time = m.Time.Add(by)
	return model.Batch{Messages: []model.Message{m}}
}

// teller feeds a tape to an engine, a tick after each event.
type teller struct {
	store  *model.Store
	engine *alerts.Engine
	told   []alerts.Transition
}

func newTeller(t interface{ Fatal(...any) }) *teller {
	tl := &teller{}
	var err error
	if tl.engine, err = alerts.New(ruleSet(), alerts.Options{OnTransition: func(tr alerts.Transition) { tl.told = append(tl.told, tr) }}); err != nil {
		t.Fatal(err)
	}
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tl.store = model.NewStore(conventions.Decoder, model.Limits{})
	tl.store.Watch(tl.engine)
	return tl
}

func (tl *teller) tell(tp tape, i int, by time.Duration) {
	b := later(tp[i], by)
	if b.Connection != nil {
		tl.store.SetConnection(*b.Connection)
	} else {
		tl.store.Apply(b.Messages)
	}
	tl.store.Tick(tp.at(i).Add(by), model.SourceStats{})
	if page := tl.engine.Read(0, 1); i%7 == 0 && len(page.Alerts) > 0 {
		tl.engine.Silence(page.Alerts[0].ID, 20*time.Second)
	} else if i%11 == 0 && len(page.Alerts) > 0 {
		tl.engine.Acknowledge(page.Alerts[0].ID)
	}
}

// TestShift: a clock that is set in the midst of a session changes nothing but times:
// the engine and its log are as if the clock had been right from the beginning.
func TestShift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tp := drawTape(t)
		set := rapid.IntRange(0, len(tp)).Draw(t, "set at")
		by := time.Duration(rapid.Int64Range(-int64(1e15), int64(1e15)).Draw(t, "by"))
		got, want := newTeller(t), newTeller(t)
		for i := range tp {
			if i == set {
				got.store.Shift(by)
			}
			want.tell(tp, i, by)
			if i < set {
				got.tell(tp, i, 0)
			} else {
				got.tell(tp, i, by)
			}
		}
		if set == len(tp) {
			got.store.Shift(by)
		}
		for _, tl := range []*teller{got, want} {
			tl.store.Tick(tp.end().Add(by+time.Minute), model.SourceStats{})
		}
		if diff := cmp.Diff(tell(want.told), tell(got.told), cmpEmpty); set == 0 && diff != "" {
			t.Fatalf("set before all (-told later +set):\n%s", diff)
		}
		if diff := cmp.Diff(want.engine.Since(0), got.engine.Since(0), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("log, set by %v (-told later +set):\n%s", by, diff)
		}
		wantPage, gotPage := want.engine.Read(0, 100), got.engine.Read(0, 100)
		wantPage.Revision, gotPage.Revision = 0, 0
		if diff := cmp.Diff(wantPage, gotPage); diff != "" {
			t.Fatalf("active, set by %v (-told later +set):\n%s", by, diff)
		}
	})
}

// TestShiftedSilences: a silence until the end of the alert stays one.
func TestShiftedSilences(t *testing.T) {
	t.Parallel()
	b := newBench(t, above(0))
	b.say(1, lab1, "31", "")
	b.engine.Silence(1, alerts.UntilResolved)
	before, _ := b.engine.Find(1)
	for _, by := range []time.Duration{time.Hour, 1<<63 - 1, -1 << 63, 100 * 365 * 24 * time.Hour} {
		b.store.Shift(by)
		if a, _ := b.engine.Find(1); !a.Silenced.Equal(before.Silenced) {
			t.Errorf("by %v: silenced until %v", by, a.Silenced)
		}
	}
	if log := b.engine.Since(0); !log[len(log)-1].Alert.Silenced.Equal(before.Silenced) {
		t.Errorf("log: %+v", log[len(log)-1])
	}
}

// TestAwake: an hour in which labtop did not listen is nobody's silence, and lets
// nothing fire that no reading confirms; the broker counts as silent until it is heard.
func TestAwake(t *testing.T) {
	t.Parallel()
	rules := []alerts.Rule{
		above(10 * time.Second),
		{Name: "silent", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData, After: 3 * time.Second}},
		{Name: "learned", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData}},
		{Name: "expected", Metric: "*", Expect: []string{"lab9"}, Warning: &alerts.Condition{Kind: alerts.NoData, After: time.Hour}},
		{Name: "gone", Warning: &alerts.Condition{Kind: alerts.Presence, Presence: model.Offline, For: time.Minute}},
	}
	begin := func() *bench {
		b := newBench(t, rules...)
		b.connection(0, model.Connected, 1)
		b.say(0, "iotclass/lab2/status", "offline", "")
		for i := range 10 {
			b.say(float64(i), lab1, "25", "")
			b.tick(float64(i))
		}
		b.say(10, lab1, "31", "")
		return b
	}
	wake := func(b *bench, lastByte float64, seconds ...float64) {
		for _, s := range seconds {
			b.store.Tick(at(s), model.SourceStats{LastByte: at(lastByte)})
		}
	}
	pending := []string{
		"0 gone lab2/ inactive→pending warning",
		"10 hot lab1/temperature inactive→pending warning",
	}
	t.Run("the broker is not there", func(t *testing.T) {
		t.Parallel()
		b := begin()
		b.t = t
		b.store.Awoke(at(3610))
		wake(b, 10, 3610, 3611, 3612, 3620, 4000)
		b.want(pending...)
		b.connection(4000, model.Waiting, 1)
		b.connection(4001, model.Connected, 2)
		wake(b, 4001, 4001, 4002)
		b.say(4002, lab1, "31", "")
		wake(b, 4003, 4003, 4004)
		if got := b.engine.Counts(); got.Critical+got.Warning != 1 { // hot: it still is
			t.Errorf("%+v\n%v", got, tell(b.seen))
		}
	})
	t.Run("the broker answers, the board does not", func(t *testing.T) {
		t.Parallel()
		b := begin()
		b.t = t
		b.store.Awoke(at(3610))
		wake(b, 3610.5, 3610, 3611, 3612) // what it says may be old
		wake(b, 3612.5, 3613, 3614, 3615, 3616, 3617)
		b.want(append(pending,
			"3616 silent lab1/temperature inactive→firing warning tell",
			"3616 learned lab1/temperature inactive→firing warning tell",
		)...)
	})
	t.Run("all go on", func(t *testing.T) {
		t.Parallel()
		b := begin()
		b.t = t
		b.store.Awoke(at(3610))
		for i := range 20 {
			b.say(3610+float64(i), lab1, "25", "")
			wake(b, 3610+float64(i), 3610+float64(i))
		}
		b.want(append(pending,
			"3610 hot lab1/temperature pending→inactive warning",
			"3621 gone lab2/ pending→firing warning tell",
		)...)
	})
}

// TestShiftWhileSomethingLasts: what is measured over time goes on when the clock is
// set, forward and back.
func TestShiftWhileSomethingLasts(t *testing.T) {
	t.Parallel()
	for _, by := range []float64{-3600, 3600} {
		b := newBench(t,
			alerts.Rule{Name: "stuck", Metric: "temperature", Warning: &alerts.Condition{Kind: alerts.Stuck, After: 8 * time.Second}},
			alerts.Rule{Name: "silent", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData, After: 12 * time.Second}})
		now := 10_000.0
		for i := range 10 {
			if now++; i == 5 {
				now += by
				b.store.Shift(time.Duration(by) * time.Second)
			}
			b.say(now, lab1, "25", "")
		}
		if c := b.engine.Counts(); c.Warning != 1 {
			t.Errorf("by %v: stuck for nine seconds: %v", by, tell(b.seen))
		}
		b.engine.Silence(1, 10*time.Second)
		b.store.Awoke(at(now))
		now += by
		b.store.Shift(time.Duration(by) * time.Second)
		for range 5 { // the last byte came before it woke up
			now++
			b.store.Tick(at(now), model.SourceStats{LastByte: at(now - 6)})
		}
		for i := range 12 { // and lab1 is silent since the first of them
			now++
			b.store.Tick(at(now), model.SourceStats{LastByte: at(now)})
			if c := b.engine.Counts(); c.Warning != 1 || (c.Silenced == 1) != (i < 4) {
				t.Errorf("by %v, second %d: %+v", by, i, c)
			}
			if p := b.engine.Read(0, 1); p.Alerts[0].Silenced.IsZero() != (i >= 4) {
				t.Errorf("by %v, second %d: %+v", by, i, p.Alerts[0])
			}
		}
	}
}
