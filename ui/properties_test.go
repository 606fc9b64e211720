package ui_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"labtop/model"
	"labtop/recording"
)

// told is a message of MQTT 5 that says much.
func told(m *model.Message) {
	m.Properties = &model.Properties{
		Expires: true, Expiry: 5 * time.Minute, Text: true, ContentType: "text/plain", ResponseTopic: "lab/answers",
		CorrelationData: []byte{0xca, 0xfe}, Filters: []string{"lab/#"},
		User: []model.UserProperty{{Name: "room", Value: "kitchen"}, {Name: "room", Value: "hall"}}, LeftOut: 1200,
	}
}

// TestPropertiesOnScreen has the log's pane and the detail show them.
func TestPropertiesOnScreen(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.say(time.Minute, "lab/a/temperature", "21.5", told)
	l.Tick(noon, model.SourceStats{})
	for _, tt := range []struct {
		name          string
		width, height int
		keys          []string
		want          []string
	}{
		{"log", 120, 40, []string{"5", "enter"}, []string{
			"expires       in 4 m", "content type  text/plain", "payload       declared to be UTF-8 text", "property      room = kitchen",
			"property      room = hall", "answer to     lab/answers", "correlation   ca fe", "came by       lab/#", "left out      1 200 bytes of properties",
		}},
		{"log, little room", 80, 24, []string{"5", "enter"}, []string{"property      room = hall", "left out      1 200 bytes"}},
		{"detail", 120, 60, []string{"enter"}, []string{"expires       in 4 m", "property      room = kitchen"}},
		{"detail, little room", 120, 40, nil, []string{"expires in 4 m · content type text/plain"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, l, tt.width, tt.height)
			s.Press(tt.keys...)
			for _, want := range tt.want {
				if !strings.Contains(s.text(), want) {
					t.Errorf("%q is not on the screen:\n%s", want, s.text())
				}
			}
		})
	}
}

// TestManyProperties leaves the payload its place, and can be paged through.
func TestManyProperties(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.say(6*time.Minute, "lab/a/text", strings.Repeat("0123456789", 300)+"END", func(m *model.Message) {
		told(m)
		for i := range 60 {
			m.Properties.User = append(m.Properties.User, model.UserProperty{Name: fmt.Sprint("p", i)})
		}
	})
	l.Tick(noon, model.SourceStats{})
	s := newScreen(t, l, 80, 24)
	s.Press("5", "enter")
	for _, want := range []string{"expired       1 m ago", "more", "0123456789"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("%q is not on the screen:\n%s", want, s.text())
		}
	}
	seen := 0
	for range 20 {
		seen += strings.Count(s.text(), "END")
		s.Press("pgdown")
	}
	if seen == 0 {
		t.Errorf("the end never comes:\n%s", s.text())
	}
}

// TestPagesOfAPayload pages through a payload below properties: no row is left out.
func TestPagesOfAPayload(t *testing.T) {
	t.Parallel()
	const pieces = 300
	var payload strings.Builder
	for i := range pieces {
		fmt.Fprintf(&payload, "<%04d>", i) // thirteen of them are a row
	}
	l := newLab(t)
	l.say(time.Minute, "lab/a/text", payload.String(), told)
	l.Tick(noon, model.SourceStats{})
	for _, screen := range []string{"2", "5"} {
		t.Run("screen "+screen, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, l, 80, 24)
			s.Press(screen, "enter")
			var seen strings.Builder
			for range pieces {
				seen.WriteString(s.text())
				s.Press("pgdown")
			}
			for i := range pieces {
				if piece := fmt.Sprintf("<%04d>", i); !strings.Contains(seen.String(), piece) {
					t.Fatalf("%s is on no page; the last one is\n%s", piece, s.text())
				}
			}
		})
	}
}

// TestPropertiesInAReplay has the screens of a recording show them as the live ones do.
func TestPropertiesInAReplay(t *testing.T) {
	t.Parallel()
	said := model.Message{Topic: "lab/a/temperature", Payload: []byte("21.5"), Size: 4, Time: noon.Add(-time.Minute)}
	told(&said)
	var file bytes.Buffer
	w, err := recording.NewWriter(&file, recording.Info{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Message(&said), w.Close(noon)); err != nil {
		t.Fatal(err)
	}
	r, err := recording.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	live, replayed := newLab(t), newLab(t)
	live.Apply([]model.Message{said})
	if err := recording.Feed(t.Context(), r, replayed); err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]string{{"5", "enter"}, {"enter"}} {
		var shown []string
		for _, l := range []*lab{live, replayed} {
			l.Tick(noon, model.SourceStats{})
			s := newScreen(t, l, 120, 40)
			s.Press(keys...)
			shown = append(shown, s.text())
		}
		if shown[0] != shown[1] || !strings.Contains(shown[0], "room = kitchen") {
			t.Errorf("after %v:\n%s\nlive:\n%s", keys, shown[1], shown[0])
		}
	}
}
