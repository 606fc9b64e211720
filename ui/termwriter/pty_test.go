//go:build unix

package termwriter_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"labtop/ui/painter"
	"labtop/ui/termwriter"
)

// openPTY returns the terminal's and the program's end of a pseudo-terminal in
// raw mode. The terminal end is read by nobody until thaw.
func openPTY(t *testing.T) (terminal, program *os.File) {
	t.Helper()
	terminal, program, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() {
		_ = program.Close()
		_ = terminal.Close()
	})
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(program.Fd()); err != nil {
		t.Fatal(err)
	}
	return terminal, program
}

// fill writes to the terminal of that name until it takes no more.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for err == nil {
		if err = f.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Skipf("terminal without deadlines: %v", err)
		}
		_, err = f.Write(make([]byte, 4096))
	}
}

// screen reads a terminal and keeps what it read.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // has an element when text grew
	done chan struct{}
}

func thaw(terminal io.Reader) *screen {
	s := &screen{more: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		buf := make([]byte, 32<<10)
		for {
			n, err := terminal.Read(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.text.Write(buf[:n])
			s.mu.Unlock()
			select {
			case s.more <- struct{}{}:
			default:
			}
		}
	}()
	return s
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor waits until what was read satisfies ok.
func (s *screen) waitFor(t *testing.T, what string, ok func(string) bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !ok(s.String()) {
		select {
		case <-s.more:
		case <-s.done:
			if !ok(s.String()) {
				t.Fatalf("terminal closed before %s", what)
			}
		case <-deadline:
			text := s.String()
			t.Fatalf("no %s; the last bytes are %q", what, text[max(0, len(text)-500):])
		}
	}
}

func TestIsATerminal(t *testing.T) {
	t.Parallel()
	terminal, program := openPTY(t)
	w := termwriter.New(program, termwriter.Options{})
	var f term.File = w
	if !term.IsTerminal(f.Fd()) {
		t.Error("not a terminal for x/term")
	}
	if wd, ht, err := term.GetSize(w.Fd()); wd != 80 || ht != 24 || err != nil {
		t.Errorf("size = %dx%d, %v", wd, ht, err)
	}
	if p := colorprofile.Detect(w, []string{"TERM=xterm-256color"}); p != colorprofile.ANSI256 {
		t.Errorf("colour profile = %v", p)
	}
	_ = terminal
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := program.WriteString("x"); err != nil {
		t.Errorf("Close closed the terminal: %v", err)
	}
}

// On Linux Close gets its restore sequence into a terminal that has stopped
// reading, and nothing of ours stays behind in write(2).
func TestCloseOfStoppedTerminal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs a second descriptor of the terminal")
	}
	for name, end := range map[string]func(*termwriter.Writer) error{
		"close":   (*termwriter.Writer).Close,
		"restore": (*termwriter.Writer).Restore,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terminal, program := openPTY(t)
			fill(t, program.Name())
			w := termwriter.New(program, termwriter.Options{CloseTimeout: 4 * time.Second})
			write(t, w, strings.Repeat("\x1b[31mframe\x1b[m", 10_000)) // more than any room left
			start := time.Now()
			if err := end(w); err != nil {
				t.Errorf("error %v", err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			<-w.Done()
			s := thaw(terminal)
			s.waitFor(t, "restore sequence", func(s string) bool {
				return strings.Contains(s, "\x1b[?1049l") && strings.HasSuffix(s, "\x1b[?25h")
			})
		})
	}
}

func TestTerminalClosed(t *testing.T) {
	t.Parallel()
	terminal, program := openPTY(t)
	w := termwriter.New(program, termwriter.Options{})
	_ = terminal.Close()
	write(t, w, "x")
	<-w.Done()
	if w.Err() == nil {
		t.Error("no error")
	}
}

type tickMsg struct{}

// model draws a screen that changes everywhere with each tick, and copies texts to the
// clipboard until the writer has dropped something: a picture waits for the terminal, a
// text does not.
type model struct {
	w       *termwriter.Writer
	updates *atomic.Int64
}

func (m model) Init() tea.Cmd { return tick }

func tick() tea.Msg {
	time.Sleep(time.Millisecond) // the rate of the frames, nothing waits for it
	return tickMsg{}
}

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tickMsg); !ok {
		return m, nil
	}
	m.updates.Add(1)
	if m.w.Dropped() > 0 {
		return m, tick
	}
	return m, tea.Batch(tick, tea.Raw(ansi.SetSystemClipboard(strings.Repeat("text", 200))))
}

func (m model) View() tea.View {
	var b strings.Builder
	n := m.updates.Load()
	for y := range 24 {
		for x := range 10 {
			fmt.Fprintf(&b, "\x1b[3%dm%07d", (int(n)+x+y)%8, n)
		}
		b.WriteString("\x1b[m\n")
	}
	return tea.NewView(strings.TrimSuffix(b.String(), "\n"))
}

// run starts a program on a terminal that is full from the start and that
// nobody reads, and returns when the queue has overflowed. The program has no
// input: one that is killed may leave its input reader behind.
func run(t *testing.T, program *os.File) (*tea.Program, model, <-chan error) {
	t.Helper()
	fill(t, program.Name())
	w := termwriter.New(program, termwriter.Options{Limit: 16 << 10, CloseTimeout: 4 * time.Second})
	m := model{w, new(atomic.Int64)}
	shown := painter.NewModel(m, w, painter.Options{Title: "test", Mouse: true, FPS: 120})
	p := tea.NewProgram(shown, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutRenderer(), tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run()
		shown.Leave()
		ended <- err
	}()
	t.Cleanup(p.Kill)
	deadline := time.Now().Add(time.Minute)
	for w.Dropped() == 0 {
		if time.Now().After(deadline) {
			t.Fatal("never overflows")
		}
		time.Sleep(time.Millisecond)
	}
	return p, m, ended
}

func within(t *testing.T, d time.Duration, what string, c <-chan error) error {
	t.Helper()
	select {
	case err := <-c:
		return err
	case <-time.After(d):
		t.Fatalf("%s takes longer than %v", what, d)
		return nil
	}
}

func TestProgramGoesOnAndRepaints(t *testing.T) {
	t.Parallel()
	terminal, program := openPTY(t)
	p, m, ended := run(t, program)

	before := m.updates.Load()
	for i := 0; m.updates.Load() < before+20; i++ {
		if i > 60_000 {
			t.Fatal("Update stands still")
		}
		time.Sleep(time.Millisecond)
	}

	s := thaw(terminal)
	// Without the alternate screen, dropped at the very start, the session
	// would be drawn over the shell's.
	s.waitFor(t, "alternate screen", func(s string) bool { return strings.Contains(s, "\x1b[?1049h") })
	s.waitFor(t, "repaint", func(s string) bool {
		_, after, ok := strings.Cut(s, resync)
		_, frame, cleared := strings.Cut(after, ansi.CursorHomePosition+ansi.EraseEntireScreen)
		return ok && cleared && wholeFrame(frame)
	})
	p.Quit()
	if err := within(t, 30*time.Second, "Quit", ended); err != nil {
		t.Error(err)
	}
	if err := m.w.Close(); err != nil {
		t.Error(err)
	}
	s.waitFor(t, "way back", restored)
}

// wholeFrame says whether s starts with all 24 lines of one frame of model, with
// nothing left of the screen before: 80 columns hold ten numbers of 7 digits.
func wholeFrame(s string) bool {
	text := ansi.Strip(s)
	var numbers []string
	for len(text) > 0 && len(numbers) < 240 {
		if text[0] < '0' || text[0] > '9' {
			text = text[1:]
			continue
		}
		if len(text) < 7 {
			return false
		}
		numbers = append(numbers, text[:7])
		text = text[7:]
	}
	if len(numbers) < 240 {
		return false
	}
	for _, n := range numbers {
		if n != numbers[0] {
			return false
		}
	}
	return true
}

// restored says whether the terminal's last states are those of a shell.
func restored(s string) bool {
	for _, mode := range []struct{ on, off string }{
		{"\x1b[?1049h", "\x1b[?1049l"},
		{"\x1b[?25l", "\x1b[?25h"},
		{"\x1b[?2004h", "\x1b[?2004l"},
		{"\x1b[?1002h", "\x1b[?1002l"},
		{"\x1b[?1006h", "\x1b[?1006l"},
	} {
		if off := strings.LastIndex(s, mode.off); off < 0 || off < strings.LastIndex(s, mode.on) {
			return false
		}
	}
	return true
}

func TestProgramEndsWhileTerminalStopped(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*tea.Program){
		"quit": (*tea.Program).Quit,
		"kill": (*tea.Program).Kill,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terminal, program := openPTY(t)
			p, m, ended := run(t, program)
			go end(p)
			err := within(t, 30*time.Second, name, ended)
			if name == "kill" && !errors.Is(err, tea.ErrProgramKilled) || name == "quit" && err != nil {
				t.Errorf("Run: %v", err)
			}
			start := time.Now()
			_ = m.w.Close()
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("Close took %v", took)
			}
			s := thaw(terminal)
			s.waitFor(t, "way back", restored)
			<-m.w.Done()
		})
	}
}
