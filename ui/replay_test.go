package ui_test

import (
	"strings"
	"testing"
)

// A seek may put another state in the place of the one that is looked at. What the
// user has chosen stays.
func TestStateReplaced(t *testing.T) {
	t.Parallel()
	p := newFakePlayer(course(t).Store)
	s := replay(t, p, 100, 30)
	s.Press("o", "/")
	s.typed("lab")
	s.Press("enter", "down")
	if !strings.Contains(s.text(), "LAB5") {
		t.Fatalf("the first state is not shown:\n%s", s.text())
	}
	early := newLab(t)
	early.say(0, "iotclass/lab1/temperature", " 11.00")
	early.say(0, "home/kitchen/motion", "true")
	p.set(func() { p.store = early.Store })
	s.Press("down") // any read
	switch text := s.text(); {
	case strings.Contains(text, "LAB5") || !strings.Contains(text, "11.00"):
		t.Errorf("the state before is still shown:\n%s", text)
	case strings.Contains(text, "KITCHEN") || !strings.Contains(text, "by state"):
		t.Errorf("filter or order were lost:\n%s", text)
	}
	s.Press("5")
	if text := s.text(); !strings.Contains(text, "2 kept") {
		t.Errorf("the log is still that of the state before:\n%s", text)
	}
}
