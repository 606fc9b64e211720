package machine_test

import (
	"testing"

	"labtop/testkit/pseudo"
)

// TestHugeTerminal starts in a terminal that claims 65535 columns and rows, and
// changes it to other sizes that nobody has.
func TestHugeTerminal(t *testing.T) {
	t.Parallel()
	s := start(t, pseudo.Options{Width: 65535, Height: 65535}, nil, "demo")
	s.Expect("LAB1")
	for _, size := range [][2]int{{4000, 4000}, {1, 65535}, {65535, 1}, {0, 0}, {30, 4}} {
		s.Resize(size[0], size[1])
	}
	// The picture of the last size, whatever came before it.
	s.Expect("enlarge the window")
	s.Resize(81, 24)
	s.Expect("LAB1")
	if rss := memoryMiB(t, s.PID(), "VmRSS"); rss > 150 {
		t.Errorf("%d MiB resident", rss)
	}
	s.Type("q")
	if code := s.End(pseudo.Patience); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
