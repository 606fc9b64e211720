package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"labtop/model"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// TestScreens holds every state of the screens as a picture.
func TestScreens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		width, height int
		lab           func(testing.TB) *lab
		edit          func(*ui.Options)
		keys          []string
		typed         string
	}{
		{name: "devices 80x24", width: 80, height: 24},
		{name: "devices 120x40", width: 120, height: 40},
		{name: "devices 200x60", width: 200, height: 60},
		{name: "devices 40x8", width: 40, height: 8},
		{name: "devices 60x16", width: 60, height: 16},
		{name: "too small", width: 39, height: 7},
		{name: "ascii 80x24", width: 80, height: 24, edit: func(o *ui.Options) { o.ASCII = true }},
		{name: "scrolled", width: 80, height: 12, keys: []string{"G", "k"}},
		{name: "folded", width: 80, height: 24, keys: []string{"H", "j", "l"}},
		{name: "starred and by state", width: 80, height: 24, keys: []string{"G", "s", "o"}},
		{name: "filter typed", width: 80, height: 24, keys: []string{"/"}, typed: "iotclass/+/temp"},
		{name: "filter kept", width: 80, height: 24, keys: []string{"/", "k", "i", "t", "enter"}},
		{name: "filter without match", width: 80, height: 24, keys: []string{"/"}, typed: "nothing like it"},
		{name: "paused", width: 120, height: 30, keys: []string{"space"}},
		{name: "detail 80x24", width: 80, height: 24, keys: []string{"j", "j", "j", "j", "j", "j", "enter"}},
		{name: "detail 120x40", width: 120, height: 40, keys: []string{"j", "j", "j", "j", "j", "j", "enter", "]", "left", "left", "left"}},
		{name: "detail of a switch", width: 100, height: 30, keys: []string{"j", "j", "j", "j", "enter", "]"}},
		{name: "detail of text", width: 100, height: 30, keys: []string{"j", "j", "j", "enter"}},
		{name: "detail as tree", width: 100, height: 30, keys: []string{"enter", "x"}},
		{name: "detail as hex", width: 100, height: 30, keys: []string{"enter", "x", "x"}},
		{name: "compared", width: 120, height: 40, keys: []string{"j", "j", "j", "j", "j", "j", "m", "j", "m", "j", "j", "enter"}},
		{name: "help 80x24", width: 80, height: 24, keys: []string{"?"}},
		{name: "help 120x40", width: 120, height: 40, keys: []string{"?"}},
		{name: "help with bounds", width: 120, height: 50, keys: []string{"?"}, edit: func(o *ui.Options) { o.MaxPayload, o.MaxRead, o.MaxValues, o.Queue = 1<<20, 64<<10, 256, 4096 }},
		{name: "log 80x24", width: 80, height: 24, keys: []string{"5"}},
		{name: "log 120x40", width: 120, height: 40, keys: []string{"5", "up", "up"}},
		{name: "log 200x60", width: 200, height: 60, keys: []string{"5"}},
		{name: "log 40x8", width: 40, height: 8, keys: []string{"5"}},
		{name: "log in hex and ascii", width: 100, height: 12, keys: []string{"5", "x", "x"}, edit: func(o *ui.Options) { o.ASCII = true }},
		{name: "log filtered", width: 80, height: 12, keys: []string{"5", "/"}, typed: "devices/# ESP"},
		{name: "log without match", width: 110, height: 12, keys: []string{"5", "/"}, typed: "nothing like it"},
		{name: "log paused", width: 100, height: 12, keys: []string{"5", "space"}},
		{name: "log message as tree", width: 80, height: 24, keys: []string{"5", "/", "e", "s", "p", "enter", "enter", "x"}},
		{name: "topics 80x24", width: 80, height: 24, keys: []string{"2", "j", "j"}},
		{name: "topics 120x40", width: 120, height: 40, keys: []string{"2", "j", "x"}},
		{name: "topics 200x60", width: 200, height: 60, keys: []string{"2", "G"}},
		{name: "topics 40x8", width: 40, height: 8, keys: []string{"2"}},
		{name: "topics folded", width: 80, height: 12, keys: []string{"2", "H", "j", "l", "j"}},
		{name: "topics filtered", width: 80, height: 12, keys: []string{"2", "/"}, typed: "iotclass/+/temperature"},
		{name: "topics without match", width: 80, height: 12, keys: []string{"2", "/"}, typed: "nothing like it"},
		{name: "topics in hex and ascii", width: 100, height: 12, keys: []string{"2", "x", "x"}, edit: func(o *ui.Options) { o.ASCII = true }},
		{name: "topics, a place", width: 120, height: 40, keys: []string{"2", "G", "h"}},
		{name: "topics, a message", width: 80, height: 12, keys: []string{"2", "enter"}},
		{name: "topics paused", width: 100, height: 12, keys: []string{"2", "space"}},
		{name: "topics empty", width: 80, height: 12, lab: newLab, keys: []string{"2"}},
		{name: "log empty", width: 80, height: 12, lab: newLab, keys: []string{"5"}},
		{name: "nothing yet", width: 80, height: 24, lab: newLab},
		{name: "no broker", width: 80, height: 24, edit: func(o *ui.Options) { o.Retry = func() {} }, lab: func(tb testing.TB) *lab {
			l := newLab(tb)
			l.connect(model.Connection{State: model.Waiting, Problem: "connection refused by 127.0.0.1:1883", Hint: "is the broker running?", NextTry: noon.Add(3 * time.Second), Attempts: 2})
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "connection lost", width: 120, height: 40, edit: func(o *ui.Options) { o.Retry = func() {} }, lab: func(tb testing.TB) *lab {
			l := course(tb)
			l.connect(model.Connection{State: model.Waiting, Problem: "the broker closed the connection", NextTry: noon.Add(2 * time.Second)})
			return l
		}},
		{name: "granted and silent", width: 80, height: 12, lab: func(tb testing.TB) *lab {
			l := newLab(tb)
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "one of two filters silent", width: 100, height: 10, lab: func(tb testing.TB) *lab { return halfSilent(tb, "secret/#") }},
		{name: "several filters silent", width: 100, height: 10, lab: func(tb testing.TB) *lab {
			return halfSilent(tb, "secret/plans/for/the/weekend/#", "home/+/state")
		}},
		{name: "same names", width: 80, height: 12, lab: func(tb testing.TB) *lab {
			l := newLab(tb)
			for _, id := range []string{"home/kitchen", "office/Kitchen", "a/very/long/way/to/the/kitchen", "home/hall"} {
				l.say(time.Second, id+"/temperature", "21.5")
			}
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "ghost", width: 80, height: 10, lab: func(tb testing.TB) *lab {
			l := newLab(tb)
			l.say(time.Hour, "iotclass/gone/status", "online", retained)
			l.say(time.Hour, "iotclass/gone/config", `{"interval":5,"time":"2026-10-01T08:00:00Z"}`, retained)
			l.say(time.Hour, "iotclass/here/status", "online", retained)
			l.say(time.Second, "iotclass/here/temperature", " 21.50")
			l.Tick(noon, model.SourceStats{})
			return l
		}},
		{name: "insecure", width: 60, height: 10, lab: func(tb testing.TB) *lab {
			l := course(tb)
			l.connect(model.Connection{State: model.Connected, Insecure: true})
			return l
		}},
		{name: "refused filter", width: 100, height: 24, lab: func(tb testing.TB) *lab {
			l := course(tb)
			l.connect(model.Connection{State: model.Connected, Subscriptions: []model.Subscription{
				{Filter: "iotclass/#", Answered: true},
				{Filter: "secret/#", Answered: true, Error: "refused by the broker"},
			}})
			return l
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.lab == nil {
				tt.lab = course
			}
			if tt.edit == nil {
				tt.edit = func(*ui.Options) {}
			}
			s := newScreen(t, tt.lab(t), tt.width, tt.height, tt.edit)
			s.Press(tt.keys...)
			s.typed(tt.typed)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
}

// halfSilent is a lab in which one filter brings messages and others do not.
func halfSilent(t testing.TB, silent ...string) *lab {
	t.Helper()
	l := newLab(t)
	subscriptions := []model.Subscription{{Filter: "iotclass/#", Answered: true}, {Filter: "$SYS/#", Answered: true}}
	for _, filter := range silent {
		subscriptions = append(subscriptions, model.Subscription{Filter: filter, Answered: true})
	}
	l.connect(model.Connection{State: model.Connected, Subscriptions: subscriptions})
	l.say(time.Second, "iotclass/lab1/temperature", "21.5")
	l.Tick(noon, model.SourceStats{})
	return l
}

// TestEverySizeAndKey presses keys at random on screens of any size: no row is
// ever wider or narrower than the screen, no picture taller or shorter.
func TestEverySizeAndKey(t *testing.T) {
	t.Parallel()
	l := course(t)
	l.say(time.Second, "küche/温度/\x1b[2J\u202e", "21,5 °C")
	l.say(time.Second, strings.Repeat("deep/", 40)+"end", strings.Repeat("wide 温 ", 100))
	keys := strings.Fields("j k h l H L G g / o s m x [ ] ? enter esc tab left right up down pgup pgdown space y Y R a z Z d r 1 3 3 3 5 5 space backspace < > ( ) { } f F t O n e r")
	rapid.Check(t, func(r *rapid.T) {
		size := func(label string, most int) int { return rapid.IntRange(1, most).Draw(r, label) }
		width, height := size("width", 230), size("height", 70)
		s := newScreen(t, l, width, height, func(o *ui.Options) {
			o.ASCII = rapid.Bool().Draw(r, "ascii")
			o.Theme = rapid.SampledFrom(ui.ThemeNames()).Draw(r, "theme")
			if f := rapid.SampledFrom([]func() *fakeAlerts{nil, trouble, wild, storm1000}).Draw(r, "alerts"); f != nil {
				o.Session.Alerts = f()
			}
			if rapid.Bool().Draw(r, "recorded") {
				p := recorded(t)
				p.store, p.alerts = l.Store, o.Session.Alerts
				p.playback.At = p.playback.Start.Add(time.Duration(rapid.Int64Range(-1, int64(time.Hour)+1).Draw(r, "at")))
				o.Session.Player = p
			}
		})
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 25).Draw(r, "keys") {
			s.Press(k)
			if rapid.IntRange(0, 9).Draw(r, "resize") == 0 {
				width, height = size("width", 230), size("height", 70)
				s.Send(tea.WindowSizeMsg{Width: width, Height: height})
			}
			if err := viewer.Fits(s.Frame(), width, height); err != nil {
				r.Fatalf("after %s: %v", k, err)
			}
		}
	})
}

// TestNothingFromOutsideReachesTheTerminal puts hostile text everywhere a
// message can carry some, and looks for what a terminal would obey.
func TestNothingFromOutsideReachesTheTerminal(t *testing.T) {
	t.Parallel()
	attacks := []string{
		"\x1b]0;owned\x07", "\x1b[2J", "\x1b]52;c;aGk=\x07", "\u009b2J", "\u009d0;x\u009c", "\x90q\x9c", "a\rb\nc\td", "\x00\x7f\b",
		"\u202eabc\u202c", "z\u200bw\ufeff", "e" + strings.Repeat("\u0301", 300), "\xff\xfe\xc0\xaf", "\x1b_G\x1b\\", "\x1bP\x1b[31m",
	}
	l := newLab(t)
	for i, a := range attacks {
		l.say(time.Minute, fmt.Sprintf("iotclass/lab%d%s/temperature", i, a), "22.5"+a)
		l.say(time.Minute, fmt.Sprintf("home/room%d/%s", i, a), a)
		l.say(time.Minute, fmt.Sprintf("devices/d%d/json", i), `{"`+a+`":"`+a+`","ok":1}`)
		l.connect(model.Connection{State: model.Connected, Subscriptions: []model.Subscription{{Filter: "x" + a, Answered: true, Error: "no" + a}}})
	}
	l.Tick(noon, model.SourceStats{})
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		s := newScreen(t, l, size[0], size[1])
		for _, keys := range [][]string{{}, {"pgdown"}, {"enter"}, {"x"}, {"x"}, {"esc"}, {"Y"}, {"y"}, {"G"}, {"?"}} {
			copied := len(s.Copied)
			s.Press(keys...)
			if slices.Contains(keys, "Y") { // topics are copied byte for byte, in base64
				s.Copied = s.Copied[:copied]
			}
			if err := harmless(s.Frame()); err != nil {
				t.Errorf("%v after %v: %v", size, keys, err)
			}
		}
		for range 60 {
			s.Press("j", "y")
		}
		for _, e := range s.Copied {
			if err := harmless(e); err != nil {
				t.Errorf("on the clipboard: %v", err)
			}
		}
	}
}

// harmless finds characters that are neither text nor our own colours.
func harmless(frame string) error {
	for i, row := range strings.Split(frame, "\n") {
		var state byte
		for rest := row; rest != ""; {
			seq, _, n, next := ansi.DecodeSequence(rest, state, nil)
			rest, state = rest[n:], next
			if strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m") {
				continue
			}
			for _, r := range seq {
				if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r == 0xfeff {
					return fmt.Errorf("row %d holds %q", i, seq)
				}
			}
			if strings.ContainsRune(seq, '\ufffd') && !strings.Contains(rest+seq, "\ufffd") {
				return fmt.Errorf("row %d holds invalid UTF-8 %q", i, seq)
			}
			if n := strings.Count(seq, "\u0301"); n > 4 {
				return fmt.Errorf("row %d has a cell of %d marks", i, n)
			}
		}
	}
	return nil
}

func TestKeys(t *testing.T) {
	t.Parallel()
	t.Run("q and ctrl+c quit", func(t *testing.T) {
		t.Parallel()
		for _, keys := range [][]string{{"q"}, {"ctrl+c"}, {"/", "ctrl+c"}, {"?", "ctrl+c"}, {"enter", "q"}, {"space", "q"}} {
			s := newScreen(t, course(t), 80, 24)
			s.Press(keys...)
			if !s.Quit {
				t.Errorf("%v did not quit", keys)
			}
		}
	})
	t.Run("esc never quits", func(t *testing.T) {
		t.Parallel()
		s := newScreen(t, course(t), 120, 40)
		s.Press("enter", "esc", "esc", "esc", "?", "esc", "space", "esc", "/", "esc", "esc")
		if s.Quit {
			t.Error("esc quit")
		}
	})
	t.Run("q is a letter in the filter", func(t *testing.T) {
		t.Parallel()
		s := newScreen(t, course(t), 80, 24)
		s.Press("/", "q", "?")
		if s.Quit || !strings.Contains(s.text(), "filter q?") {
			t.Errorf("the filter did not take the letters:\n%s", s.text())
		}
	})
	t.Run("the cursor stays on its metric when devices appear above", func(t *testing.T) {
		t.Parallel()
		l := course(t)
		s := newScreen(t, l, 80, 24)
		s.Press("j", "j", "j", "j", "j", "j", "Y")
		before := s.Copied[len(s.Copied)-1]
		l.say(0, "a/first/one", "1")
		l.Tick(noon.Add(time.Second), model.SourceStats{})
		s.Send(tea.ResumeMsg{})
		s.Press("Y")
		if after := s.Copied[len(s.Copied)-1]; after != before {
			t.Errorf("the cursor went from %s to %s", before, after)
		}
	})
	t.Run("paused keeps the picture and nothing is lost", func(t *testing.T) {
		t.Parallel()
		l := course(t)
		s := newScreen(t, l, 120, 30)
		s.Press("space")
		before := strings.Split(s.text(), "\n")
		l.say(0, "iotclass/lab1/temperature", " 99.00")
		l.Tick(noon, model.SourceStats{})
		s.Send(tea.WindowSizeMsg{Width: 120, Height: 30})
		after := strings.Split(s.text(), "\n")
		if before[3] != after[3] || strings.Contains(s.text(), "99.00") {
			t.Errorf("the picture moved:\n%s", s.text())
		}
		s.Press("space")
		if !strings.Contains(s.text(), "99.00") {
			t.Errorf("what came meanwhile is missing:\n%s", s.text())
		}
	})
	t.Run("retry is offered only while waiting", func(t *testing.T) {
		t.Parallel()
		l, tries := newLab(t), 0
		s := newScreen(t, l, 80, 24, func(o *ui.Options) { o.Retry = func() { tries++ } })
		s.Press("R")
		if tries != 0 || strings.Contains(s.text(), "connect now") {
			t.Error("connected, and retry was offered")
		}
		l.connect(model.Connection{State: model.Waiting, Problem: "refused"})
		s.Send(tea.ResumeMsg{})
		s.Press("R")
		if tries != 1 || !strings.Contains(s.text(), "connect now") {
			t.Errorf("waiting, and retry did nothing (%d tries):\n%s", tries, s.text())
		}
	})
}

// TestStatesWithoutColours shows that each state is also a sign.
func TestStatesWithoutColours(t *testing.T) {
	t.Parallel()
	for _, ascii := range []bool{false, true} {
		s := newScreen(t, course(t), 80, 40, func(o *ui.Options) { o.ASCII, o.Profile = ascii, colorprofile.ASCII })
		signs := []string{"● LAB1", "○ LAB3", "◌ LAB4", "offline", "silent"}
		if ascii {
			signs = []string{"o LAB1", "x LAB3", "! LAB4", "offline", "silent"}
			for _, r := range s.text() {
				if r > 0x7e {
					t.Fatalf("%q in a picture that may only hold ASCII", r)
				}
			}
		}
		for _, sign := range signs {
			if !strings.Contains(s.text(), sign) {
				t.Errorf("ascii %v: no %q on the screen:\n%s", ascii, sign, s.text())
			}
		}
	}
}

func BenchmarkChangedFrame200x60(b *testing.B) {
	l := course(b)
	s := newScreen(b, l, 200, 60)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.say(-time.Duration(i)*time.Millisecond, "iotclass/lab1/temperature", fmt.Sprintf("%6.2f", float64(i%100)))
		s.Send(tea.ResumeMsg{})
	}
}

// TestEndsBeforePage goes to either end of a list before the page without its filter is
// there: it is the end of the new list.
func TestEndsBeforePage(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"1", "2", "5"} {
		for _, end := range []string{"g", "G"} {
			t.Run(list+end, func(t *testing.T) {
				t.Parallel()
				filtered := func() *screen {
					s := newScreen(t, course(t), 80, 12)
					s.Press(append([]string{list}, strings.Fields("/ l a b 3 / s enter k")...)...)
					return s
				}
				want, s := filtered(), filtered()
				want.Press("esc", end)
				pages := s.held(tea.KeyPressMsg{Code: tea.KeyEscape})
				s.held(tea.KeyPressMsg{Code: rune(end[0]), Text: end})
				for _, page := range pages {
					s.Send(page)
				}
				if diff := cmp.Diff(want.text(), s.text()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestKeysBeforePage presses keys faster than pages come: each does what it does when
// they come at once.
func TestKeysBeforePage(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"g j", "G k", "G j k k", "g k j", "j s", "j pgdown h", "j enter", "j y", "j / l a b 3 enter", "o j s", "h j h k l", "pgdown T", "j x ? esc"} {
		for _, screen := range []string{"1", "2", "5"} {
			t.Run(screen+" "+keys, func(t *testing.T) {
				t.Parallel()
				want, s := newScreen(t, course(t), 120, 12), newScreen(t, course(t), 120, 12)
				want.Press(screen, "j", "j")
				s.Press(screen, "j", "j")
				all := strings.Fields(keys)
				want.Press(all...)
				var pages []tea.Msg
				for _, key := range all {
					pages = append(pages, s.held(viewer.Key(t, key))...)
				}
				for _, page := range pages {
					s.Send(page)
				}
				if diff := cmp.Diff(want.text(), s.text()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(want.Copied, s.Copied); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
