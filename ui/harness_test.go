package ui_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/model/decode"
	"labtop/testkit/viewer"
	"labtop/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	time.Local = time.UTC // frames show the time of day
	os.Exit(m.Run())
}

// noon is when every test lab is looked at.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// lab is a store with what was told to it, at a clock that stands still.
type lab struct {
	*model.Store
	t testing.TB
}

func newDecoder(t testing.TB) func(string) model.Decoder {
	t.Helper()
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return conventions.Decoder
}

func newLab(t testing.TB) *lab {
	t.Helper()
	l := &lab{model.NewStore(newDecoder(t), model.Limits{}), t}
	l.connect(model.Connection{State: model.Connected})
	return l
}

// connect sets the state of the connection, as of an hour before noon.
func (l *lab) connect(c model.Connection) {
	if c.Subscriptions == nil {
		c.Subscriptions = []model.Subscription{
			{Filter: "iotclass/#", Answered: true},
			{Filter: "home/#", Answered: true, Requested: 1, Granted: 1},
			{Filter: "$SYS/#", Answered: true},
		}
	}
	c.Since = noon.Add(-time.Hour)
	c.Connects = max(c.Connects, 1)
	l.SetConnection(c)
}

// say applies one message that came a while before noon.
func (l *lab) say(before time.Duration, topic, payload string, edit ...func(*model.Message)) {
	m := model.Message{Topic: topic, Payload: []byte(payload), Size: len(payload), Time: noon.Add(-before)}
	for _, e := range edit {
		e(&m)
	}
	l.Apply([]model.Message{m})
}

func retained(m *model.Message) { m.Retained, m.QoS = true, 1 }
func qos(q byte) func(*model.Message) {
	return func(m *model.Message) { m.QoS = q }
}
func dup(m *model.Message) { m.Dup, m.QoS = true, 1 }

// course is the lab of the course after some minutes: boards that are well, one
// that is gone, one that is silent, one with a broken sensor, rooms, JSON.
func course(t testing.TB) *lab {
	t.Helper()
	l := newLab(t)
	for i := 1; i <= 5; i++ {
		l.say(20*time.Minute, fmt.Sprintf("iotclass/lab%d/status", i), "online", retained)
	}
	for k := 240; k > 0; k-- {
		before := time.Duration(k) * 5 * time.Second
		for i := 1; i <= 5; i++ {
			if i == 4 && k < 40 {
				continue
			}
			temperature := fmt.Sprintf("%6.2f", 20+float64(i)+3*math.Sin(float64(k*i)/40))
			if i == 5 && k < 6 {
				temperature = "   nan"
			}
			l.say(before, fmt.Sprintf("iotclass/lab%d/temperature", i), temperature)
			l.say(before, fmt.Sprintf("iotclass/lab%d/humidity", i), fmt.Sprintf("%6.2f", 45+4*math.Cos(float64(k*i)/30)))
		}
		if k%12 == 0 {
			l.say(before, "home/kitchen/motion", []string{"true", "false"}[k/12%2])
			l.say(before, "home/kitchen/light/state", []string{"ON", "OFF"}[k/12%2], qos(1))
			l.say(before, "devices/esp-7/sensors", fmt.Sprintf(`{"temperature":%.1f,"battery":87,"id":"A0:B1:07","net":{"rssi":-61}}`, 21+float64(k%9)/10), qos(1))
		}
	}
	l.say(40*time.Second, "iotclass/lab3/status", "offline", qos(1))
	l.say(30*time.Second, "iotclass/lab2/temperature", " 21.00", dup)
	l.Tick(noon, model.SourceStats{})
	return l
}

// screen is an App without a terminal.
type screen struct {
	*viewer.Viewer
	t testing.TB
}

func newScreen(t testing.TB, l *lab, width, height int, edit ...func(*ui.Options)) *screen {
	t.Helper()
	done := make(chan struct{})
	close(done) // no command waits
	opts := ui.Options{Session: ui.Session{Store: l.Store, Source: "mqtt://lab-pi:1883"}, Theme: "dark", Done: done}
	for _, e := range edit {
		e(&opts)
	}
	return &screen{viewer.Start(t, ui.New(opts), width, height), t}
}

func (s *screen) typed(text string) {
	for _, r := range text {
		s.Press(string(r))
	}
}

// held sends a message and returns what its commands bring, instead of sending it too.
func (s *screen) held(msg tea.Msg) (brought []tea.Msg) {
	var cmd tea.Cmd
	s.Model, cmd = s.Model.Update(msg)
	var run func(cmd tea.Cmd)
	run = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				run(c)
			}
		default:
			brought = append(brought, msg)
		}
	}
	run(cmd)
	return brought
}

// footer is the last row as plain text.
func (s *screen) footer() string {
	rows := strings.Split(s.text(), "\n")
	return rows[len(rows)-1]
}

// text is the picture as plain text.
func (s *screen) text() string { return ansi.Strip(s.Frame()) }

// golden compares the picture with testdata, by the test's name.
func (s *screen) golden() {
	s.t.Helper()
	golden(s.t, s.text()+"\n")
}

func golden(t testing.TB, got string) {
	t.Helper()
	file := filepath.Join("testdata", filepath.FromSlash(t.Name())+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update to make it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the picture differs (-want +got); look at it, then run with -update if it is right:\n%s", diff)
	}
}
