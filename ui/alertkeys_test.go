package ui_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"labtop/alerts"
	"labtop/model"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// row is the row of the screen that holds all the words, "" when there is none.
func (s *screen) row(words ...string) string {
	for _, row := range strings.Split(s.text(), "\n") {
		found := true
		for _, w := range words {
			found = found && strings.Contains(row, w)
		}
		if found {
			return row
		}
	}
	return ""
}

func (s *screen) must(t *testing.T, words ...string) {
	t.Helper()
	if s.row(words...) == "" {
		t.Errorf("no row says %q:\n%s", words, s.text())
	}
}

func (s *screen) mustNot(t *testing.T, words ...string) {
	t.Helper()
	if row := s.row(words...); row != "" {
		t.Errorf("a row says %q: %s", words, row)
	}
}

func TestAlertKeys(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, keys ...string) (*fakeAlerts, *screen) {
		t.Helper()
		f := trouble()
		s := troubled(t, f, 120, 40)
		s.Press("3")
		s.Press(keys...)
		return f, s
	}
	find := func(t *testing.T, f *fakeAlerts, id uint64) alerts.Alert {
		t.Helper()
		a, ok := f.Find(id)
		if !ok {
			t.Fatalf("alert %d is gone", id)
		}
		return a
	}
	t.Run("a acknowledges what is under the cursor, once", func(t *testing.T) {
		t.Parallel()
		f, s := open(t, "j", "a")
		if find(t, f, 1).Acknowledged.IsZero() || !find(t, f, 3).Acknowledged.IsZero() {
			t.Error("another one was acknowledged")
		}
		s.must(t, "acknowledged: too-hot on LAB5 temperature")
		s.must(t, "◇ acknowledged", "LAB5", "too-hot")
		s.must(t, "labtop", "◆1  ▲1")
		s.Press("esc")
		s.Press("3")
		s.mustNot(t, "a acknowledge")
	})
	t.Run("z asks and silences, Z ends it", func(t *testing.T) {
		t.Parallel()
		for key, want := range map[string]time.Duration{"m": 10 * time.Minute, "1": 10 * time.Minute, "h": time.Hour, "2": time.Hour} {
			f, s := open(t, "z", key)
			if got := find(t, f, 3).Silenced; !got.Equal(noon.Add(want)) {
				t.Errorf("%s silences until %v", key, got)
			}
			s.must(t, "◇ silenced", "LAB3", "offline")
			s.Press("Z")
			if got := find(t, f, 3).Silenced; !got.IsZero() {
				t.Errorf("Z leaves it silenced until %v", got)
			}
			s.must(t, "◆ critical", "LAB3", "offline")
		}
		for _, key := range []string{"r", "3"} {
			f, s := open(t, "z", key)
			if got := find(t, f, 3).Silenced; got.Sub(noon) < 100*365*24*time.Hour {
				t.Errorf("%s silences until %v", key, got)
			}
			s.must(t, "silenced", "until resolved")
			s.Press("z") // again: it ends
			if got := find(t, f, 3).Silenced; !got.IsZero() {
				t.Errorf("z leaves it silenced until %v", got)
			}
		}
	})
	t.Run("the question is about the alert that was under the cursor", func(t *testing.T) {
		t.Parallel()
		f, s := open(t, "z")
		worse := alertOf(77, "flood", "lab1", "", alerts.Critical, 0)
		f.mu.Lock()
		f.active = append(f.active, worse)
		f.sort()
		f.mu.Unlock()
		s.Send(tea.ResumeMsg{})
		s.must(t, "silence offline on LAB3")
		s.Press("m")
		if find(t, f, 3).Silenced.IsZero() || !find(t, f, 77).Silenced.IsZero() {
			t.Error("another one was silenced")
		}
	})
	t.Run("esc and q leave the question, other keys do nothing, ctrl+c quits", func(t *testing.T) {
		t.Parallel()
		for _, key := range []string{"esc", "q"} {
			f, s := open(t, "z", "j", "x", "/", "5", key)
			if s.Quit || s.row("until resolved") != "" || !find(t, f, 3).Silenced.IsZero() {
				t.Errorf("%s: the question is still there:\n%s", key, s.text())
			}
			s.must(t, "alerts · 2 critical")
		}
		_, s := open(t, "z", "ctrl+c")
		if !s.Quit {
			t.Error("ctrl+c did not quit")
		}
	})
	t.Run("an alert that is over cannot be silenced", func(t *testing.T) {
		t.Parallel()
		f, s := open(t, "z")
		f.mu.Lock()
		f.active = f.active[1:]
		f.mu.Unlock()
		s.Press("m")
		s.must(t, "the alert is over")
	})
	t.Run("the history offers what still can be done", func(t *testing.T) {
		t.Parallel()
		_, s := open(t, "/")
		s.typed("lab1 resolved")
		s.Press("enter")
		s.must(t, "✓ resolved", "LAB1")
		s.mustNot(t, "a acknowledge")
		s.mustNot(t, "z silence")
		s.Press("a", "z", "Z")
		s.mustNot(t, "until resolved")
		s.Press("esc", "g", "G") // the oldest: of an alert that is acknowledged, and active
		s.mustNot(t, "a acknowledge")
		s.must(t, "z silence")
	})
	t.Run("d jumps to the metric, through folds and filters", func(t *testing.T) {
		t.Parallel()
		s := troubled(t, trouble(), 80, 24)
		s.Press("H", "/", "k", "i", "t", "enter", "3", "j", "d", "Y")
		if got := s.Copied[len(s.Copied)-1]; got != "iotclass/lab5/temperature" {
			t.Errorf("the cursor is on %s:\n%s", got, s.text())
		}
		s.mustNot(t, "filter “kit”")
	})
	t.Run("d says when the device was never heard", func(t *testing.T) {
		t.Parallel()
		f := trouble()
		ghost := alertOf(50, "expected", "ghost", "", alerts.Critical, 0)
		f.active = []alerts.Alert{ghost}
		s := troubled(t, f, 80, 24)
		s.Press("3", "d")
		s.must(t, "not among the devices: iotclass/ghost")
	})
	t.Run("y copies the value, Y the topic", func(t *testing.T) {
		t.Parallel()
		_, s := open(t, "j", "y", "Y")
		if got, want := fmt.Sprint(s.Copied), "[27.04 iotclass/lab5/temperature]"; got != want {
			t.Errorf("copied %s, want %s", got, want)
		}
	})
	t.Run("paused stands still, and the header goes on", func(t *testing.T) {
		t.Parallel()
		f, s := open(t, "space")
		before := s.row("LAB5", "too-hot")
		f.mu.Lock()
		f.active = f.active[:1]
		f.mu.Unlock()
		s.Send(tea.WindowSizeMsg{Width: 120, Height: 40})
		s.Press("j", "a", "z", "d", "/")
		if after := s.row("LAB5", "too-hot"); after != before || !find(t, f, 3).Acknowledged.IsZero() {
			t.Errorf("%q became %q", before, after)
		}
		s.Press("esc")
		s.mustNot(t, "◆ critical", "3m")
	})
	t.Run("wheel and click", func(t *testing.T) {
		t.Parallel()
		_, s := open(t)
		s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
		s.must(t, "─ humidity · LAB5")
		s.Send(tea.MouseClickMsg{X: 10, Y: 4, Button: tea.MouseLeft})
		s.must(t, "─ too-hot · LAB5")
		s.Send(tea.MouseClickMsg{X: 10, Y: 9, Button: tea.MouseLeft}) // the history's heading
		s.must(t, "─ too-hot · LAB5")
		s.Send(tea.MouseClickMsg{X: 10, Y: 10, Button: tea.MouseLeft})
		s.must(t, "─ too-hot · LAB2")
		s.Send(tea.MouseClickMsg{X: 10, Y: 39, Button: tea.MouseLeft})
		s.must(t, "─ too-hot · LAB2")
	})
	t.Run("the cursor stays with its alert, the first line with what is worst", func(t *testing.T) {
		t.Parallel()
		f, s := open(t)
		add := func(id uint64, device string) {
			f.mu.Lock()
			f.active = append(f.active, alertOf(id, "flood", device, "", alerts.Critical, 0))
			f.sort()
			f.mu.Unlock()
			s.Send(tea.ResumeMsg{})
		}
		add(70, "lab1")
		s.must(t, "─ flood · LAB1")
		s.Press("j")
		s.must(t, "─ offline · LAB3")
		add(71, "lab2")
		s.must(t, "─ offline · LAB3")
	})
	t.Run("ranges of the chart", func(t *testing.T) {
		t.Parallel()
		_, s := open(t, "j", "enter", "]")
		s.must(t, "11:46", "11:50", "11:58")
		s.Press("[", "[", "[", "[", "[", "]")
		s.must(t, "11:56", "11:58")
	})
	t.Run("esc goes back a step at a time", func(t *testing.T) {
		t.Parallel()
		_, s := open(t, "/", "h", "o", "t", "enter", "enter", "esc", "esc")
		s.must(t, "alerts · 2 critical")
		s.Press("esc")
		s.must(t, "DEVICE", "TREND")
		if s.Quit {
			t.Error("it quit")
		}
	})
}

// TestAlertsWithoutColours shows that each state is also a sign and a word.
func TestAlertsWithoutColours(t *testing.T) {
	t.Parallel()
	for _, ascii := range []bool{false, true} {
		s := troubled(t, trouble(), 120, 40, func(o *ui.Options) { o.ASCII, o.Profile = ascii, colorprofile.ASCII })
		devices := []string{"◆2  ▲1", "◆ LAB3", "▲ LAB2", "△ LAB1", "critical offline", "▲  21.00", "×  27.04"}
		list := []string{"◆ critical", "▲ warning", "◇ pending", "△ acknowledged", "△ silenced", "✓ resolved"}
		if ascii {
			devices = []string{"C2  W1", "C LAB3", "W LAB2", "w LAB1", "critical offline", "W  21.00", "?  27.04"}
			list = []string{"C critical", "W warning", "c pending", "w acknowledged", "w silenced", "= resolved"}
		}
		for _, sign := range devices {
			s.must(t, sign)
		}
		s.Press("3")
		for _, sign := range list {
			s.must(t, sign)
		}
		for _, r := range s.text() {
			if ascii && r > 0x7e {
				t.Fatalf("%q in a picture that may only hold ASCII", r)
			}
		}
	}
}

// storm is a lab in which n alerts fire.
func storm(n int) *fakeAlerts {
	f := &fakeAlerts{rules: 1, before: 1e6}
	for i := range n {
		a := reads(alertOf(uint64(i+1), "limit", fmt.Sprintf("lab%d", i), "temperature", alerts.Severity(1+i%2), time.Duration(i)*time.Millisecond), "31.8", 31.8, 32, "°C", "above 30 °C")
		f.active = append(f.active, a)
		f.history = append(f.history, alerts.Transition{Seq: f.before + uint64(i) + 1, Time: noon, From: alerts.Pending, To: alerts.Firing, Alert: a})
	}
	f.sort()
	return f
}

// TestAlertStorm reads no more of ten thousand alerts than is seen, wherever the
// cursor is.
func TestAlertStorm(t *testing.T) {
	t.Parallel()
	f := storm(10_000)
	s := troubled(t, f, 120, 40)
	s.must(t, "◆5000  ▲5000")
	s.Press("3")
	for _, keys := range [][]string{{"j"}, {"pgdown"}, {"G"}, {"k"}, {"g"}} {
		f.reads = 0
		s.Press(keys...)
		if f.reads > 4*60 {
			t.Errorf("%v: %d lines were read for a screen of 40 rows", keys, f.reads)
		}
	}
	s.must(t, "alerts · 5 000 critical, 5 000 warning", "1 000 000 older steps are gone")
	s.Press("G")
	s.must(t, "limit · LAB0 temperature")
	s.Press("/")
	s.typed("lab777 ")
	s.must(t, "LAB777 ")
	s.must(t, "22 found")
	f.reads = 0
	s.Press("down", "up")
	if f.reads > 0 {
		t.Errorf("%d lines were read again though nothing has changed", f.reads)
	}
}

// TestAbsurdValues draws what no sensor can mean: the rows keep their widths, and a
// threshold is where it is.
func TestAbsurdValues(t *testing.T) {
	t.Parallel()
	for _, values := range [][]float64{
		{1e300, -1e300}, {21, 22, 1e300}, {5e-324}, {math.MaxFloat64}, {22.5}, {0, 1e-300}, {21, 1e9, 22}, {0},
	} {
		l := newLab(t)
		for i, v := range values {
			l.say(time.Duration(len(values)-i)*10*time.Second, "iotclass/lab1/temperature", fmt.Sprintf("%g", v))
			l.say(time.Duration(len(values)-i)*10*time.Second-time.Second, "iotclass/lab1/temperature", "nan")
		}
		l.Tick(noon, model.SourceStats{})
		f := &fakeAlerts{rules: 1, thresholds: trouble().thresholds}
		a := alertOf(1, "too-hot", "lab1", "temperature", alerts.Critical, time.Minute)
		f.active = []alerts.Alert{reads(a, fmt.Sprint(values[0]), values[0], values[0], "°C", "above 26.5 °C")}
		for _, keys := range [][]string{{}, {"enter"}, {"3"}, {"3", "enter"}} {
			s := newScreen(t, l, 100, 30, func(o *ui.Options) { o.Session.Alerts = f })
			s.Press(keys...)
			if err := fits(s); err != nil {
				t.Errorf("%v, %v: %v", values, keys, err)
			}
		}
	}
}

func fits(s *screen) error { return viewer.Fits(s.Frame(), 100, 30) }

func BenchmarkAlertStorm(b *testing.B) {
	f := storm(10_000)
	s := troubled(b, f, 200, 60)
	s.Press("3", "j")
	b.ReportAllocs()
	for b.Loop() {
		s.Send(tea.ResumeMsg{})
	}
}

// TestWildAlerts shows alerts whose texts and numbers are out of bounds: nothing but
// text reaches the terminal, and the picture keeps its size.
func TestWildAlerts(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 8}, {80, 24}, {120, 40}, {200, 60}} {
		s := troubled(t, wild(), size[0], size[1])
		for _, key := range []string{"3", "j", "j", "j", "a", "z", "m", "enter", "]", "esc", "j", "z", "G", "enter", "y", "Y", "esc", "d", "3", "/", "x", "enter", "space", "space", "1", "enter"} {
			s.Press(key)
			if err := harmless(s.Frame()); err != nil {
				t.Errorf("%v after %s: %v", size, key, err)
			}
			if err := viewer.Fits(s.Frame(), size[0], size[1]); err != nil {
				t.Errorf("%v after %s: %v", size, key, err)
			}
		}
		for _, e := range s.Copied {
			if err := harmless(e); err != nil {
				t.Errorf("on the clipboard: %v", err)
			}
		}
	}
}
