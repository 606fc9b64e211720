package ui_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"labtop/ui"
)

// fakeRewinder goes back to a state that a test has made.
type fakeRewinder struct {
	reach  ui.Reach
	past   ui.Session
	err    error
	asked  []string
	inside atomic.Int32 // how many sessions were begun and not left
}

func (r *fakeRewinder) Reach() ui.Reach { return r.reach }

func (r *fakeRewinder) Rewind(at time.Time) (ui.Session, func(), error) {
	r.asked = append(r.asked, at.UTC().Format("15:04:05"))
	if r.err != nil {
		return ui.Session{}, nil, r.err
	}
	r.inside.Add(1)
	return r.past, func() { r.inside.Add(-1) }, nil
}

// rewindable is a live screen whose lab has said something else ten minutes ago.
func rewindable(t *testing.T, edit ...func(*ui.Options)) (s *screen, r *fakeRewinder, live *lab) {
	t.Helper()
	live = course(t)
	before := newLab(t)
	before.say(10*time.Minute, "iotclass/lab1/temperature", " 11.00")
	p := newFakePlayer(before.Store)
	p.playback = ui.Playback{Start: noon.Add(-20 * time.Minute), End: noon, At: noon.Add(-10 * time.Minute), Speed: 1}
	r = &fakeRewinder{reach: ui.Reach{Start: noon.Add(-20 * time.Minute), End: noon}}
	r.past = ui.Session{Source: "mqtt://lab-pi:1883", Store: before.Store, Player: p, Live: live.Store}
	s = newScreen(t, live, 120, 30, append(edit, func(o *ui.Options) { o.Rewind = r })...)
	return s, r, live
}

// TestRewind pauses, goes back, and returns: the screen shows the past in between, says
// how far behind it is, and then the live state again.
func TestRewind(t *testing.T) {
	t.Parallel()
	s, r, live := rewindable(t)
	shows := func(what string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if want := !strings.HasPrefix(text, "!"); strings.Contains(s.text(), strings.TrimPrefix(text, "!")) != want {
				t.Fatalf("%s: want %q on the screen:\n%s", what, text, s.text())
			}
		}
	}
	s.Press("left") // folds: the screen is not paused
	shows("live", "LAB5", "!rewound")
	s.Press("space")
	shows("paused", "paused, 0 behind", "goes back up to 20 m", "LAB5")
	s.Press("left")
	live.say(1, "iotclass/lab1/temperature", "29")
	s.Press("down")
	shows("rewound", "rewound mqtt://lab-pi:1883", "behind", "11.00", "!LAB5", ". live", "11:40:00")
	s.Press("4")
	shows("the broker's screen", "ping          not kept of the past", "connected for 50 m", "messages                1 ")
	s.Press("1")
	if diff := cmp.Diff([]string{"11:59:50"}, r.asked); diff != "" || r.inside.Load() != 1 {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	s.Press(".")
	shows("live again", "LAB5", "!rewound", "!paused")
	if r.inside.Load() != 0 {
		t.Error("the past is not left")
	}
	s.Press("space", ".")
	shows("not paused any more", "!paused", "LAB5")
}

// Until the past has its first page the screen shows where it stands, and keys go on from
// there.
func TestRewindKeyBeforePage(t *testing.T) {
	t.Parallel()
	s, r, _ := rewindable(t)
	s.Press("space")
	for _, msg := range s.held(tea.KeyPressMsg{Code: tea.KeyLeft}) {
		s.held(msg)
	}
	if text := s.text(); !strings.Contains(text, "11:50:00.000  10 m of 20 m") {
		t.Errorf("without a page it stands elsewhere:\n%s", text)
	}
	s.held(tea.KeyPressMsg{Code: tea.KeyLeft})
	if diff := cmp.Diff([]string{"seek 11:49:50"}, r.past.Player.(*fakePlayer).wishes()); diff != "" {
		t.Errorf("other wishes (-want +got):\n%s", diff)
	}
}

// A note has no place in the past of a live session, though that is recorded: nothing
// offers one, and the key says so before it is typed.
func TestNoNoteRewound(t *testing.T) {
	t.Parallel()
	recorder := beingRecorded()
	s, r, _ := rewindable(t, func(o *ui.Options) { o.Recorder = recorder })
	s.Send(tea.WindowSizeMsg{Width: 230, Height: 30})
	if !strings.Contains(s.footer(), "n note") {
		t.Errorf("a live session offers no note: %s", s.footer())
	}
	s.Press("space", "left")
	if text := s.text(); !strings.Contains(text, "rec 4 m 46 s") {
		t.Errorf("the recording goes on for another time than live:\n%s", text)
	}
	if footer := s.footer(); strings.Contains(footer, "n note") || !strings.Contains(footer, "6 notes") {
		t.Errorf("the past offers: %s", footer)
	}
	s.Press("6")
	if text := s.text(); strings.Contains(text, "n notes something") || !strings.Contains(text, "No alert and no gap") {
		t.Errorf("the list of the past's marks:\n%s", text)
	}
	s.Press("n")
	if !strings.Contains(s.footer(), "a note can be made of what is live; . returns to it") {
		t.Errorf("the key says %q", s.footer())
	}
	if asked := append(r.past.Player.(*fakePlayer).wishes(), recorder.asked...); len(asked) > 0 {
		t.Errorf("it asked for %q", asked)
	}
	s.Press(".", "n", "h", "i", "enter")
	if diff := cmp.Diff([]string{"note hi"}, recorder.asked); diff != "" {
		t.Errorf("live again (-want +got):\n%s", diff)
	}
}

// TestNoRewind: where one cannot go back, the pause says why, and is one all the same.
func TestNoRewind(t *testing.T) {
	t.Parallel()
	s, r, _ := rewindable(t)
	r.reach = ui.Reach{Problem: "the lab is too large"}
	s.Press("space")
	if text := s.text(); !strings.Contains(text, "paused; the lab is too large") || !strings.Contains(text, "0 behind") {
		t.Errorf("a pause:\n%s", text)
	}
	s.Press("left", "space", "space")
	if len(r.asked) > 0 {
		t.Errorf("asked for %q", r.asked)
	}
	r.reach, r.err = ui.Reach{Start: noon.Add(-time.Hour), End: noon}, errors.New("nothing was kept")
	s.Press("space", "space", "left")
	if text := s.text(); !strings.Contains(text, "cannot go back: nothing was kept") || !strings.Contains(text, "0 behind") {
		t.Errorf("an error:\n%s", text)
	}
}
