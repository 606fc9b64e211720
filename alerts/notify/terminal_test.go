package notify_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/testkit/oracle"
)

// paper is a Terminal that keeps what is written.
type paper struct {
	written []string
	busy    bool
}

func (p *paper) WriteAside(b []byte) bool {
	if p.busy {
		return false
	}
	p.written = append(p.written, string(b))
	return true
}

func screenOn(p *paper) *notify.Screen {
	s := &notify.Screen{}
	s.Show(p)
	return s
}

func TestBell(t *testing.T) {
	t.Parallel()
	p := &paper{}
	screen := screenOn(p)
	bell := &notify.Bell{Screen: screen}
	var s seq
	through(t, notify.Channel{Sender: bell}, poisoned("r"))
	if len(p.written) != 1 || p.written[0] != "\a" {
		t.Errorf("wrote %q", p.written)
	}
	p.busy = true
	if got := through(t, notify.Channel{Sender: bell}, poisoned("r")); got.Failed != 1 || got.LastError == "" {
		t.Errorf("status %+v", got)
	}
	screen.Show(nil)
	if got := through(t, notify.Channel{Sender: bell}, poisoned("r")); got.Failed != 0 || got.Skipped != 1 {
		t.Errorf("status %+v", got)
	}
	_ = s
}

func TestDesktop(t *testing.T) {
	t.Parallel()
	var s seq
	a := s.fire("too-hot", "lab;2", alerts.Critical)
	a.Alert.Notify = []string{"one"}
	const text = "critical: too-hot on lab,2: temperature 31.8 °C, above 30 °C for 10 s\a"
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"unknown terminal": {map[string]string{"TERM": "xterm-256color"}, "\x1b]9;labtop: " + text + "\x1b]777;notify;labtop;" + text},
		"foot":             {map[string]string{"TERM": "foot"}, "\x1b]777;notify;labtop;" + text},
		"kitty":            {map[string]string{"TERM": "xterm-kitty"}, "\x1b]9;labtop: " + text},
		"iterm":            {map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "\x1b]9;labtop: " + text},
		"tmux": {
			map[string]string{"TERM": "tmux-256color", "TMUX": "/tmp/x", "TERM_PROGRAM": "WezTerm"},
			"\x1bPtmux;\x1b\x1b]9;labtop: " + text + "\x1b\\",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &paper{}
			d := notify.DesktopFor(func(name string) string { return c.env[name] })
			d.Screen = screenOn(p)
			through(t, notify.Channel{Sender: &d}, a)
			if len(p.written) != 1 || p.written[0] != c.want {
				t.Errorf("wrote %q, want %q", p.written, c.want)
			}
		})
	}
}

// Nothing that a broker sends leaves its place in a desktop notification: one
// sequence of 200 characters at most, with the semicolons and the end that are its
// own.
func TestDesktopInjection(t *testing.T) {
	t.Parallel()
	texts := append(injections(), strings.Repeat("long ", 100_000), strings.Repeat("é", 5000))
	for _, text := range texts {
		p := &paper{}
		d := &notify.Desktop{Screen: screenOn(p), OSC9: true, OSC777: true}
		through(t, notify.Channel{Sender: d}, poisoned(text))
		if len(p.written) != 1 {
			t.Fatalf("%q: wrote %q", text, p.written)
		}
		rest, ok := strings.CutPrefix(p.written[0], "\x1b]9;labtop: ")
		first, rest, ok2 := strings.Cut(rest, "\a")
		second, ok3 := strings.CutPrefix(rest, "\x1b]777;notify;labtop;")
		second, ok4 := strings.CutSuffix(second, "\a")
		if !ok || !ok2 || !ok3 || !ok4 || first != second {
			t.Fatalf("%q: wrote %q", text, p.written[0])
		}
		if n := utf8.RuneCountInString("labtop: " + first); n > 200 {
			t.Errorf("%.40q: %d characters", text, n)
		}
		if strings.Contains(first, ";") {
			t.Errorf("%q: a semicolon in %q", text, first)
		}
		if found := oracle.ScanText([]byte(first)); len(found) > 0 {
			t.Errorf("%q: %v", text, found)
		}
	}
}

// A message of many alerts says how many more there are, however long the first is.
func TestDesktopCountsTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &paper{}
		d := notify.New([]notify.Channel{{Name: "one", Sender: &notify.Desktop{Screen: screenOn(p), OSC9: true}}}, nil)
		for i := range 18 {
			a := poisoned(strings.Repeat("long ", 60) + string(rune('a'+i)))
			if i > 0 {
				a.Alert.Severity = alerts.Warning
			}
			d.Tell(a)
		}
		d.Close(time.Second)
		if len(p.written) != 1 || !strings.HasSuffix(p.written[0], "… + 17 more alerts: 17 warning\a") || utf8.RuneCountInString(p.written[0]) > 205 {
			t.Errorf("wrote %q", p.written)
		}
	})
}

func TestNoScreen(t *testing.T) {
	t.Parallel()
	d := notify.New([]notify.Channel{{Name: "bell", Sender: &notify.Bell{Screen: &notify.Screen{}}}}, nil)
	defer d.Close(time.Second)
	if err := d.Test(t.Context(), "bell"); !errors.Is(err, notify.ErrNoScreen) {
		t.Errorf("error %v", err)
	}
}
