// Package oracle shows what a program's output does to a terminal: the terminal
// of VS Code without its window (@xterm/headless), and a scan of the bytes.
//
// It is there because terminals differ: xterm.js obeys the 8-bit controls where
// they are written as UTF-8, and tmux (testkit/terminal) does not, so a test with
// one of them proves little.
//
// The contract: one test owns a [Terminal]; Write may be called from one other
// goroutine, such as one that copies from a pty. The terminal ends with the test.
// It needs node and npm, and the npm registry once: where they are missing the
// test is skipped, or fails when the environment says CI=true.
package oracle

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Terminal is an xterm.js of its own, in a process of its own.
type Terminal struct {
	tb     testing.TB
	states chan answer
	failed chan struct{} // closed when the process has ended

	// mu guards what follows.
	mu       sync.Mutex
	stdin    io.WriteCloser
	replies  []string
	keyboard io.Writer
	asked    int
	complain strings.Builder // what the process wrote to stderr
}

// State is what a terminal shows, and what was done to it since it was opened.
type State struct {
	// Rows are the visible lines, as many as the terminal has, each cut at its
	// last character.
	Rows []string
	// Cells are their cells by row and column: a character with its marks, " ", or
	// "" for the right half of a wide one.
	Cells [][]string
	// Looks are the cells' colours and attributes in words, such as "invisible" or
	// "bold fg..."; empty for plain ones.
	Looks [][]string
	// Above are the lines that were scrolled off the top.
	Above []string
	// X and Y are the cursor's column and row from 0.
	X, Y int
	// Alternate says that the alternate screen is on.
	Alternate bool
	// Titles are all titles that were set, in order.
	Titles []string
	// Replies is what the terminal typed back to the program, in order.
	Replies []string
	// Commands are the operating system commands (OSC) that were seen, titles and
	// clipboard included.
	Commands []Command
	Bells    int
	// Modes are the terminal's modes by name, such as bracketedPasteMode.
	Modes map[string]any
}

// Command is one operating system command.
type Command struct {
	Number int    `json:"number"`
	Data   string `json:"data"`
}

// Text is the screen as one text.
func (s *State) Text() string { return strings.Join(s.Rows, "\n") }

// Clipboard is what was put on the clipboard (OSC 52), decoded, in order.
func (s *State) Clipboard() []string {
	var texts []string
	for _, c := range s.Commands {
		_, encoded, _ := strings.Cut(c.Data, ";")
		if text, err := base64.StdEncoding.DecodeString(encoded); c.Number == 52 && err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
}

// patience is how long an answer may take. It is only reached when a test fails.
const patience = time.Minute

// New opens a terminal of a size in cells.
func New(tb testing.TB, width, height int) *Terminal {
	tb.Helper()
	dir := installed(tb)
	cmd := exec.CommandContext(tb.Context(), "node", "terminal.js")
	cmd.Dir = dir
	t := &Terminal{tb: tb, states: make(chan answer), failed: make(chan struct{})}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	t.stdin, cmd.Stderr = stdin, complaints{t}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(t.failed)
		t.listen(stdout)
		_ = cmd.Wait()
	}()
	tb.Cleanup(func() {
		_ = stdin.Close()
		<-t.failed
	})
	t.request(map[string]any{"open": size{width, height}})
	return t
}

// complaints is where the process's stderr goes.
type complaints struct{ t *Terminal }

func (c complaints) Write(p []byte) (int, error) {
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	return c.t.complain.Write(p)
}

// answer is a line from the process: a state, or what the terminal types.
type answer struct {
	State     *int           `json:"state"`
	Reply     *string        `json:"reply"`
	Screen    [][]run        `json:"screen"`
	Above     []string       `json:"above"`
	X         int            `json:"x"`
	Y         int            `json:"y"`
	Alternate bool           `json:"alternate"`
	Titles    []string       `json:"titles"`
	Commands  []Command      `json:"commands"`
	Bells     int            `json:"bells"`
	Modes     map[string]any `json:"modes"`
}

type run struct {
	Look  string   `json:"look"`
	Cells []string `json:"cells"`
}

// listen takes the process's lines until it ends.
func (t *Terminal) listen(stdout io.Reader) {
	defer close(t.states)
	d := json.NewDecoder(bufio.NewReaderSize(stdout, 64<<10))
	for {
		var a answer
		if err := d.Decode(&a); err != nil {
			return
		}
		if a.Reply != nil {
			t.typed(*a.Reply)
			continue
		}
		t.states <- a
	}
}

// typed keeps what the terminal types, and hands it to the program.
func (t *Terminal) typed(encoded string) {
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.tb.Error(err)
	}
	t.mu.Lock()
	t.replies = append(t.replies, string(text))
	keyboard := t.keyboard
	t.mu.Unlock()
	if keyboard != nil {
		_, _ = keyboard.Write(text) // it may have ended
	}
}

// Open begins anew with an empty terminal of a size in cells.
func (t *Terminal) Open(width, height int) {
	t.tb.Helper()
	t.State() // so that late replies of the old one do not count
	t.mu.Lock()
	t.replies = nil
	t.mu.Unlock()
	t.request(map[string]any{"open": size{width, height}})
}

type size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Resize changes the size.
func (t *Terminal) Resize(width, height int) {
	t.tb.Helper()
	t.request(map[string]any{"resize": size{width, height}})
}

// TypeTo hands what the terminal types from now on to w, as a terminal hands it to
// the program that runs in it.
func (t *Terminal) TypeTo(w io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keyboard = w
}

// Write feeds output of a program to the terminal.
func (t *Terminal) Write(p []byte) (int, error) {
	if err := t.send(map[string]any{"write": p}); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (t *Terminal) request(r map[string]any) {
	t.tb.Helper()
	if err := t.send(r); err != nil {
		t.tb.Fatalf("the terminal has ended: %v\n%s", err, t.complaint())
	}
}

func (t *Terminal) send(r map[string]any) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err = t.stdin.Write(append(line, '\n'))
	return err
}

func (t *Terminal) complaint() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.complain.String()
}

// State waits until all that was written is on the screen, and returns it.
func (t *Terminal) State() State {
	t.tb.Helper()
	t.asked++
	t.request(map[string]any{"state": t.asked})
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case a, ok := <-t.states:
		if !ok || *a.State != t.asked {
			t.tb.Fatalf("the terminal has ended\n%s", t.complaint())
		}
		return t.state(&a)
	case <-late.C:
		t.tb.Fatalf("the terminal does not answer\n%s", t.complaint())
	}
	return State{}
}

func (t *Terminal) state(a *answer) State {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := State{
		Above: a.Above, X: a.X, Y: a.Y, Alternate: a.Alternate, Titles: a.Titles,
		Replies: append([]string(nil), t.replies...), Commands: a.Commands, Bells: a.Bells, Modes: a.Modes,
	}
	for _, runs := range a.Screen {
		var cells, looks []string
		for _, r := range runs {
			for _, cell := range r.Cells {
				cells, looks = append(cells, cell), append(looks, r.Look)
			}
		}
		s.Cells, s.Looks = append(s.Cells, cells), append(s.Looks, looks)
		s.Rows = append(s.Rows, strings.TrimRight(strings.Join(cells, ""), " "))
	}
	return s
}

// Until waits until the terminal is as wanted, and returns its state then.
func (t *Terminal) Until(what string, wanted func(*State) bool) State {
	t.tb.Helper()
	for deadline := time.Now().Add(patience); ; {
		s := t.State()
		if wanted(&s) {
			return s
		}
		if time.Now().After(deadline) {
			t.tb.Fatalf("the terminal never %s; it shows:\n%s", what, s.Text())
		}
		time.Sleep(20 * time.Millisecond) // the program is another process
	}
}

// Wait waits until the terminal shows all of the texts at once.
func (t *Terminal) Wait(texts ...string) State {
	t.tb.Helper()
	return t.Until(fmt.Sprintf("shows %q", texts), func(s *State) bool {
		screen := s.Text()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}
