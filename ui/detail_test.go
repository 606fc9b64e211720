package ui_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"labtop/model"
)

// TestGarbledDetail has garbled text follow a number: the number stands in the list with
// a sign, and the detail tells what came.
func TestGarbledDetail(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.say(20*time.Second, "iotclass/lab1/temperature", " 22.50")
	l.say(10*time.Second, "iotclass/lab1/temperature", "\x1b[2J 2#.5")
	s := newScreen(t, l, 120, 40)
	s.Press("j")
	for _, want := range []string{"× 22.50 °C", "last message: no reading “␛[2J 2#.5”"} {
		if !strings.Contains(strings.Join(strings.Fields(ansi.Strip(s.Frame())), " "), want) {
			t.Errorf("no %q on the screen:\n%s", want, s.text())
		}
	}
}

// TestFastMetric: fifty values a second are not one every 0 s.
func TestFastMetric(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 100 {
		l.say(time.Duration(100-i)*20*time.Millisecond, "iotclass/lab1/temperature", "21.5")
	}
	l.Tick(noon, model.SourceStats{})
	s := newScreen(t, l, 100, 30)
	s.Press("enter")
	if text := s.text(); !strings.Contains(text, "every 20.0 ms") {
		t.Errorf("the interval is not told:\n%s", text)
	}
}

// TestNamesLookDifferent has devices, metrics and topics whose names are the same once
// they are safe to show. What is copied is the topic itself.
func TestNamesLookDifferent(t *testing.T) {
	t.Parallel()
	topics := []string{"a/lab\u009b/temperature", "a/lab\u009d/temperature", "a/lab/humidity\xff", "a/lab/humidity\xfe"}
	for name, keys := range map[string][]string{"devices": nil, "log": {"5"}} {
		l := newLab(t)
		for i, topic := range topics {
			l.say(time.Duration(10-i)*time.Second, topic, "22.50")
		}
		s := newScreen(t, l, 100, 14)
		s.Press(keys...)
		marks := map[string]bool{}
		for _, mark := range regexp.MustCompile("�‹[0-9]{4}›").FindAllString(s.text(), -1) {
			marks[mark] = true
		}
		if len(marks) != len(topics) {
			t.Errorf("%s: %d names\n%s", name, len(marks), s.text())
		}
		s.Press("Y")
		copied := s.Copied[len(s.Copied)-1]
		if !slices.Contains(topics, copied) {
			t.Errorf("%s: copied %q", name, copied)
		}
	}
}
