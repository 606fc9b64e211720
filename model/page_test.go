package model_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/model"

	"github.com/google/go-cmp/cmp"
)

// trend draws twelve columns of the temperature: . for nothing, else the last
// digit of the value.
func (l *lab) trend() string {
	l.t.Helper()
	p := model.NewView(l.Store, false).Read(model.Query{Height: 1, Trend: 12})
	return digits(p.Lines[0].Trend)
}

func digits(columns []model.Column) string {
	var s strings.Builder
	for _, c := range columns {
		if c.N == 0 {
			s.WriteByte('.')
		} else {
			fmt.Fprintf(&s, "%d", int(c.Last)%10)
		}
	}
	return s.String()
}

func TestTrend(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		every float64
		say   string // one letter a message: a digit, n for nan, _ for silence
		after float64
		want  string // of 12 columns
	}{
		{"full", 5, "012345678901", 1, "012345678901"},
		{"young", 5, "123", 1, ".........123"},
		{"nothing yet", 5, "n", 1, ""},
		{"nan", 5, "123n567", 1, ".....123.567"},
		{"nan last", 5, "123n", 1, "........123."},
		{"one message missing", 5, "123_567", 1, ".....1233567"},
		{"an outage", 5, "1234____567", 1, ".1234....567"},
		{"silent now", 5, "123", 60, "............"},
		{"silent for a moment", 5, "1234", 9, ".......12344"},
		{"slow", 30, "123456789012", 1, ".23456789012"}, // the first two share a slice
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, model.Limits{})
			second := 0.0
			for i, c := range test.say {
				second = float64(i) * test.every
				switch c {
				case 'n':
					l.say(second, temperature, "nan")
				case '_':
				default:
					l.say(second, temperature, string(c))
				}
			}
			l.tick(second + test.after)
			got := l.trend()
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestTrendCarriesOver: a value from before the window fills its first columns.
func TestTrendCarriesOver(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i, second := range []float64{0, 1, 2, 60, 130} { // no interval is learned
		l.say(second, temperature, strconv.Itoa(i+1))
	}
	l.tick(150) // the window begins at 95
	if got, want := l.trend(), "444444455555"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	l.say(151, temperature, "nan")
	l.say(231, temperature, "6")
	if got, want := l.trend(), "...........6"; got != want {
		t.Errorf("behind a gap: got %s, want %s", got, want)
	}
}

// TestTrendDoesNotShimmer moves the clock on in small steps and the jitter of a
// real network: columns may only move to the left, and never change but the
// newest.
func TestTrendDoesNotShimmer(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	var before string
	for i := range 400 {
		second := 5*float64(i) + []float64{0, 0.03, -0.02, 0.01, 0.3}[i%5] + 1
		l.say(second, temperature, strconv.Itoa(i))
		for _, later := range []float64{0.1, 1, 2, 3, 3.9} {
			l.tick(second + later)
			now := l.trend()
			if i > 20 && now[:11] != before[:11] && now[:10] != before[1:11] {
				t.Fatalf("second %v: %s became %s", second+later, before, now)
			}
			before = now
		}
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 100 {
		l.say(float64(i), temperature, strconv.Itoa(i))
		l.say(float64(i), "iotclass/lab1/humidity", strconv.Itoa(-i))
	}
	l.say(99, "iotclass/lab1/note", "hello")
	l.tick(100)
	hum := model.Key{Device: "iotclass/lab1", Topic: "iotclass/lab1/humidity"}
	v := model.NewView(l.Store, false)
	read := func(cursor model.Key, chart model.ChartQuery) *model.Detail {
		return v.Read(model.Query{Height: 3, Cursor: cursor, Chart: &chart}).Detail
	}

	d := read(hum, model.ChartQuery{Columns: 10, Messages: 3, Overlay: []model.Key{
		hum, {Device: "iotclass/lab1", Topic: temperature}, {Device: "gone"},
	}})
	if d.Metric.Name != "humidity" || len(d.Series) != 2 || d.Series[1].Metric.Name != "temperature" {
		t.Fatalf("got %+v", d)
	}
	if !d.From.Equal(at(0)) || !d.To.Equal(at(100)) || !d.Start.Equal(at(0)) {
		t.Errorf("all: %v to %v, start %v", d.From, d.To, d.Start)
	}
	n := 0
	for _, c := range d.Series[0].Columns {
		n += c.N
	}
	if n != 100 {
		t.Errorf("%d readings, want 100", n)
	}
	var payloads []string
	for _, m := range d.Messages {
		payloads = append(payloads, m.Topic[len("iotclass/lab1/"):]+string(m.Payload))
	}
	if diff := cmp.Diff([]string{"humidity-99", "humidity-98", "humidity-97"}, payloads); diff != "" {
		t.Error(diff)
	}

	d = read(hum, model.ChartQuery{Range: 10 * time.Second, Columns: 2})
	if !d.From.Equal(at(90)) || d.Series[0].Columns[0].Max != -90 || d.Series[0].Columns[1].Min != -99 || len(d.Messages) != 0 {
		t.Errorf("range: %+v", d)
	}
}

// TestDetailOfAPast shows a time that is over.
func TestDetailOfAPast(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 100 {
		l.say(float64(i), temperature, strconv.Itoa(i))
	}
	l.tick(200)
	k := model.Key{Device: "iotclass/lab1", Topic: temperature}
	d := l.Detail(k, model.ChartQuery{Range: 10 * time.Second, Until: at(50), Columns: 2})
	if !d.From.Equal(at(40)) || !d.To.Equal(at(50)) || d.Series[0].Columns[0].Min != 40 || d.Series[0].Columns[1].Max < 49 {
		t.Errorf("got %+v", d)
	}
	if d := l.Detail(model.Key{Device: "gone"}, model.ChartQuery{}); d != nil {
		t.Errorf("a device that is not there has %+v", d)
	}
	if d := l.Detail(k, model.ChartQuery{Until: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), Range: time.Hour, Columns: 4}); len(d.Series[0].Columns) != 4 {
		t.Errorf("a far future: %+v", d)
	}
}

func TestDetailOfADevice(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	l.say(0, "d/a/note", "hello")
	l.say(0, "d/b/aaa", "hello")
	l.say(0, "d/b/switch", "on")
	v := model.NewView(l.Store, false)
	for device, want := range map[string]string{"d/a": "note", "d/b": "switch"} {
		p := v.Read(model.Query{
			Height: 9, Cursor: model.Key{Device: device}, Order: model.Order{FoldAll: true},
			Chart: &model.ChartQuery{Columns: 10},
		})
		if p.Detail.Metric.Name != want {
			t.Errorf("%s: %s, want %s", device, p.Detail.Metric.Name, want)
		}
	}
}

func TestTheLastMessageIsAlwaysThere(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{Recent: 5, PayloadBytes: 4})
	l.say(0, temperature, "22.500", qos1, retained)
	for range 5 {
		l.say(1, "x/y/z", "1")
	}
	last := func() []model.Message {
		p := model.NewView(l.Store, false).Read(model.Query{Height: 3, Chart: &model.ChartQuery{Messages: 9}})
		return p.Detail.Messages
	}
	want := []model.Message{{Topic: temperature, Payload: []byte("22.5"), Size: 6, Time: at(0).Local(), QoS: 1, Retained: true}}
	got := last()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// What was handed out does not change with the next message.
	l.say(2, temperature, "9999")
	for range 5 {
		l.say(3, "x/y/z", "1")
	}
	if string(got[0].Payload) != "22.5" {
		t.Errorf("the page changed to %q", got[0].Payload)
	}
	if got := last(); string(got[0].Payload) != "9999" || got[0].Retained {
		t.Errorf("got %+v", got)
	}
}

func TestLargePayloads(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{RecentBytes: 8<<20 + 8*len("d/00/image"), PayloadBytes: 1024})
	payload := bytes.Repeat([]byte("x"), 1<<20)
	for i := range 50 {
		l.Apply([]model.Message{{Topic: fmt.Sprintf("d/%d/image", i), Payload: bytes.Clone(payload), Size: 1 << 20, Time: at(float64(i))}})
	}
	whole := 0
	v := model.NewView(l.Store, false)
	for i := range 50 {
		key := model.Key{Device: fmt.Sprintf("d/%d", i), Topic: fmt.Sprintf("d/%d/image", i)}
		m := v.Read(model.Query{Height: 1, Cursor: key, Chart: &model.ChartQuery{Messages: 9}}).Detail.Messages
		switch {
		case len(m) != 1:
			t.Fatalf("%d messages", len(m))
		case len(m[0].Payload) == 1<<20:
			whole++
		case len(m[0].Payload) != 1024 || m[0].Size != 1<<20:
			t.Errorf("%d bytes of %d", len(m[0].Payload), m[0].Size)
		}
	}
	if whole != 8 {
		t.Errorf("%d whole payloads, want 8", whole)
	}
}

func TestPagesAreCopies(t *testing.T) {
	t.Parallel()
	l := newLab(t, model.Limits{})
	for i := range 10 {
		l.say(float64(i), temperature, strconv.Itoa(i))
	}
	read := func() model.Page {
		return model.NewView(l.Store, false).Read(model.Query{Height: 5, Trend: 12, Chart: &model.ChartQuery{Columns: 9, Messages: 9}})
	}
	before, same := read(), read()
	for i := range 600 {
		l.say(float64(10+i), temperature, "99 C")
		l.say(float64(10+i), "iotclass/lab1/"+strconv.Itoa(i), "1")
	}
	l.say(700, "iotclass/lab1/status", "offline")
	if diff := cmp.Diff(same, before); diff != "" {
		t.Errorf("the page changed: %s", diff)
	}
}
