package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/model"
	"labtop/ui"
)

// counted is a lab in which the numbers from 1 to n came, one a second.
func counted(t testing.TB, n int) *lab {
	t.Helper()
	l := newLab(t)
	for i := 1; i <= n; i++ {
		l.say(time.Duration(n-i)*time.Second, "lab/board/counter", fmt.Sprintf("number-%d.", i))
	}
	l.Tick(noon, model.SourceStats{})
	return l
}

// more lets further numbers come, and the screen see them.
func more(l *lab, s *screen, from, to int) {
	for i := from; i <= to; i++ {
		l.say(0, "lab/board/counter", fmt.Sprintf("number-%d.", i))
	}
	s.Send(tea.ResumeMsg{})
}

func shows(t *testing.T, s *screen, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if want := fmt.Sprintf("number-%d.", n); !strings.Contains(s.text(), want) {
			t.Errorf("%s is not on the screen:\n%s", want, s.text())
		}
	}
}

func hides(t *testing.T, s *screen, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if want := fmt.Sprintf("number-%d.", n); strings.Contains(s.text(), want) {
			t.Errorf("%s is on the screen:\n%s", want, s.text())
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, n int) (*lab, *screen) {
		t.Helper()
		l := counted(t, n)
		s := newScreen(t, l, 80, 24)
		s.Press("5")
		return l, s
	}
	t.Run("follows the newest", func(t *testing.T) {
		t.Parallel()
		l, s := open(t, 50)
		shows(t, s, 31, 50)
		hides(t, s, 30)
		more(l, s, 51, 52)
		shows(t, s, 33, 52)
		hides(t, s, 31, 32)
	})
	t.Run("stands still when the cursor has left the newest, until G", func(t *testing.T) {
		t.Parallel()
		l, s := open(t, 50)
		s.Press("k")
		more(l, s, 51, 60)
		shows(t, s, 31, 50)
		hides(t, s, 51, 60)
		s.Press("G")
		shows(t, s, 60)
		more(l, s, 61, 61)
		shows(t, s, 61)
	})
	t.Run("paused takes in nothing, and one can go about in it", func(t *testing.T) {
		t.Parallel()
		l, s := open(t, 50)
		s.Press("space")
		more(l, s, 51, 60)
		shows(t, s, 50)
		hides(t, s, 51)
		if !strings.Contains(s.text(), "paused, 10 behind") {
			t.Errorf("the header does not say how far behind the screen is:\n%s", s.text())
		}
		s.Press("g")
		shows(t, s, 1, 20)
		s.Press("/")
		s.typed("number-4")
		shows(t, s, 4, 40, 49)
		hides(t, s, 51, 5)
		s.Press("esc", "space", "G")
		shows(t, s, 60)
	})
	t.Run("the wheel and a click move the cursor", func(t *testing.T) {
		t.Parallel()
		l, s := open(t, 50)
		s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
		if !strings.Contains(s.text(), "47 of 50") {
			t.Errorf("the wheel did not move three lines:\n%s", s.text())
		}
		s.Send(tea.MouseClickMsg{X: 10, Y: 3, Button: tea.MouseLeft})
		if !strings.Contains(s.text(), "31 of 50") {
			t.Errorf("the click did not choose the first line:\n%s", s.text())
		}
		for range 20 {
			s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
		}
		more(l, s, 51, 51)
		shows(t, s, 51)
	})
	t.Run("says how many are gone", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.Store = model.NewStore(newDecoder(t), model.Limits{Recent: 30})
		l.connect(model.Connection{State: model.Connected})
		s := newScreen(t, l, 100, 24)
		s.Press("5")
		more(l, s, 1, 100)
		if !strings.Contains(s.text(), "30 kept, 70 older are gone") {
			t.Errorf("the heading does not tell:\n%s", s.text())
		}
		s.Press("?", "G")
		if !strings.Contains(s.text(), "30 of 30") || !strings.Contains(s.text(), "70 older messages gone") {
			t.Errorf("the help does not tell:\n%s", s.text())
		}
	})
	t.Run("a long payload can be read to its end", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.say(0, "lab/board/text", strings.Repeat("all work and no play. ", 500)+"THE END")
		l.Tick(noon, model.SourceStats{})
		s := newScreen(t, l, 80, 24)
		s.Press("5", "enter")
		for range 20 {
			if strings.Contains(s.text(), "THE END") {
				return
			}
			s.Press("pgdown")
		}
		t.Errorf("the end does not come:\n%s", s.text())
	})
	t.Run("y copies the payload, Y the topic", func(t *testing.T) {
		t.Parallel()
		_, s := open(t, 3)
		s.Press("y", "Y")
		got := fmt.Sprint(s.Copied)
		if want := "[number-3. lab/board/counter]"; got != want {
			t.Errorf("copied %s, want %s", got, want)
		}
	})
	t.Run("esc goes back a step at a time and never quits", func(t *testing.T) {
		t.Parallel()
		_, s := open(t, 3)
		s.Press("/", "n", "enter", "enter", "esc", "esc")
		if !strings.Contains(s.text(), "3 kept") {
			t.Errorf("not on the log:\n%s", s.text())
		}
		s.Press("esc")
		if !strings.Contains(s.text(), "DEVICE") || s.Quit {
			t.Errorf("not on the devices:\n%s", s.text())
		}
	})
}

// TestLogKeepsEachScreensFilter shows that a filter belongs to its screen.
func TestLogKeepsEachScreensFilter(t *testing.T) {
	t.Parallel()
	s := newScreen(t, course(t), 120, 30)
	s.Press("/", "k", "i", "t", "enter", "5")
	if strings.Contains(s.text(), "filter “kit”") {
		t.Errorf("the devices' filter is on the log:\n%s", s.text())
	}
	s.Press("/", "n", "a", "n", "enter", "1")
	if !strings.Contains(s.text(), "filter “kit”") {
		t.Errorf("the devices lost their filter:\n%s", s.text())
	}
}

func BenchmarkLogFrame200x60(b *testing.B) {
	l := course(b)
	s := newScreen(b, l, 200, 60, func(o *ui.Options) { o.FPS = 60 })
	s.Press("5")
	for i := 0; b.Loop(); i++ {
		l.say(0, "iotclass/lab1/temperature", fmt.Sprintf("%6.2f", float64(i%40)))
		s.Send(tea.ResumeMsg{})
	}
}
