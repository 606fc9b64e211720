package painter_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"labtop/ui/painter"
)

// counter is a model whose picture is the last number that it was told.
type counter string

type numberMsg int

func (counter) Init() tea.Cmd    { return nil }
func (c counter) View() tea.View { return tea.NewView(string(c)) }
func (c counter) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if n, ok := msg.(numberMsg); ok {
		c = counter(fmt.Sprintf("number %05d", n))
	}
	return c, nil
}

// terminal takes nothing while it is stopped.
type terminal struct {
	writes  []string
	pending int
	lost    bool
	goesOn  chan struct{} // closed when it is not stopped
}

func (t *terminal) Write(p []byte) (int, error) {
	t.writes = append(t.writes, string(p))
	return len(p), nil
}

func (t *terminal) Pending() int { return t.pending }
func (t *terminal) Free(int)     { <-t.goesOn }
func (t *terminal) NeedsRepaint() bool {
	lost := t.lost
	t.lost = false
	return lost
}

func (t *terminal) stop() { t.pending, t.goesOn = 1<<20, make(chan struct{}) }
func (t *terminal) goOn() {
	t.pending = 0
	close(t.goesOn)
}

// all is what was written so far, which is forgotten.
func (t *terminal) all() string {
	text := strings.Join(t.writes, "")
	t.writes = nil
	return text
}

// program runs a model as Bubble Tea does, as long as the test calls it.
type program struct {
	*painter.Model
	*terminal
	msgs chan tea.Msg
}

const fps = 30

func start() *program {
	term := &terminal{goesOn: make(chan struct{})}
	close(term.goesOn)
	p := &program{
		painter.NewModel(counter(""), term, painter.Options{Title: "labtop", Mouse: true, AskSynchronized: true, FPS: fps}),
		term, make(chan tea.Msg),
	}
	_ = p.Init()
	return p
}

func (p *program) send(msg tea.Msg) {
	_, cmd := p.Update(msg)
	p.run(cmd)
}

func (p *program) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() { p.msgs <- cmd() }()
	}
}

// during handles what the commands bring for a time.
func (p *program) during(d time.Duration) {
	end := time.After(d)
	for {
		select {
		case msg := <-p.msgs:
			p.send(msg)
		case <-end:
			return
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start()
		p.send(tea.WindowSizeMsg{Width: 12, Height: 1})
		p.during(time.Second)
		p.all()
		s := newScreen(12, 1)
		shows := func(text string) bool {
			if err := s.write(p.all()); err != nil {
				t.Fatal(err)
			}
			return strings.HasPrefix(s.text(), text)
		}
		p.send(numberMsg(1))
		if !shows("number 00001") {
			t.Errorf("the first picture waits; shown is %q", s.text())
		}
		p.send(numberMsg(2))
		if !shows("number 00002") {
			t.Errorf("a second one waits; shown is %q", s.text())
		}
		for n := 3; n < 1000; n++ {
			p.send(numberMsg(n))
			p.during(time.Millisecond)
		}
		if n := len(p.writes); n < fps-1 || n > fps {
			t.Errorf("%d pictures in a second of a thousand", n)
		}
		p.during(time.Second / fps)
		if !shows("number 00999") {
			t.Errorf("the last picture is not shown, but %q", s.text())
		}
		p.during(time.Minute)
		if got := p.all(); got != "" {
			t.Errorf("nothing has changed, and %q is written", got)
		}
	})
}

func TestBusyTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start()
		p.send(tea.WindowSizeMsg{Width: 12, Height: 1})
		p.stop()
		p.all()
		for n := range 100 {
			p.send(numberMsg(n))
			p.during(time.Second)
		}
		p.send(tea.RawMsg{Msg: "\x1b]52;c;YQ==\a"})
		if got := p.all(); got != "\x1b]52;c;YQ==\a" {
			t.Errorf("written to a terminal that takes nothing: %q", got)
		}
		p.goOn()
		p.during(time.Millisecond)
		if len(p.writes) != 1 || !strings.Contains(p.writes[0], "number 00099") {
			t.Errorf("written when it goes on: %q", p.writes)
		}
	})
}

// TestSlowLine: a terminal that had to be waited for is given one picture a second, so
// that there is room for what the user asks for, and after a while as many as any.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start()
		n := 0
		count := func(d time.Duration) int {
			p.all()
			for range d / (100 * time.Millisecond) {
				n++
				p.send(numberMsg(n))
				p.during(100 * time.Millisecond)
			}
			return len(p.writes)
		}
		if got := count(2 * time.Second); got != 20 {
			t.Errorf("%d pictures in two seconds", got)
		}
		p.stop()
		count(time.Second)
		p.goOn()
		if got := count(5 * time.Second); got < 4 || got > 6 {
			t.Errorf("%d pictures in five seconds of a slow line", got)
		}
		p.during(350 * time.Millisecond)
		p.all()
		p.send(tea.KeyPressMsg{Code: 'x'})
		p.send(numberMsg(77777))
		if got := p.all(); !strings.Contains(got, "77777") {
			t.Errorf("a key waits, and %q is written", got)
		}
		if got := count(24 * time.Second); got < 23 || got > 28 {
			t.Errorf("%d pictures in the 24 seconds after that", got)
		}
		p.during(time.Second)
		if got := count(2 * time.Second); got != 20 {
			t.Errorf("%d pictures in two seconds, half a minute after it was slow", got)
		}
	})
}

// TestPaintedAnew: a whole picture, on a cleared screen, follows what makes the terminal
// show nobody knows what.
func TestPaintedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start()
		p.send(numberMsg(7))
		for name, cause := range map[string]func(){
			"size":       func() { p.send(tea.WindowSizeMsg{Width: 12, Height: 1}) },
			"resumed":    func() { p.Leave(); p.all(); p.send(tea.ResumeMsg{}) },
			"bytes lost": func() { p.lost = true; p.send(nil) },
			"lost, frees": func() {
				p.stop()
				p.send(numberMsg(8))
				p.lost = true
				p.goOn()
				p.during(time.Second)
				p.send(numberMsg(7))
			},
		} {
			p.during(time.Second)
			p.all()
			cause()
			p.during(time.Second)
			got := p.all()
			if _, picture, cleared := strings.Cut(got, ansi.EraseEntireScreen); !cleared || !strings.Contains(picture, "number 0000") {
				t.Errorf("%s: %q", name, got)
			}
			if entered := strings.Contains(got, "\x1b[?1049h"); entered != (name == "resumed") {
				t.Errorf("%s: %q", name, got)
			}
			p.send(nil)
			if got := p.all(); got != "" {
				t.Errorf("%s: then %q", name, got)
			}
		}
	})
}

// TestModes: what Init and a resume set, Leave takes back, in the reverse order.
func TestModes(t *testing.T) {
	t.Parallel()
	p := start()
	set := p.all()
	if want := "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b]2;labtop\a\x1b[?2026$p"; set != want {
		t.Errorf("set %q, want %q", set, want)
	}
	p.send(tea.WindowSizeMsg{Width: 12, Height: 5})
	p.all()
	p.Leave()
	if got, want := p.all(), "\x1b]2;\a\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b[5;1H\r\n\x1b[?1049l\x1b[?25h"; got != want {
		t.Errorf("taken back %q, want %q", got, want)
	}
}

// TestSynchronized: pictures are marked for terminals that say that they know it, each in
// one write.
func TestSynchronized(t *testing.T) {
	t.Parallel()
	for value, want := range map[ansi.ModeSetting]bool{ansi.ModeReset: true, ansi.ModeNotRecognized: false, ansi.ModePermanentlyReset: false} {
		synctest.Test(t, func(t *testing.T) {
			p := start()
			p.send(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: value})
			for n := range 3 {
				p.during(time.Second)
				p.all()
				p.send(numberMsg(n))
				if marked := strings.HasPrefix(p.writes[0], "\x1b[?2026h") && strings.HasSuffix(p.writes[0], "\x1b[?2026l"); marked != want || len(p.writes) != 1 {
					t.Errorf("the terminal says %d: %q", value, p.writes)
				}
			}
		})
	}
}
