package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"labtop/safetext"
)

// TestLongNames has devices and metrics whose names are as long as a topic can be, of
// what is much work to make safe: a picture takes about as much work as it is to look at
// all of each name once, and not many times that.
func TestLongNames(t *testing.T) {
	for _, part := range []string{"\x1b/", "€", "\x1b"} {
		l := course(t)
		s := newScreen(t, l, 200, 60)
		topics := make([]string, 60)
		for i := range topics {
			topics[i] = fmt.Sprint(i, "/", strings.Repeat(part, 65_000/len(part)), "/end", i)
			l.say(-time.Duration(i)*time.Millisecond, topics[i], "1")
		}
		once := processorTime(t, func() {
			for _, topic := range topics {
				ansi.StringWidthWc(safetext.Clean(topic))
			}
		})
		for key, shown := range map[string]string{"1": "end2", "5": "/end"} {
			s.Press(key)
			picture := processorTime(t, func() { s.Send(tea.ResumeMsg{}) })
			if picture > 4*once { // it is 1.2, and was 6 at least
				t.Errorf("%q, screen %s: a picture takes %v, and all names %v", part, key, picture, once)
			}
			if !strings.Contains(strings.ToLower(s.text()), shown) {
				t.Errorf("%q, screen %s: no %s\n%s", part, key, shown, s.text())
			}
		}
	}
}

// processorTime is how long this process computes for what f does, at the best of a few
// times: what others do on the machine hardly matters, unlike what other tests do.
func processorTime(t *testing.T, f func()) time.Duration {
	t.Helper()
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	best := time.Hour
	for range 3 {
		before := used()
		f()
		best = min(best, used()-before)
	}
	return best
}
