package recording_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
	"labtop/recording"
)

// watched is a lab with rules, as the program has it.
type watched struct {
	*model.Store
	engine *alerts.Engine
}

func rules() []alerts.Rule {
	return []alerts.Rule{
		{Name: "hot", Metric: "temperature", Critical: &alerts.Condition{Kind: alerts.Above, Limit: 28, Clear: 27, HasClear: true, For: 10 * time.Second}},
		{Name: "silent", Metric: "*", Warning: &alerts.Condition{Kind: alerts.NoData, After: 20 * time.Second}},
		{Name: "gone", Critical: &alerts.Condition{Kind: alerts.Presence, Presence: model.Offline}},
	}
}

func newWatched(fired func(recording.Mark)) (recording.Lab, error) {
	return newWatchedIn(model.Limits{}, fired)
}

func newWatchedIn(limits model.Limits, fired func(recording.Mark)) (recording.Lab, error) {
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		return nil, err
	}
	o := alerts.Options{}
	if fired != nil {
		o.OnTransition = func(t alerts.Transition) {
			if t.To == alerts.Firing && t.From != alerts.Firing {
				fired(recording.Mark{At: t.Time, Severity: int(t.Alert.Severity), Text: t.Alert.Rule})
			}
		}
	}
	engine, err := alerts.New(rules(), o)
	if err != nil {
		return nil, err
	}
	w := &watched{model.NewStore(conventions.Decoder, limits), engine}
	w.Watch(engine)
	return w, nil
}

// picture is all that anybody can see of a lab, but for the numbers of its changes.
func picture(tb testing.TB, lab recording.Lab) string {
	tb.Helper()
	w, ok := lab.(*watched)
	if !ok {
		tb.Fatalf("a lab of type %T", lab)
	}
	status, page := w.Status(), w.engine.Read(0, math.MaxInt)
	status.Revision, page.Revision = 0, 0
	var log []string
	for _, t := range w.engine.Since(1) {
		log = append(log, fmt.Sprintf("%d %s %s %s %s %s", t.Seq, t.Time, t.Alert.Rule, t.Alert.Series.Device, t.From, t.To))
	}
	messages, properties := model.NewLogView(w.Store).Read(model.LogQuery{Height: math.MaxInt32}).Messages, []json.RawMessage{}
	for i := range messages {
		properties = append(properties, recording.PropertiesJSON(messages[i].Properties))
		messages[i].Properties = nil // what it points to is shown apart
	}
	devices := w.Devices(true)
	for _, d := range devices {
		for i := range d.Metrics {
			properties = append(properties, recording.PropertiesJSON(d.Metrics[i].Properties))
			d.Metrics[i].Properties = nil
		}
	}
	last, _ := w.Last("iotclass/lab1/temperature")
	return fmt.Sprintf("%+v\n%+v\n%+v\n%q\n%+v\n%s\n%s", status, devices, page, log,
		messages, properties, recording.PropertiesJSON(last.Properties))
}

// draw is a recording with a bit of everything, in which no two things happen at the
// same time. When it is calm all times tell what the file tells of the clock.
func draw(rt *rapid.T, calm bool) []byte {
	type thing struct {
		kind  int
		after time.Duration
		board int
		value float64
	}
	things := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) thing {
		pauses := []int{1, 300, 900, 1000, 2500, 15_000, 50_000}
		return thing{
			kind:  rapid.IntRange(0, 30).Draw(rt, "kind"),
			after: time.Duration(rapid.SampledFrom(pauses).Draw(rt, "ms"))*time.Millisecond + time.Nanosecond,
			board: rapid.IntRange(0, 3).Draw(rt, "board"),
			value: float64(rapid.IntRange(200, 320).Draw(rt, "tenths")) / 10,
		}
	}), rapid.SampledFrom([]int{1, 40}).Draw(rt, "least"), 120).Draw(rt, "things")
	at, connects := epoch, 1
	file, w := begun(rt)
	connection := func(state model.ConnectionState) error {
		return w.Connection(at, &model.Connection{State: state, Since: at, Connects: connects, Subscriptions: []model.Subscription{{Filter: "#", Answered: true}}})
	}
	errs := []error{connection(model.Connected)}
	for i := range len(things) % 4 { // what was known
		m := message(-1000*i, fmt.Sprintf("iotclass/lab%d/temperature", i), "29.5")
		m.Known, m.Retained = true, i == 2
		errs = append(errs, w.Known(at, &m))
	}
	for _, it := range things {
		at = at.Add(it.after)
		topic := fmt.Sprintf("iotclass/lab%d/", it.board)
		if calm && (it.kind == 6 || it.kind == 7) {
			it.kind = 30
		}
		payload := fmt.Sprintf("%.1f", it.value)
		when := at
		switch it.kind {
		case 0:
			errs = append(errs, connection(model.Waiting))
			continue
		case 1:
			connects++
			errs = append(errs, connection(model.Connected))
			continue
		case 2:
			errs = append(errs, w.Note(at, "a note"))
			continue
		case 3:
			errs = append(errs, w.Gap(at, recording.Gap{From: at.Add(-time.Millisecond), To: at, Messages: 3}))
			continue
		case 4:
			step := time.Duration(it.board-1) * 20 * time.Minute
			at = at.Add(step)
			errs = append(errs, w.Clock(at, step, 0))
			continue
		case 5:
			away := time.Duration(it.board+1) * time.Minute
			at = at.Add(away)
			errs = append(errs, w.Clock(at, 0, away))
			continue
		case 6: // the clock was set and nobody tells
			at = at.Add(-time.Duration(it.board) * time.Hour)
			when = at
		case 7:
			when = at.Add(-time.Duration(it.board) * time.Second)
		}
		m := model.Message{Topic: topic + "temperature", Payload: []byte(payload), Size: len(payload), Time: when, Retained: it.kind == 8}
		if it.kind == 9 || it.kind == 10 {
			word := []string{"online", "offline"}[it.kind-9]
			m.Topic, m.Payload, m.Size = topic+"status", []byte(word), len(word)
		}
		if it.kind > 15 {
			m.Properties = propertySets()[it.kind+it.board]
		}
		errs = append(errs, w.Message(&m))
		if it.kind > 25 || calm && it.kind > 12 {
			errs = append(errs, w.Flush())
		}
	}
	if err := errors.Join(append(errs, w.Close(at.Add(time.Minute)))...); err != nil {
		rt.Fatal(err)
	}
	return file.Bytes()
}

// asLog is the messages of a recording as a log.
func asLog(rt *rapid.T, file []byte) []byte {
	entries, _, err := read(file)
	if err != nil {
		rt.Fatal(err)
	}
	var log []byte
	for i := range entries {
		if m := &entries[i].Message; entries[i].Kind == recording.MessageEntry {
			log = fmt.Appendf(log, "{\"time\":%q,\"topic\":%q,\"qos\":%d,\"retained\":%t,\"dup\":%t,\"size\":%d,\"payload\":%q}\n",
				m.Time.UTC().Format(time.RFC3339Nano), m.Topic, m.QoS, m.Retained, m.Dup, m.Size, m.Payload)
		}
	}
	if len(log) == 0 {
		return file
	}
	return log
}

// op is something that is asked of a player, and for how long nothing is then.
type op struct {
	name string
	do   func(p *recording.Player)
	wait time.Duration
}

func drawOps(rt *rapid.T) []op {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) op {
		o := op{wait: time.Duration(rapid.IntRange(0, 40_000).Draw(rt, "wait")) * time.Millisecond}
		n := rapid.IntRange(0, 3000).Draw(rt, "n")
		switch rapid.IntRange(0, 7).Draw(rt, "op") {
		case 0:
			speed := rapid.SampledFrom([]float64{0, 0.1, 1, 2, 10, 1000}).Draw(rt, "speed")
			o.name, o.do = fmt.Sprint("speed ", speed), func(p *recording.Player) { p.SetSpeed(speed) }
		case 1:
			o.name, o.do = "play", func(p *recording.Player) { p.Play(true) }
		case 2:
			o.name, o.do = "pause", func(p *recording.Player) { p.Play(false) }
		case 3:
			o.name, o.do = "step", func(p *recording.Player) { p.Step("") }
		case 4:
			o.name, o.do = "step lab1", func(p *recording.Player) { p.Step("iotclass/lab1") }
		case 5:
			kinds := recording.MarkKind(1 + n%15)
			o.name = fmt.Sprintf("jump %v %v", kinds, n%2 == 0)
			o.do = func(p *recording.Player) { p.Jump(kinds, n%2 == 0) }
		default:
			if n%2 == 0 { // small numbers are drawn most
				n = 1500 - n/2
			}
			o.name = fmt.Sprintf("seek %d", n-100)
			o.do = func(p *recording.Player) { p.Seek(epoch.Add(time.Duration(n-100) * 700 * time.Millisecond)) }
		}
		return o
	}), 1, 25).Draw(rt, "ops")
}

// deviceOf is the device of a topic.
func deviceOf(topic string) string { return filepath.Dir(topic) }

// playing runs a player on a file until the test is over.
func playing(t *testing.T, o recording.PlayerOptions) *recording.Player {
	t.Helper()
	p, stop := started(t, o)
	t.Cleanup(stop)
	return p
}

// started runs a player on a file until it is stopped.
func started(tb testing.TB, o recording.PlayerOptions) (p *recording.Player, stop func()) {
	tb.Helper()
	if o.Device = deviceOf; o.NewLab == nil {
		o.NewLab = newWatched
	}
	p, err := recording.NewPlayer(o)
	if err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(tb.Context())
	go func() { ended <- p.Run(ctx) }()
	return p, func() {
		tb.Helper()
		cancel()
		if err := errors.Join(<-ended, p.Close()); err != nil {
			tb.Error(err)
		}
	}
}

// kept is a file with a recording.
func kept(tb testing.TB, data []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "lab.mcap")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// straight is what feeding a file makes of a lab, up to where a player stands.
func straight(t *testing.T, path string, b recording.Playback) string {
	t.Helper()
	f, err := recording.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lab, err := newWatched(nil)
	if err != nil {
		t.Fatal(err)
	}
	if b.Ended {
		err = recording.Feed(t.Context(), f, lab)
	} else {
		err = recording.FeedUntil(f, lab, b.Messages, b.At)
	}
	if err != nil {
		t.Fatal(err)
	}
	return picture(t, lab)
}

// TestPlayerSameStates plays recordings at many speeds, with pauses, steps, jumps and
// seeks: wherever the player stands, the lab and its alerts are those of straight
// playing. No glance on the way there contradicts it.
func TestPlayerSameStates(t *testing.T) {
	t.Parallel()
	var glances atomic.Int64
	defer func() { t.Logf("%d glances", glances.Load()) }()
	rapid.Check(t, func(rt *rapid.T) {
		calm := rapid.Bool().Draw(rt, "calm")
		file := draw(rt, calm)
		if rapid.Bool().Draw(rt, "log") {
			file = asLog(rt, file)
		}
		path := kept(t, file)
		checkpointWork := rapid.SampledFrom([]uint64{5, 5, 1 << 30}).Draw(rt, "checkpoint work")
		glanceWork := rapid.SampledFrom([]uint64{0, 1, 30, 300}).Draw(rt, "glance work")
		ops := drawOps(rt)
		mostIndexed := rapid.SampledFrom([]int{0, 0, 1, 20_000}).Draw(rt, "most indexed")
		var done []string
		var diff string
		synctest.Test(t, func(t *testing.T) {
			o := recording.PlayerOptions{Path: path, Speed: 1, CheckpointBytes: 1 << 20}
			o.CheckpointWork(checkpointWork)
			o.MostIndexed(mostIndexed)
			var wrong error // with the glances
			o.GlanceWork(glanceWork, func(g *recording.Glance, at time.Time) {
				glances.Add(1)
				wrong = errors.Join(wrong, contradicts(path, g, at, calm))
			})
			p := playing(t, o)
			for _, o := range ops {
				done = append(done, fmt.Sprintf("%s, %v", o.name, o.wait))
				o.do(p)
				time.Sleep(o.wait)
				synctest.Wait()
				if wrong != nil {
					diff = wrong.Error()
					return
				}
				if diff = cmp.Diff(straight(t, path, p.Playback()), picture(t, p.Lab())); diff != "" {
					return
				}
			}
		})
		if diff != "" {
			rt.Fatalf("after %q:\n%s", done, diff)
		}
	})
}
