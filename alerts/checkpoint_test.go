package alerts_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
)

// watched is a store with its rules, and viewers that look at it all the time.
type watched struct {
	*model.Store
	engine *alerts.Engine
	view   *model.View
	log    *model.LogView
	told   int // how many transitions were told of
}

// bounds are small enough to be reached.
type bounds struct {
	limits model.Limits
	paths  int
	rules  alerts.Options
}

func newWatched(t interface{ Fatal(...any) }, b bounds) *watched {
	conventions, err := decode.New(decode.Options{MaxPaths: b.paths})
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{Store: model.NewStore(conventions.Decoder, b.limits)}
	b.rules.OnTransition = func(alerts.Transition) { w.told++ }
	if w.engine, err = alerts.New(ruleSet(), b.rules); err != nil {
		t.Fatal(err)
	}
	w.Watch(w.engine)
	w.view, w.log = model.NewView(w.Store, true), model.NewLogView(w.Store)
	return w
}

// everything is all that viewers see. Revisions only grow, so they are left out.
func (w *watched) everything() []any {
	page := w.view.Read(model.Query{Height: 200, Trend: 5})
	log := w.log.Read(model.LogQuery{Height: 1000})
	page.Status.Revision, log.Status.Revision = 0, 0
	seen := []any{page, log, w.engine.Counts(), w.engine.Since(0)}
	alerts := w.engine.Read(0, 1000)
	alerts.Revision = 0
	seen = append(seen, alerts)
	for _, d := range w.Devices(true) {
		keys := []model.Key{{Device: d.Device.ID}}
		for _, m := range d.Metrics {
			k := model.Key{Device: d.Device.ID, Topic: m.Topic, Path: m.Path}
			keys = append(keys, k)
			seen = append(seen, w.Detail(k, model.ChartQuery{Columns: 30, Messages: 3}))
		}
		seen = append(seen, d, w.engine.Standings(keys))
	}
	return seen
}

// step is one thing that happens to a lab; it happens to each of several labs in the
// same way.
type step func(w *watched)

// drawSteps draws some minutes of a lab that begin at now, and returns their end.
func drawSteps(t *rapid.T, now time.Time, name string) ([]step, time.Time) {
	var steps []step
	connects := 1
	for range rapid.IntRange(0, 60).Draw(t, name) {
		now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 500, 1000, 1000, 2000, 5000, 30_000}).Draw(t, "gap")) * time.Millisecond)
		moment := now
		switch rapid.IntRange(0, 19).Draw(t, "what") {
		case 0, 1, 2, 3:
			source := model.SourceStats{LastByte: moment, Silent: time.Duration(rapid.IntRange(0, 1).Draw(t, "silent")) * time.Second}
			steps = append(steps, func(w *watched) { w.Tick(moment, source) })
		case 4:
			connects++
			c := model.Connection{State: model.ConnectionState(rapid.IntRange(0, 2).Draw(t, "state")), Since: moment, Connects: connects}
			for i := range rapid.IntRange(0, 2).Draw(t, "filters") {
				c.Subscriptions = append(c.Subscriptions, model.Subscription{Filter: [...]string{"#", "iotclass/+/temperature"}[i]})
			}
			steps = append(steps, func(w *watched) { w.SetConnection(c) })
		case 5:
			by := time.Duration(rapid.Int64Range(-int64(1e13), int64(1e13)).Draw(t, "by"))
			now = now.Add(by)
			steps = append(steps, func(w *watched) { w.Shift(by) })
		case 6:
			steps = append(steps, func(w *watched) { w.Awoke(moment) })
		case 7:
			now = now.Add(-2 * time.Minute)
			back := now
			steps = append(steps, func(w *watched) { w.Tick(back, model.SourceStats{}) })
		case 8:
			do := rapid.IntRange(0, 3).Draw(t, "do")
			steps = append(steps, func(w *watched) { w.act(do) })
		default:
			m := drawMessage(t, moment)
			steps = append(steps, func(w *watched) { w.Apply([]model.Message{m}) })
		}
	}
	return steps, now
}

// act does something to the most urgent alert.
func (w *watched) act(do int) {
	p := w.engine.Read(0, 1)
	if len(p.Alerts) == 0 {
		return
	}
	switch id := p.Alerts[0].ID; do {
	case 0:
		w.engine.Acknowledge(id)
	case 1:
		w.engine.Silence(id, 5*time.Second)
	case 2:
		w.engine.Silence(id, alerts.UntilResolved)
	default:
		w.engine.Unsilence(id)
	}
}

func drawMessage(t *rapid.T, at time.Time) model.Message {
	board := "iotclass/lab" + strconv.Itoa(rapid.IntRange(0, 2).Draw(t, "board"))
	topic, payload := board+"/temperature", strconv.Itoa(rapid.IntRange(25, 35).Draw(t, "value"))
	switch rapid.IntRange(0, 9).Draw(t, "topic") {
	case 0:
		topic, payload = board+"/status", rapid.SampledFrom([]string{"online", "offline", "asleep"}).Draw(t, "word")
	case 1:
		topic, payload = board+"/door", rapid.SampledFrom([]string{"open", "closed", "ajar"}).Draw(t, "door")
	case 2:
		payload = rapid.SampledFrom([]string{"nan", "", "hello", "\xff\x00", "22.5 C"}).Draw(t, "nothing")
	case 3, 4:
		topic = board + "/sensor"
		payload = fmt.Sprintf(`{"%s":%d,"nested":{"%s":1.5,"unit":"hPa"},"list":[%s]}`,
			rapid.StringMatching("[a-f]").Draw(t, "key"), rapid.IntRange(0, 9).Draw(t, "number"), rapid.StringMatching("[a-f]").Draw(t, "inner"),
			strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"1", "true", `"x"`, "null"}), 0, 4).Draw(t, "list"), ","))
	case 5:
		topic = "$SYS/broker/" + rapid.SampledFrom([]string{"publish/messages/dropped", "uptime", "connection/b/state"}).Draw(t, "figure")
		payload += "0"
		if topic == "$SYS/broker/connection/b/state" {
			payload = "1"
		}
	}
	return model.Message{
		Topic: topic, Payload: []byte(payload), Size: len(payload), Time: at, QoS: 1,
		Retained: rapid.IntRange(0, 9).Draw(t, "retained") == 0, Dup: rapid.IntRange(0, 14).Draw(t, "dup") == 0,
	}
}

func drawBounds(t *rapid.T) bounds {
	if rapid.Bool().Draw(t, "roomy") {
		return bounds{}
	}
	small := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
	return bounds{
		limits: model.Limits{
			Topics: small("topics", 9), Metrics: small("metrics", 20), HistoryBytes: int64(small("history", 4000)),
			PayloadBytes: small("payload", 20), Recent: small("recent", 30), RecentBytes: small("recent bytes", 500), RecentSystem: true,
		},
		paths: small("paths", 9),
		rules: alerts.Options{Watched: small("watched", 40), Log: small("log", 20)},
	}
}

// TestCheckpoint: a lab that is put back to a checkpoint is, and goes on, as one that
// went there directly: in the lab that the checkpoint is from and in another one, once
// and again. Nobody is told of what is put back.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBounds(t)
		before, now := drawSteps(t, epoch, "before")
		lost, elsewhen := drawSteps(t, now, "lost")
		after, _ := drawSteps(t, now, "after")
		elsewhere, _ := drawSteps(t, elsewhen, "elsewhere")

		want, got, other := newWatched(t, b), newWatched(t, b), newWatched(t, b)
		play := func(w *watched, steps []step) {
			for i, s := range steps {
				if s(w); i%16 == 0 {
					w.everything() // viewers may keep what they like
				}
			}
		}
		play(want, before)
		play(got, before)
		play(other, elsewhere)
		c := got.Checkpoint()
		play(got, lost)
		atCheckpoint := want.everything()
		play(want, after)
		for _, w := range []*watched{got, got, other, got} {
			told, _ := w.told, w.everything()
			_, revision := w.Changed()
			_, alertRevision := w.engine.Changed()
			w.Restore(c)
			if w.told != told {
				t.Fatal("somebody was told of what was put back")
			}
			if _, r := w.Changed(); r != revision+1 {
				t.Fatalf("revision %d, was %d before", r, revision)
			}
			if _, r := w.engine.Changed(); r <= alertRevision {
				t.Fatalf("revision %d of the alerts, was %d before", r, alertRevision)
			}
			if diff := cmp.Diff(atCheckpoint, w.everything()); diff != "" {
				t.Fatal("the checkpoint (-want +got):\n" + diff)
			}
			play(w, after)
			if diff := cmp.Diff(want.everything(), w.everything()); diff != "" {
				t.Fatal("after the checkpoint (-want +got):\n" + diff)
			}
		}
	})
}
