package ui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"labtop/model"
	kept "labtop/retained"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// fakeRetained is a broker that keeps what a test says, and writes down what is asked.
type fakeRetained struct {
	plan   kept.Plan
	err    error
	report ui.ClearReport
	tells  int // of how many topics Clear tells at once

	mu        sync.Mutex
	asked     []string
	cancelled bool // ctx was done when Clear ended
}

func (f *fakeRetained) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what)
}

func (f *fakeRetained) Find(_ context.Context, k model.Key) (kept.Plan, error) {
	f.note("find " + k.Device + " " + k.Topic)
	return f.plan, f.err
}

func (f *fakeRetained) Clear(ctx context.Context, p kept.Plan, tell func(int)) ui.ClearReport {
	f.note("clear " + strings.Join(kept.Topics(p.Items), " "))
	tell(f.tells)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cancelled = ctx.Err() != nil
	return f.report
}

// ghost is what a board that is gone has left.
func ghost() *fakeRetained {
	item := func(topic, payload, why string, written time.Time) kept.Item {
		return kept.Item{Message: kept.Message{
			Topic: topic, Payload: []byte(payload), Size: len(payload), QoS: 1, Exact: true, Written: written,
		}, Why: why}
	}
	return &fakeRetained{
		plan: kept.Plan{Device: "iotclass/lab1", Spared: []string{"iotclass/lab1/gateway"}, Items: []kept.Item{
			item("homeassistant/sensor/lab1_t/config", `{"state_topic":"iotclass/lab1/temperature"}`, "announces it", time.Time{}),
			item("iotclass/lab1/config", `{"interval":5}`, "its topic", noon.Add(-50*time.Hour)),
			item("iotclass/lab1/status", "\x1b[31monline\u202e", "its topic", time.Time{}),
		}},
		report: ui.ClearReport{Text: "cleared 3 of 3 retained messages, and checked with a new subscription"},
	}
}

// TestClearScreens holds what is seen while something is cleared.
func TestClearScreens(t *testing.T) {
	t.Parallel()
	many := ghost()
	for i := range 5000 {
		many.plan.Items = append(many.plan.Items, kept.Item{Message: kept.Message{
			Topic: fmt.Sprintf("iotclass/lab1/part/%04d/config", i), Payload: []byte("x"), Size: 1 << (i % 24),
		}, Why: "its topic"})
	}
	many.tells = 1240
	left := ghost()
	left.report = ui.ClearReport{
		Text: "cleared 2 of 3 retained messages, and checked with a new subscription",
		Problems: []string{
			"kept by the broker (do the access rules allow it?): iotclass/lab1/status",
		},
	}
	for _, tt := range []struct {
		name          string
		width, height int
		of            *fakeRetained
		keys          string
		ascii         bool
	}{
		{"asked 80x24", 80, 24, ghost(), "c", false},
		{"asked 120x40", 120, 40, ghost(), "c", false},
		{"asked 200x60", 200, 60, ghost(), "c", false},
		{"asked ascii", 80, 12, ghost(), "c", true},
		{"asked device", 80, 12, ghost(), "h c", false},
		{"asked many", 80, 12, many, "c down pgdown pgup j", false},
		{"asked small", 40, 8, ghost(), "c", false},
		{"cleared", 80, 12, ghost(), "c y", false},
		{"left", 80, 12, left, "c y", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, course(t), tt.width, tt.height, func(o *ui.Options) { o.Retained, o.ASCII = tt.of, tt.ascii })
			s.Press(strings.Fields("/ l a b 1 enter " + tt.keys)...)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
	t.Run("looking", func(t *testing.T) {
		t.Parallel()
		s := newScreen(t, course(t), 80, 12, func(o *ui.Options) { o.Retained = ghost() })
		s.held(tea.KeyPressMsg{Code: 'c', Text: "c"})
		s.golden()
	})
	t.Run("working", func(t *testing.T) {
		t.Parallel()
		s := newScreen(t, course(t), 80, 12, func(o *ui.Options) { o.Retained = many })
		s.Press(strings.Fields("/ l a b 1 enter c")...)
		brought := s.held(tea.KeyPressMsg{Code: 'y', Text: "y"})
		s.Press("j") // draws anew, and goes on with the list
		s.golden()
		s.Press("esc")
		if !strings.Contains(s.text(), "1 240 of 5 003 cleared; stopping") {
			t.Error(s.text())
		}
		for _, msg := range brought {
			s.held(msg)
		}
		s.Press("esc")
		if strings.Contains(s.text(), "Retained messages") {
			t.Error(s.text())
		}
	})
}

// TestClearKeys presses c and what may follow.
func TestClearKeys(t *testing.T) {
	t.Parallel()
	const find, device = "find iotclass/lab1 iotclass/lab1/temperature", "find iotclass/lab1 "
	const cleared = "clear homeassistant/sensor/lab1_t/config iotclass/lab1/config iotclass/lab1/status"
	refused := ghost()
	refused.err = errors.New("the broker refused the connection")
	empty := ghost()
	empty.plan = kept.Plan{}
	for _, tt := range []struct {
		name   string
		of     *fakeRetained
		player bool
		keys   string
		want   []string
		says   string
	}{
		{"metric", ghost(), false, "c", []string{find}, "y clear 3 messages"},
		{"device", ghost(), false, "h c", []string{device}, "y clear 3 messages"},
		{"from the metric to the device", ghost(), false, "c d y", []string{find, device, cleared}, "cleared 3 of 3"},
		{"no", ghost(), false, "c esc", []string{find}, "filter “lab1”"},
		{"q is no", ghost(), false, "c q", []string{find}, "filter “lab1”"},
		{"any other key is no answer", ghost(), false, "c Y enter space x", []string{find}, "y clear 3 messages"},
		{"twice", ghost(), false, "c y esc c y", []string{find, cleared, find, cleared}, "cleared 3 of 3"},
		{"nothing there", empty, false, "c", []string{find}, "the broker keeps nothing of “iotclass/lab1/temperature”"},
		{"no broker", refused, false, "c", []string{find}, "the broker refused the connection"},
		{"read-only", nil, false, "c", nil, "nothing is cleared in read-only mode"},
		{"in a replay", ghost(), true, "c", nil, "what is past cannot be cleared"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := course(t)
			s := newScreen(t, l, 120, 40, func(o *ui.Options) {
				if tt.of != nil {
					o.Retained = tt.of
				}
				if tt.player {
					o.Session.Player = newFakePlayer(l.Store)
				}
			})
			s.Press(strings.Fields("/ l a b 1 enter " + tt.keys)...)
			if !strings.Contains(s.text(), tt.says) {
				t.Errorf("it does not say %q:\n%s", tt.says, s.text())
			}
			if tt.of == nil {
				return
			}
			if diff := cmp.Diff(tt.want, tt.of.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestClearAsksInTheFooter: the answer to an earlier key does not hide the keys that a
// question waits for.
func TestClearAsksInTheFooter(t *testing.T) {
	t.Parallel()
	of := ghost()
	of.plan.Items = of.plan.Items[:1]
	s := newScreen(t, course(t), 80, 12, func(o *ui.Options) { o.Retained = of })
	s.Press("y")
	if !strings.Contains(s.footer(), "copied") {
		t.Fatalf("no answer to the key before: %q", s.footer())
	}
	s.Press("c")
	for _, want := range []string{"y clear 1 message", "esc no"} {
		if !strings.Contains(s.footer(), want) {
			t.Errorf("the footer lacks %q: %q", want, s.footer())
		}
	}
	if want := "Clear 1 message? It is gone then until somebody publishes it again."; !strings.Contains(s.text(), want) {
		t.Errorf("it does not ask %q:\n%s", want, s.text())
	}
}

// TestClearOffered lists c only where it can act.
func TestClearOffered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(l *lab, o *ui.Options)
		want bool
	}{
		{"live", func(_ *lab, o *ui.Options) { o.Retained = ghost() }, true},
		{"on a stored message", func(l *lab, o *ui.Options) {
			o.Retained = ghost()
			l.say(time.Hour, "zz/status", "online", retained)
		}, true},
		{"read-only", func(*lab, *ui.Options) {}, false},
		{"a replay", func(l *lab, o *ui.Options) { o.Retained, o.Session.Player = ghost(), newFakePlayer(l.Store) }, false},
		{"no connection", func(l *lab, o *ui.Options) {
			o.Retained = ghost()
			l.connect(model.Connection{State: model.Waiting})
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := course(t)
			s := newScreen(t, l, 200, 24, func(o *ui.Options) { tt.edit(l, o) })
			s.Press("G")
			if got := strings.Contains(s.footer(), "c clear retained"); got != tt.want {
				t.Errorf("offered: %v\n%s", got, s.footer())
			}
		})
	}
}
