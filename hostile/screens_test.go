package hostile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"labtop/testkit/attack"
	"labtop/testkit/oracle"
	"labtop/testkit/viewer"
)

// TestScreens shows every text in every field on every screen. Nothing but printable
// characters and our own colours is in a picture, the picture fits the screen, and
// it is the one that the neutral text gives.
func TestScreens(t *testing.T) {
	t.Parallel()
	for i, p := range places() {
		for j, f := range fields() {
			t.Run(p.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				for k, c := range attack.All() {
					if (i+j+k)%thin == 0 {
						checkScreen(t, p, f, c)
					}
				}
			})
		}
	}
}

func checkScreen(t *testing.T, p place, f field, c attack.Case) {
	t.Helper()
	scene := newScene()
	f.plant(scene, c.Text)
	v := show(t, p, scene)
	if found := oracle.ScanFrame([]byte(v.Frame())); len(found) > 0 {
		t.Errorf("%s: %v", c.Name, found)
	}
	if err := viewer.Fits(v.Frame(), p.width, p.height); err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	for _, text := range v.Copied {
		if p.copiesTopic {
			checkTopic(t, scene, c, text)
		} else if found := oracle.ScanText([]byte(text)); len(found) > 0 {
			t.Errorf("%s: on the clipboard: %v", c.Name, found)
		}
	}
	if !hasTwin(p, f, c) {
		return
	}
	twin := newScene()
	f.plant(twin, f.neutral(c))
	neutral := show(t, p, twin)
	if neutral.Frame() == v.Frame() {
		return
	}
	if diff := cmp.Diff(lines(neutral.Frame()), lines(v.Frame())); diff != "" {
		t.Errorf("%s: another picture than that of the neutral text (-neutral +hostile):\n%s", c.Name, diff)
	} else {
		t.Errorf("%s: other colours than in the picture of the neutral text", c.Name)
	}
}

// checkTopic checks that what was copied is one of the topics, byte for byte.
func checkTopic(t *testing.T, s *scene, c attack.Case, text string) {
	t.Helper()
	if !slices.ContainsFunc(s.messages, func(m message) bool { return m.topic == text }) {
		t.Errorf("%s: %q was copied, which is no topic", c.Name, text)
	}
}

// hasTwin says whether the neutral text must give the same picture.
func hasTwin(p place, f field, c attack.Case) bool {
	switch {
	case f.read || c.Joins() || c.Text == c.Shown:
		return false
	case f.payload && (c.Binary() || len(c.Text) > maxValue || p.payloads == asWritten):
		return false
	}
	return !f.escaped || p.payloads == notShown
}

// maxValue is well below the bytes of a payload that are kept as a value.
const maxValue = 500

func lines(frame string) []string { return strings.Split(ansi.Strip(frame), "\n") }
