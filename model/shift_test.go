package model_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
)

// chapter is one step of a story that is told to a store.
type chapter func(s *model.Store, later time.Duration)

// drawStory draws some minutes of a lab: boards that speak, a clock that ticks, and a
// connection that is lost now and then.
func drawStory(t *rapid.T) []chapter {
	var story []chapter
	now, connects := 10_000.0, 1
	for range rapid.IntRange(1, 60).Draw(t, "chapters") {
		now += rapid.SampledFrom([]float64{0, 0.001, 0.5, 1, 1, 1, 2, 5, 60}).Draw(t, "gap")
		moment := at(now)
		switch rapid.IntRange(0, 9).Draw(t, "what") {
		case 0, 1, 2:
			story = append(story, func(s *model.Store, later time.Duration) {
				s.Tick(moment.Add(later), model.SourceStats{LastByte: moment.Add(later)})
			})
		case 3:
			connects++
			c := model.Connection{State: model.ConnectionState(rapid.IntRange(0, 2).Draw(t, "state")), Connects: connects}
			story = append(story, func(s *model.Store, later time.Duration) {
				c := c
				c.Since, c.NextTry = moment.Add(later), moment.Add(later+time.Second)
				s.SetConnection(c)
			})
		default:
			topic := fmt.Sprintf("d/%d/%s", rapid.IntRange(0, 2).Draw(t, "board"), rapid.SampledFrom([]string{"x", "y", "status", "command"}).Draw(t, "topic"))
			payload := rapid.SampledFrom([]string{"1", "2.5 C", "nan", "online", "offline", "", "\x00", "a=1,b=nan"}).Draw(t, "payload")
			if rapid.IntRange(0, 3).Draw(t, "of") == 0 {
				topic = "$SYS/" + rapid.SampledFrom([]string{"broker/uptime", "broker/load/bytes/received", "brokers/n/uptime", "broker/connection/b/state"}).Draw(t, "system topic")
				payload = rapid.SampledFrom([]string{"0", "1", "30 seconds", "4000"}).Draw(t, "figure")
			}
			stored := rapid.IntRange(0, 7).Draw(t, "stored") == 0
			story = append(story, func(s *model.Store, later time.Duration) {
				m := message(0, topic, payload)
				m.Time, m.Retained = moment.Add(later), stored
				s.Apply([]model.Message{m})
			})
		}
	}
	return story
}

// everything is all that readers see of a store.
func everything(s *model.Store, logs *model.LogView) []any {
	page := model.NewView(s, true).Read(model.Query{Height: 100, Chart: &model.ChartQuery{Columns: 50, Range: 5 * time.Minute, Messages: 50}})
	page.Status.Revision = 0
	log := logs.Read(model.LogQuery{Height: 1000})
	log.Status.Revision = 0
	return []any{s.Devices(true), page, log, s.Broker()}
}

// TestShift: a story in whose midst the clock is set leaves the store as if the clock
// had been right from its beginning.
func TestShift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		story := drawStory(t)
		set := rapid.IntRange(0, len(story)).Draw(t, "set at")
		by := time.Duration(rapid.Int64Range(-int64(1e13), int64(1e15)).Draw(t, "by"))
		got, want := model.NewStore(newFake, model.Limits{}), model.NewStore(newFake, model.Limits{})
		gotLog, wantLog := model.NewLogView(got), model.NewLogView(want)
		for _, tell := range story[:set] {
			tell(got, 0)
			tell(want, by)
		}
		_ = gotLog.Read(model.LogQuery{}) // it holds what came before
		got.Shift(by)
		compare := func() {
			if diff := cmp.Diff(everything(want, wantLog), everything(got, gotLog)); diff != "" {
				t.Fatalf("set by %v (-told later +set):\n%s", by, diff)
			}
		}
		compare()
		for _, tell := range story[set:] {
			tell(got, by)
			tell(want, by)
		}
		compare()
	})
}

// TestShiftOfHistory has a history long enough for buckets: their times move too.
func TestShiftOfHistory(t *testing.T) {
	t.Parallel()
	const by = 90 * time.Minute
	l, later := newLab(t, model.Limits{}), newLab(t, model.Limits{})
	for i := range 2000 {
		l.say(float64(i), temperature, strconv.Itoa(i%7))
		later.say(float64(i)+by.Seconds(), temperature, strconv.Itoa(i%7))
	}
	l.Shift(by)
	chart := func(l *lab) model.Series {
		p := model.NewView(l.Store, false).Read(model.Query{Height: 1, Chart: &model.ChartQuery{Columns: 60}})
		return p.Detail.Series[0]
	}
	if diff := cmp.Diff(chart(later), chart(l)); diff != "" {
		t.Error(diff)
	}
}

// TestShiftBeyondTime moves the clock out of the range of times, back and forth.
func TestShiftBeyondTime(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 10 {
		l.say(float64(i), temperature, "1")
	}
	for _, by := range []time.Duration{1<<63 - 1, 1<<63 - 1, -1 << 63, -1 << 63, time.Hour} {
		l.Shift(by)
		m, status := l.metric(temperature, ""), l.Status()
		if status.Now.Before(m.Time) || m.PerSec < 0 || m.Interval != time.Second || status.Now.Year() > 2116 || status.Now.Year() < 1969 {
			t.Errorf("by %v: at %v heard %v, %v a second each %v", by, status.Now, m.Time, m.PerSec, m.Interval)
		}
	}
}

// TestHeldLogIsShifted: what a viewer has stopped the log at has the times of the clock
// as it is now.
func TestHeldLogIsShifted(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{Recent: 1})
	v := model.NewLogView(l.Store)
	l.say(1, temperature, "1")
	_ = v.Read(model.LogQuery{Height: 1})
	l.Shift(time.Hour)
	l.say(3602, temperature, "2") // the store keeps the first no longer
	p := v.Read(model.LogQuery{Height: 2, Hold: true})
	if len(p.Messages) != 1 || !p.Messages[0].Time.Equal(at(3601)) {
		t.Errorf("held: %+v", p.Messages)
	}
}
