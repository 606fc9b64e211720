package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/model"
)

// cursorRow is the row of the tree that the cursor is on: the one whose message or place
// the pane tells of.
func cursorRow(t *testing.T, s *screen) string {
	t.Helper()
	for row := range strings.SplitSeq(s.text(), "\n") {
		if rest, found := strings.CutPrefix(row, "─ "); found {
			topic, _, _ := strings.Cut(rest, " ")
			return topic
		}
	}
	t.Fatalf("no pane:\n%s", s.text())
	return ""
}

func TestTopicKeys(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) *screen {
		t.Helper()
		s := newScreen(t, course(t), 120, 40)
		s.Press("2")
		return s
	}
	at := func(t *testing.T, s *screen, want string) {
		t.Helper()
		if got := cursorRow(t, s); got != want {
			t.Errorf("the cursor is on %q, want %q:\n%s", got, want, s.text())
		}
	}
	has := func(t *testing.T, s *screen, text string, want bool) {
		t.Helper()
		if strings.Contains(s.text(), text) != want {
			t.Errorf("%q: %v, want %v:\n%s", text, !want, want, s.text())
		}
	}
	t.Run("enter opens and folds a place", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("j")
		at(t, s, "home/kitchen")
		has(t, s, "light/state", true)
		s.Press("enter")
		has(t, s, "light/state", false)
		at(t, s, "home/kitchen")
		s.Press("enter")
		has(t, s, "light/state", true)
	})
	t.Run("enter shows the whole message, esc goes back", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("enter")
		has(t, s, "TOPIC", false)
		has(t, s, `"battery":87`, true)
		s.Press("x")
		has(t, s, "battery: 87", true)
		s.Press("esc")
		has(t, s, "TOPIC", true)
		at(t, s, "devices/esp-7/sensors")
	})
	t.Run("h goes up and folds, l opens", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("G")
		at(t, s, "iotclass/lab5/temperature")
		s.Press("h")
		at(t, s, "iotclass/lab5")
		s.Press("h", "h")
		at(t, s, "iotclass")
		s.Press("h")
		has(t, s, "lab1", false)
		s.Press("l", "j")
		at(t, s, "iotclass/lab1")
	})
	t.Run("a filter opens what matches, and esc brings back what was open", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("H")
		has(t, s, "lab1", false)
		s.Press("/")
		s.typed("iotclass/+/humidity")
		s.Press("enter")
		has(t, s, "lab1/humidity", true)
		has(t, s, "temperature  ", false)
		s.Press("esc")
		has(t, s, "lab1", false)
	})
	t.Run("d goes to the topic's metric, T back to its topic", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("H", "L", "G", "k", "k")
		at(t, s, "iotclass/lab5/humidity")
		s.Press("d")
		has(t, s, "DEVICE", true)
		at(t, s, "LAB5")
		s.Press("2", "H", "/")
		s.typed("nothing")
		s.Press("enter", "1", "T")
		at(t, s, "iotclass/lab5/humidity")
	})
	t.Run("what is open and folded stays so when T comes, and under a filter", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("j", "h") // folds home/kitchen
		has(t, s, "light/state", false)
		s.Press("G", "d", "T")
		at(t, s, "iotclass/lab5/temperature")
		has(t, s, "light/state", false)
		has(t, s, "lab1", true)
		s.Press("/")
		s.typed("light")
		s.Press("enter")
		has(t, s, "light/state", true)
		s.Press("esc")
		has(t, s, "light/state", false)
		has(t, s, "lab1", true)
	})
	t.Run("y copies the payload, Y the topic", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		s.Press("G", "y")
		has(t, s, "copied the value", true)
		s.Press("Y")
		has(t, s, "copied the topic “iotclass/lab5/temperature”", true)
	})
	t.Run("the mouse chooses, and opens what is chosen", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		click := tea.MouseClickMsg{X: 10, Y: 3, Button: tea.MouseLeft} // below header and heads
		s.Send(click)
		at(t, s, "home/kitchen")
		has(t, s, "light/state", true)
		s.Send(click)
		has(t, s, "light/state", false)
		s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
		at(t, s, "iotclass/lab1/humidity")
	})
	t.Run("a paused tree stands still", func(t *testing.T) {
		t.Parallel()
		l := course(t)
		s := newScreen(t, l, 120, 40)
		s.Press("2", "space")
		before := s.text()
		l.say(0, "new/topic", "1")
		s.Press("j", "enter", "h")
		s.Send(tea.ResumeMsg{})
		if strings.Contains(s.text(), "new/topic") || !strings.Contains(before, "devices/esp-7/sensors") {
			t.Errorf("it moved:\n%s", s.text())
		}
		s.Press("space")
		has(t, s, "19 topics", true)
	})
}

// TestTopicsOfAllKinds shows orders, the broker's own topics, and nameless levels, and
// goes on with a cursor whose topic is gone from a filter.
func TestTopicsOfAllKinds(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, topic := range []string{"home/hall/light/command", "$SYS/broker/uptime", "/rooted", "a//b", "a//c", "status", "status/"} {
		l.say(time.Second, topic, "ON", retained)
	}
	l.Tick(noon, model.SourceStats{})
	s := newScreen(t, l, 80, 24)
	s.Press("2")
	for _, want := range []string{"home/hall/light/command", "$SYS/broker/uptime", "/rooted", "a/ ", "(no name)", "7 topics", "1R"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("no %q in\n%s", want, s.text())
		}
	}
	s.Press("G", "/")
	s.typed("a//")
	if !strings.Contains(s.text(), "2 of 7 topics") {
		t.Errorf("the filter:\n%s", s.text())
	}
}

// TestManyTopics presses keys in a tree of 20 000 topics: each is answered before anything
// is read, and then a page is.
func TestManyTopics(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 20_000 {
		l.say(time.Second, fmt.Sprintf("plant/hall%d/line%d/sensor%d", i%7, i%50, i), "1")
	}
	l.Tick(noon, model.SourceStats{})
	s := newScreen(t, l, 120, 40)
	s.Press("2")
	if !strings.Contains(s.text(), "▸ plant") {
		t.Errorf("so many are not folded at first:\n%s", s.text())
	}
	for _, key := range []string{"G", "g", "pgdown", "H", "L", "G", "h", "h", "h"} {
		began := time.Now()
		held := s.held(tea.KeyPressMsg{Code: []rune(key)[0], Text: key})
		if took := time.Since(began); len(held) == 0 && took > 5*time.Second {
			t.Errorf("%s: %v", key, took)
		}
		for _, m := range held {
			s.Send(m)
		}
	}
	if !strings.Contains(s.text(), "20 000 topics") {
		t.Errorf("%s", s.text())
	}
}
