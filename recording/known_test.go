package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// TestKnown writes what was known of topics, and reads it.
func TestKnown(t *testing.T) {
	t.Parallel()
	long, none := message(-4, "iotclass/lab1/log", "the start"), message(-2, "iotclass/lab1/none", "")
	long.Size, long.QoS, long.Retained, long.Dup = 4000, 2, true, true
	late := message(8, "late", "from the future")
	with := message(-1, "iotclass/lab1/temperature", "21.5")
	with.Properties = &model.Properties{ContentType: "text/plain"}
	known := []model.Message{long, none, with, late}
	file := written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range known {
			known[i].Known = true
			errs = append(errs, w.Known(epoch, &known[i]))
		}
		live := message(0, "iotclass/lab1/humidity", "40")
		return errors.Join(append(errs, w.Message(&live))...)
	})
	entries, health, err := read(file)
	if err != nil || health != (recording.Health{}) || len(entries) != len(known)+2 {
		t.Fatalf("%v, %+v, %d entries", err, health, len(entries))
	}
	known[3].Time = epoch // never after the time at which it was known
	for i := range known {
		want := recording.Entry{Kind: recording.KnownEntry, Time: epoch, Message: known[i]}
		if got := &entries[i]; !same(got, &want) || !got.Message.Time.Equal(known[i].Time) || !got.Message.Known || !cmp.Equal(got.Message.Properties, known[i].Properties) {
			t.Errorf("%d: %s at %v, want %s at %v", i, text(got), got.Message.Time, text(&want), known[i].Time)
		}
	}
	if last := &entries[len(known)]; last.Kind != recording.MessageEntry || last.Message.Known || last.Message.Properties != nil {
		t.Errorf("the message: %s", text(last))
	}
	copied := written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range entries {
			errs = append(errs, w.Entry(&entries[i]))
		}
		return errors.Join(errs...)
	})
	again, _, err := read(copied)
	if diff := cmp.Diff(entries, again); err != nil || diff != "" {
		t.Errorf("its copy is another one: %v, %s", err, diff)
	}
}

// standings is what is known of a lab's devices, their counts and what is learned of their
// pace apart.
func standings(tb testing.TB, lab recording.Lab) []string {
	tb.Helper()
	w, _ := lab.(*watched)
	var lines []string
	for _, d := range w.Devices(true) {
		lines = append(lines, fmt.Sprintf("%s %s (stored: %v) seen %v heard %v", d.Device.ID, d.Device.Presence, d.Device.PresenceRetained, d.Device.LastSeen, d.Device.Heard))
		for _, m := range d.Metrics {
			lines = append(lines, fmt.Sprintf("  %s %s %v at %v, %q at %v, %v %s, QoS %d, stored: %v", m.Topic, m.Path, m.Value, m.ValueTime, m.Text, m.Time, m.Condition, m.Unit, m.QoS, m.Retained))
		}
	}
	return lines
}

// TestBeginsWithWhatIsKnown records the rest of a session: what was known before is there,
// as it was, and is no traffic and nothing new to the alerts.
func TestBeginsWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	live, err := newWatched(nil)
	if err != nil {
		t.Fatal(err)
	}
	connection := model.Connection{State: model.Connected, Since: epoch.Add(-time.Hour), Connects: 1, Subscriptions: []model.Subscription{{Filter: "#", Answered: true}}}
	live.SetConnection(connection)
	say := func(seconds float64, topic, payload string, retained bool) model.Message {
		m := message(0, topic, payload)
		m.Time, m.Retained = epoch.Add(time.Duration(seconds*float64(time.Second))), retained
		return m
	}
	big := say(-1800, "zigbee2mqtt/lamp", `{"state":"ON","note":"`+string(bytes.Repeat([]byte("x"), 3000))+`"}`, false)
	live.Apply([]model.Message{
		say(-3600, "iotclass/lab1/status", "online", true),
		say(-3600, "iotclass/lab2/status", "online", true),
		say(-3600, "iotclass/lab3/status", "online", true),
		say(-3600, "iotclass/lab3/target", "21.5", true),
		say(-3599, "iotclass/lab1/temperature", "35.50", false),
		say(-3500, "iotclass/lab2/status", "offline", false),
		say(-3400, "iotclass/lab4/status", "online", false),
		say(-3400, "iotclass/lab4/command", "reboot", false),
		say(-3400, "iotclass/lab4/note", "no reading \x00\x01", false),
		say(-3000, "$SYS/broker/version", "mosquitto version 2.0.11", true),
		big,
		say(-1, "iotclass/lab1/humidity", "40", false),
	})
	live.Tick(epoch, model.SourceStats{})

	path := filepath.Join(t.TempDir(), "lab.mcap")
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	w, _ := live.(*watched)
	r.Begin(epoch, connection, w.Known())
	rest := model.Batch{Messages: []model.Message{say(2, "iotclass/lab1/humidity", "41", false), say(4, "iotclass/lab5/temperature", "20", false)}}
	live.Apply(rest.Messages)
	r.Record(rest)
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	if s := r.Status(); s.Messages != 2 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
	entries, _, err := read(readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	var known []time.Time
	for i := range entries {
		if entries[i].Kind == recording.KnownEntry {
			known = append(known, entries[i].Message.Time)
		}
	}
	if len(known) != 11 || !slices.IsSortedFunc(known, time.Time.Compare) {
		t.Errorf("what is known is not told in the order in which it came: %v", known)
	}

	var fired []string // but for those that are silent after the end
	lab, err := newWatched(func(m recording.Mark) {
		if m.Text != "silent" {
			fired = append(fired, m.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := recording.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := recording.Feed(t.Context(), f, lab); err != nil {
		t.Fatal(err)
	}
	if health := f.Health(); health != (recording.Health{}) {
		t.Errorf("%+v", health)
	}
	if diff := cmp.Diff(standings(t, live), standings(t, lab)); diff != "" {
		t.Error(diff)
	}
	played, _ := lab.(*watched)
	status := played.Status()
	if status.Counters.Messages != 2 || status.Counters.Retained != 0 || status.Counters.System != 0 || len(fired) > 0 {
		t.Errorf("%+v, alerts: %v", status.Counters, fired)
	}
	for _, d := range played.Devices(true) {
		for _, m := range d.Metrics {
			if want := map[string]uint64{"iotclass/lab1/humidity": 1, "iotclass/lab5/temperature": 1}[m.Topic]; m.Plotted != want {
				t.Errorf("%s: %d readings in the chart, want %d", m.Topic, m.Plotted, want)
			} else if m.Count != want {
				t.Errorf("%s: %d messages counted, want %d", m.Topic, m.Count, want)
			}
		}
	}
	if got := model.NewLogView(played.Store).Read(model.LogQuery{Height: 100}).Messages; len(got) != 2 {
		t.Errorf("%d messages in the log", len(got))
	}
	var counted uint64
	tree := model.NewTopicView(played.Store).Read(model.TopicQuery{OpenAll: true, Height: 100})
	for _, row := range tree.Rows {
		if row.Depth == 0 {
			counted += row.Count
		}
	}
	if tree.Topics != 12 || counted != 2 {
		t.Errorf("%d topics with %d messages in the tree", tree.Topics, counted)
	}
	if about, err := os.Stat(path); err != nil || about.Size() > 2500 {
		t.Errorf("%v, %d bytes", err, about.Size())
	}
}

// TestBeginsWithBothWays begins a recording where topics came both live and as stored: a device
// was seen when it was, and a stored message can be cleared that the recording has only known.
func TestBeginsWithBothWays(t *testing.T) {
	t.Parallel()
	live, err := newWatched(nil)
	if err != nil {
		t.Fatal(err)
	}
	start := epoch.Add(-time.Hour)
	for i, of := range bothWays {
		m := message(0, of.topic, of.payload)
		m.Time, m.Retained = start.Add(time.Duration(i)*time.Second), of.stored
		live.Apply([]model.Message{m})
	}
	live.Tick(epoch, model.SourceStats{})
	w, _ := live.(*watched)
	path := filepath.Join(t.TempDir(), "lab.mcap")
	r, err := recording.StartRecorder(recording.RecorderOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r.Begin(epoch, model.Connection{State: model.Connected, Since: start, Connects: 1}, w.Known())
	cleared := message(4, "iotclass/lab1/temperature", "")
	r.Record(model.Batch{Messages: []model.Message{cleared}})
	live.Apply([]model.Message{cleared})
	live.Tick(epoch.Add(time.Second), model.SourceStats{})
	r.EndAt(epoch.Add(time.Second))
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	file, _, err := read(readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(standings(t, live), standings(t, fed(t, file))); diff != "" {
		t.Error(diff)
	}
}

// TestKnownIsNotPlayed has the player stand at the beginning with all that was known, and
// step over none of it.
func TestKnownIsNotPlayed(t *testing.T) {
	t.Parallel()
	known := message(-400, "iotclass/lab1/temperature", "35")
	known.Known = true
	path := kept(t, written(t, func(w *recording.Writer) error {
		first, second := message(16, "iotclass/lab2/temperature", "20"), message(32, "iotclass/lab1/temperature", "21")
		return errors.Join(w.Connection(epoch, &model.Connection{State: model.Connected, Since: epoch}), w.Known(epoch, &known), w.Message(&first), w.Message(&second))
	}))
	synctest.Test(t, func(t *testing.T) {
		p, stop := started(t, recording.PlayerOptions{Path: path, Paused: true})
		defer stop()
		for _, want := range []string{"0.0 0 35", "4.0 1 35", "8.0 2 21"} {
			synctest.Wait()
			w, _ := p.Lab().(*watched)
			shown := "nothing"
			for _, d := range w.Devices(true) {
				if d.Device.ID == "iotclass/lab1" {
					shown = d.Metrics[0].Text
				}
			}
			if got := standing(p) + " " + shown; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			p.Step("")
		}
	})
}
