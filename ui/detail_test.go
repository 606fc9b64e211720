package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
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
