package model_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/model"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const temperature = "iotclass/lab1/temperature"

func TestStatistics(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, temperature, "99", retained)
	l.say(1, temperature, " 22.50")
	l.say(2, temperature, "20", qos1)
	l.say(3, temperature, "24.125 C", dup)
	l.say(4, temperature, "nan")
	got := l.metric(temperature, "")
	want := model.Metric{
		Topic: temperature, Name: "temperature", Label: "temperature",
		Value: model.Value{Kind: model.Number, Num: 24.125}, ValueTime: at(3).Local(),
		Condition: model.NoReading, Text: "nan", Time: at(4).Local(),
		Dup: 1, Count: 5, Plotted: 3, Min: 20, Max: 24.125, Mean: 22.208333333333332,
		Unit: "C", Decimals: 3, Interval: time.Second, PerSec: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStoredValueIsShownButNotPlotted(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 10 {
		l.say(float64(i), temperature, "22.5", retained)
	}
	m := l.metric(temperature, "")
	if m.Value.Num != 22.5 || !m.Retained || m.Count != 10 {
		t.Errorf("not shown: %+v", m)
	}
	if m.Plotted != 0 || m.PerSec != 0 || m.Interval != 0 {
		t.Errorf("counts as an event: %+v", m)
	}
	if d := l.device("iotclass/lab1").Device; !d.LastSeen.IsZero() || !d.Heard.Equal(at(9)) {
		t.Errorf("seen %v, heard %v", d.LastSeen, d.Heard)
	}
	if s := l.Status(); s.PerSec != 0 || s.Counters.Retained != 10 {
		t.Errorf("status: %+v", s)
	}
	l.tick(1e6)
	if m := l.metric(temperature, ""); m.State != model.StateOK {
		t.Error("a stored value turned stale")
	}
}

func TestRepeatedDeliveriesTeachNoInterval(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 5 {
		l.say(float64(i), temperature, "1", dup)
	}
	if m := l.metric(temperature, ""); m.Interval != 0 || m.Dup != 5 {
		t.Errorf("interval %v, dup %d", m.Interval, m.Dup)
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		topic    string
		messages []string // "R:" before a payload means retained
		want     model.Condition
		text     string
		value    float64
	}{
		{"reading", temperature, []string{"22.5"}, model.Fine, "22.5", 22.5},
		{"nan keeps the value", temperature, []string{"22.5", "nan"}, model.NoReading, "nan", 22.5},
		{"and is over with the next", temperature, []string{"22.5", "nan", "23"}, model.Fine, "23", 23},
		{"only nan", temperature, []string{"nan"}, model.NoReading, "nan", 0},
		{"empty", temperature, []string{"22.5", ""}, model.Empty, "", 22.5},
		{"only empty", temperature, []string{""}, model.Empty, "", 0},
		{"cleared", temperature, []string{"R:22.5", ""}, model.Cleared, "", 22.5},
		{"cleared long after", temperature, []string{"R:22.5", "23", ""}, model.Cleared, "", 23},
		{"presence is stored as a rule", "d/lab1/status", []string{"online", ""}, model.Cleared, "", 0},
		{"binary", temperature, []string{"22.5", "\x00\x01"}, model.Binary, "", 22.5},
		{"broken json is text", temperature, []string{"{nan"}, model.Fine, "{nan", 0},
		{"broken json is no reading among numbers", temperature, []string{"22.5", "{nan"}, model.NoReading, "{nan", 22.5},
		{"text after binary", temperature, []string{"\x00", "{nan"}, model.Fine, "{nan", 0},
		{"text is made safe", temperature, []string{"\x1b[31mred"}, model.Fine, "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			for i, payload := range test.messages {
				if stored, found := strings.CutPrefix(payload, "R:"); found {
					l.say(float64(i), test.topic, stored, retained)
				} else {
					l.say(float64(i), test.topic, payload)
				}
			}
			m := l.metric(test.topic, "")
			if m.Condition != test.want || m.Value.Num != test.value || m.Count != uint64(len(test.messages)) {
				t.Errorf("got %v, value %v, count %d", m.Condition, m.Value, m.Count)
			}
			if test.text != "" && m.Text != test.text || strings.Contains(m.Text, "\x1b") {
				t.Errorf("text %q, want %q", m.Text, test.text)
			}
		})
	}
}

func TestClearedTopicClearsEveryPath(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, temperature, "a=1,b=2", retained)
	l.say(1, temperature, "")
	for _, path := range []string{"a", "b"} {
		if m := l.metric(temperature, path); m.Condition != model.Cleared {
			t.Errorf("%s: %v", path, m.Condition)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		payloads []string
		want     string
	}{
		{"none", []string{"22.5"}, ""},
		{"stays", []string{"22.5 C", "22.5", "off", "nan", "x"}, "C"},
		{"comes late", []string{"22.5", "22.5 C"}, "C"},
		{"the sender changed it", []string{"22.5 C", "72 F"}, "F"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			for i, payload := range test.payloads {
				l.say(float64(i), temperature, payload)
			}
			if got := l.metric(temperature, "").Unit; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// unitDecoder says a unit and its source: "C 3".
type unitDecoder struct{ fakeDecoder }

func (u *unitDecoder) Decode(m *model.Message, d *model.Decoded) {
	unit, source, _ := strings.Cut(string(m.Payload), " ")
	d.Readings = append(d.Readings, model.Reading{
		Value: model.Value{Kind: model.Number, Num: 1}, Unit: unit, UnitSource: model.UnitSource(source[0] - '0'),
	})
}

func TestStrongerUnitWins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		payloads []string
		want     string
	}{
		{"stronger", []string{"a 1", "b 3"}, "b"},
		{"weaker", []string{"a 3", "b 1"}, "a"},
		{"equal and empty", []string{"a 3", " 3"}, "a"},
		{"stronger and empty", []string{"a 3", " 5"}, "a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := model.NewStore(func(topic string) model.Decoder {
				return &unitDecoder{*newFake(topic).(*fakeDecoder)}
			}, model.Limits{})
			l := &lab{s, t}
			for i, payload := range test.payloads {
				l.say(float64(i), temperature, payload)
			}
			if got := l.metric(temperature, "").Unit; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{Topics: 6, Metrics: 4})
	l.say(0, "a/1/x", "1", retained)
	l.say(1, "a/1/x", "2", dup)
	l.say(2, "a/1/command", "go")
	l.say(3, "$SYS/broker/uptime", "23 seconds", retained)
	l.say(4, "a/1/y", "\x00")
	l.say(5, "a/1/y", "skip")
	l.say(6, "a/1/y", "long", func(m *model.Message) { m.Size = 1 << 21 })
	l.say(7, "a/1/z", "p=1,q=2,r=3") // one metric left for these
	l.say(8, "a/1/z", "p=1,q=2,r=3")
	l.say(9, "a/1/w", "1")  // the last topic, no metric
	l.say(10, "a/1/v", "1") // over the topic cap
	l.say(11, "$SYS/broker/load", "1")
	l.say(12, "a/1/x", "3")
	l.say(12, "a/1/y", "{nan")
	got := l.Status()
	want := model.Counters{
		Messages: 12, System: 2, Retained: 1, Dup: 1, Commands: 1, Dropped: 2,
		UntrackedMetrics: 5, Truncated: 1, Undecodable: 2, Skipped: 3,
	}
	if diff := cmp.Diff(want, got.Counters); diff != "" {
		t.Error(diff)
	}
	if m := l.metric("a/1/x", ""); m.Value.Num != 3 || m.Count != 3 {
		t.Errorf("a known topic does not update: %+v", m)
	}
	l.tick(13)
	if diff := cmp.Diff(model.Tally{Devices: 1, Topics: 5, Metrics: 3}, l.Status().Tally); diff != "" {
		t.Error(diff)
	}
	if !l.Status().LastMessage.Equal(at(12)) {
		t.Errorf("last message %v", l.Status().LastMessage)
	}
}

func TestCommandsMakeNoDevice(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, "iotclass/lab1/command", "reboot")
	if got := l.Devices(true); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestSystemTopicsApart(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, "$SYS/broker/uptime", "23 seconds")
	l.say(0, "a/1/x", "1")
	if got := names(l.Devices(false)); got != "a/1" {
		t.Errorf("without: %s", got)
	}
	if got := names(l.Devices(true)); got != "$SYS a/1" {
		t.Errorf("with: %s", got)
	}
	if p := model.NewView(l.Store, false).Read(model.Query{Height: 9}); p.Total != 1 || p.Shown != 1 {
		t.Errorf("view without: %+v", p)
	}
	if p := model.NewView(l.Store, true).Read(model.Query{Height: 9}); p.Total != 2 || !p.Lines[0].Device.System {
		t.Errorf("view with: %+v", p)
	}
}

func TestEvictedIsCounted(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{HistoryBytes: 64})
	for i := range 10 {
		l.say(float64(i), "a/1/x", strconv.Itoa(i))
		l.say(float64(i), "a/1/y", strconv.Itoa(i))
	}
	if got := l.Status().Counters.Evicted; got != 6+10 {
		t.Errorf("evicted %d, want 16", got)
	}
	for _, topic := range []string{"a/1/x", "a/1/y"} {
		if m := l.metric(topic, ""); m.Value.Num != 9 || m.Plotted != 10 || m.Mean != 4.5 {
			t.Errorf("%s: %+v", topic, m)
		}
	}
}

func TestMeanDoesNotOverflow(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i, payload := range []string{"1.7e308", "-1.7e308", "1.7e308", "1.7e308"} {
		l.say(float64(i), "a/1/x", payload)
	}
	if m := l.metric("a/1/x", ""); math.IsInf(m.Mean, 0) || math.IsNaN(m.Mean) {
		t.Errorf("mean %v", m.Mean)
	}
}

func TestNamesOfPaths(t *testing.T) {
	t.Parallel()
	tests := []struct{ path, name, label string }{
		{"", "sensor", "sensor"},
		{"temperature", "temperature", "sensor.temperature"},
		{"BME280.Temperature", "Temperature", "sensor.BME280.Temperature"},
		{"value", "sensor", "sensor"},
		{"temperature.value", "temperature", "sensor.temperature"},
		{"temperature[0]", "temperature[0]", "sensor.temperature[0]"},
		{"[0]", "sensor[0]", "sensor[0]"},
		{"[1][0]", "sensor[1][0]", "sensor[1][0]"},
		{"[0].value", "sensor[0]", "sensor[0]"},
		{"[0].t", "t", "sensor[0].t"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			l.say(0, "a/1/sensor", strings.TrimPrefix(test.path+"=1", "="))
			m := l.metric("a/1/sensor", test.path)
			if m.Name != test.name || m.Label != test.label {
				t.Errorf("name %q, label %q", m.Name, m.Label)
			}
		})
	}
}

func TestDecimals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		payload string
		want    int
	}{
		{"21", 0},
		{"21.5", 1},
		{"21.50", 2},
		{"21.50 C", 2},
		{"21.50000", 3},
		{"2.15e1", 1},
		{"2.15E+01 C", 1},
		{"2.15e2", 0},
		{"215e-2", 2},
		{"1e-1", 1},
		{"1e-3", 3},
		{"1e-300", 3},
		{"-1.5e300", 0},
		{"3.3e-1", 2},
		{"0e0", 0},
	}
	for _, test := range tests {
		t.Run(test.payload, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			l.say(0, temperature, test.payload)
			if got := l.metric(temperature, "").Decimals; got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestReadingOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for _, m := range []string{"status=online", "note=hi", "motion=on", "x10=1", "humidity=1", "x9=1", "temperature=1"} {
		topic, payload, _ := strings.Cut(m, "=")
		l.say(0, "a/1/"+topic, payload)
	}
	var got []string
	for _, m := range l.device("a/1").Metrics {
		got = append(got, m.Name)
	}
	if want := "temperature humidity x9 x10 motion note status"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestMetricsOfManyPaths tries all ways of finding a metric.
func TestMetricsOfManyPaths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLab(t, model.Limits{Metrics: 200})
		counts := map[string]uint64{}
		for i := range rapid.IntRange(1, 60).Draw(t, "messages") {
			paths := rapid.SliceOfNDistinct(rapid.IntRange(0, 120), 1, 40, rapid.ID[int]).Draw(t, "paths")
			var payload []string
			for _, p := range paths {
				payload = append(payload, fmt.Sprintf("p%d=%d", p, p))
				counts[fmt.Sprintf("p%d", p)]++
			}
			l.say(float64(i), "a/1/x", strings.Join(payload, ","))
		}
		l.tick(100)
		metrics := l.device("a/1").Metrics
		if len(metrics) != len(counts) {
			t.Fatalf("%d metrics, want %d", len(metrics), len(counts))
		}
		for _, m := range metrics {
			if m.Count != counts[m.Path] || fmt.Sprintf("p%v", m.Value.Num) != m.Path {
				t.Errorf("%s: count %d, want %d; value %v", m.Path, m.Count, counts[m.Path], m.Value.Num)
			}
		}
	})
}

func TestApplyLeavesTheBatchAlone(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{PayloadBytes: 4})
	batch := []model.Message{message(0, temperature, "22.5001"), message(1, temperature, "23.5001")}
	want := append([]model.Message(nil), batch...)
	l.Apply(batch)
	if diff := cmp.Diff(want, batch); diff != "" {
		t.Error(diff)
	}
	l.Apply(nil)
}

func TestClockSetBack(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 10 {
		l.say(float64(7200+i), temperature, strconv.Itoa(i))
	}
	l.say(7210, "iotclass/lab1/status", "online")
	l.SetConnection(model.Connection{State: model.Connected, Connects: 2, Since: at(7205)})
	l.tick(7210)
	l.tick(3600) // an hour back
	for i := range 10 {
		l.say(float64(3602+2*i), temperature, strconv.Itoa(i))
		l.tick(float64(3602 + 2*i))
	}
	m := l.metric(temperature, "")
	if !m.Time.Equal(at(3620)) || m.State != model.StateOK || m.Plotted != 20 || m.Interval != 2*time.Second {
		t.Errorf("got %+v", m)
	}
	if d := l.device("iotclass/lab1").Device; d.LastSeen.After(at(3620)) || d.PresenceSince.After(at(3620)) {
		t.Errorf("device is of the future: %+v", d)
	}
	page := model.NewView(l.Store, false).Read(model.Query{Height: 1, Chart: &model.ChartQuery{Columns: 60}})
	n := 0
	for _, c := range page.Detail.Series[0].Columns {
		n += c.N
	}
	if n != 20 {
		t.Errorf("chart shows %d readings, want 20", n)
	}
	l.tick(3700)
	if m := l.metric(temperature, ""); m.State != model.StateStale {
		t.Error("never stale after the clock was set back")
	}
}

func TestOneMessageFromTheFuture(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 10 {
		l.say(float64(i), temperature, "1")
	}
	l.say(1e9, "a/1/x", "1")
	l.tick(10)
	l.say(10, temperature, "1")
	l.tick(11)
	if m := l.metric(temperature, ""); m.State != model.StateOK || !m.Time.Equal(at(10)) {
		t.Errorf("got %+v", m)
	}
	if s := l.Status(); !s.Now.Equal(at(11)) || s.LastMessage.After(at(11)) {
		t.Errorf("now %v, last message %v", s.Now, s.LastMessage)
	}
}

func TestAnyTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLab(t, model.Limits{HistoryBytes: 4096})
		v := model.NewView(l.Store, true)
		times := rapid.SampledFrom([]time.Time{{}, time.Unix(0, 0), at(0), at(1), at(2), at(100), at(-1e6), at(1e9), time.Unix(1<<61, 0)})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now := times.Draw(t, "time")
			m := message(0, "a/1/x", rapid.SampledFrom([]string{"1", "nan", "", "on"}).Draw(t, "payload"))
			m.Time = now
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				l.Tick(now, model.SourceStats{})
			case 1:
				l.SetConnection(model.Connection{State: model.Connected, Connects: 2, Since: now})
			default:
				l.Apply([]model.Message{m})
			}
			p := v.Read(model.Query{Height: 5, Trend: 12, Chart: &model.ChartQuery{Columns: 20, Messages: 5}})
			if p.Status.PerSec < 0 || math.IsNaN(p.Status.PerSec) {
				t.Fatalf("rate %v", p.Status.PerSec)
			}
		}
	})
}

func TestChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	steps := []struct {
		name string
		do   func()
	}{
		{"message", func() { l.say(0, "a/1/x", "1") }},
		{"tick", func() { l.tick(1) }},
		{"connection", func() { l.SetConnection(model.Connection{}) }},
	}
	for _, step := range steps {
		changed, before := l.Changed()
		select {
		case <-changed:
			t.Errorf("%s: changed before", step.name)
		default:
		}
		step.do()
		select {
		case <-changed:
		default:
			t.Errorf("%s: not told", step.name)
		}
		if _, after := l.Changed(); after <= before || after != l.Status().Revision {
			t.Errorf("%s: revision %d after %d", step.name, after, before)
		}
	}
}
