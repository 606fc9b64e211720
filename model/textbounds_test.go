package model_test

import (
	"fmt"
	"strings"
	"testing"

	"labtop/model"
	"labtop/model/decode"
)

// TestNamesAreBounded: topics and metrics whose names have no room are counted, as those
// are beyond their numbers; what is known goes on.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	l := newLab(t, model.Limits{NameBytes: 5000})
	for i := range 10 {
		l.say(1, fmt.Sprintf("lab/%d/%s", i, long), "1")
	}
	for i := range 10 {
		l.say(2, fmt.Sprintf("lab/%d/%s", i, long), "2")
	}
	l.tick(3)
	s := l.Status()
	if s.Tally.Topics == 0 || s.Tally.Topics > 4 || s.Counters.Messages != 20 || s.Counters.Dropped != uint64(20-2*s.Tally.Topics) {
		t.Errorf("%d topics, %+v", s.Tally.Topics, s.Counters)
	}
	if s.Counters.UntrackedMetrics+uint64(2*s.Tally.Metrics) != uint64(2*s.Tally.Topics) {
		t.Errorf("%d topics, %d metrics, %+v", s.Tally.Topics, s.Tally.Metrics, s.Counters)
	}
}

// TestPlacesAreBounded: values at new places in payloads are left out and counted once
// there is no memory for places, whatever topic they are on; those at known ones are not.
func TestPlacesAreBounded(t *testing.T) {
	t.Parallel()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{`"%s%d":1`, `%s%d=1`} {
		payload := func(first int) string {
			var members []string
			for i := first; i < first+20; i++ {
				members = append(members, fmt.Sprintf(form, strings.Repeat("y", 100), i))
			}
			text := strings.Join(members, ",")
			if form[0] == '"' {
				text = "{" + text + "}"
			}
			return text
		}
		l := &lab{model.NewStore(conventions.Decoder, model.Limits{PlaceBytes: 100_000}), t}
		for i := range 100 {
			l.say(1, fmt.Sprintf("iotclass/lab%d/all", i), payload(20*(i/10)))
		}
		for range 3 {
			l.say(2, "iotclass/lab0/all", payload(0))
		}
		l.tick(3)
		s := l.Status()
		if known := 2000 - s.Counters.Skipped; known != 180 || s.Counters.UntrackedMetrics != 0 {
			t.Errorf("%s: %d places, %+v", form, known, s.Counters)
		}
		if d := l.device("iotclass/lab0"); len(d.Metrics) != 20 || d.Metrics[0].Count != 4 {
			t.Errorf("%s: %d metrics, %+v", form, len(d.Metrics), d.Metrics[0])
		}
	}
}

// TestTextsAreBounded: of the last payloads and texts only the start is kept once there
// is no memory for them, and counted; a number's text is whole.
func TestTextsAreBounded(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("text,", 50)
	l := newLab(t, model.Limits{TextBytes: 10_000, Recent: 1})
	for i := range 100 {
		l.say(1, fmt.Sprintf("lab/%d/note", i), text)
	}
	l.say(2, "lab/0/note", text)
	l.say(3, temperature, " 22.50")
	first, last := l.metric("lab/0/note", ""), l.metric("lab/99/note", "")
	if len(first.Text) != len(text) || len(last.Text) < 16 || len(last.Text) > 20 || !strings.HasPrefix(text, last.Text) {
		t.Errorf("%q and %q", first.Text, last.Text)
	}
	if m, _ := l.Last("lab/99/note"); !m.Truncated() || m.Size != len(text) {
		t.Errorf("%+v", m)
	}
	if m := l.metric(temperature, ""); m.Text != "22.50" || m.Value.Num != 22.5 {
		t.Errorf("%+v", m)
	}
	if c := l.Status().Counters; c.Shortened < 150 || c.Shortened > 170 || c.Truncated != 0 {
		t.Errorf("%+v", c)
	}
}
