package ui_test

import (
	"strings"
	"testing"

	"labtop/model"
	"labtop/ui"
)

// TestInsecureOnEveryScreen: that nobody has verified the broker's certificate is said
// wherever the viewer is.
func TestInsecureOnEveryScreen(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{nil, {"enter"}, {"3"}, {"4"}, {"5"}, {"?"}, {"/"}, {"space"}} {
		for _, width := range []int{50, 80, 200} {
			for _, ascii := range []bool{false, true} {
				l := course(t)
				l.connect(model.Connection{State: model.Connected, Insecure: true})
				s := newScreen(t, l, width, 16, func(o *ui.Options) { o.ASCII = ascii })
				s.Press(keys...)
				if frame := s.Frame(); !strings.Contains(frame, "INSECURE") {
					t.Errorf("keys %q, width %d:\n%s", keys, width, frame)
				}
			}
		}
	}
}
