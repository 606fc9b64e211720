package hostile_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"

	"labtop/testkit/attack"
	"labtop/testkit/binary"
	"labtop/testkit/oracle"
	"labtop/testkit/terminal"
)

// The tests in this file run the built binary in terminals.

// labtop is a command line of the binary, with nothing of the developer's settings.
func labtop(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := binary.Command(t, args...)
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "COLORTERM=truecolor")
	return cmd
}

// session is the binary in the terminal of VS Code.
type session struct {
	*oracle.Terminal
	t     *testing.T
	pty   *os.File
	cmd   *exec.Cmd
	ended chan struct{} // closed when all output was read

	// mu guards stream, which is all that the binary wrote. The terminal has it too.
	mu     sync.Mutex
	stream bytes.Buffer
}

const width, height = 120, 40

func start(t *testing.T, args ...string) *session {
	t.Helper()
	return startWith(t, nil, args...)
}

// startWith is start with more variables in the environment.
func startWith(t *testing.T, env []string, args ...string) *session {
	t.Helper()
	s := &session{Terminal: oracle.New(t, width, height), t: t, cmd: labtop(t, args...), ended: make(chan struct{})}
	s.cmd.Env = append(s.cmd.Env, env...)
	var err error
	if s.pty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: height, Cols: width}); err != nil {
		t.Fatal(err)
	}
	s.TypeTo(s.pty)
	go func() {
		defer close(s.ended)
		_, _ = io.Copy(s, s.pty) // ends with an error when the binary does
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.pty.Close()
		<-s.ended
	})
	return s
}

// Write keeps what the binary writes and hands it to the terminal, before anybody can
// see the one without the other.
func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.Terminal.Write(p) // it may have ended
	return s.stream.Write(p)
}

func (s *session) written() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.stream.Bytes())
}

// press types keys and waits until the terminal shows a text.
func (s *session) press(keys, shown string) {
	s.t.Helper()
	if _, err := s.pty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
	s.Wait(shown)
}

// still waits until nothing is written any more, and returns what the terminal shows
// then and what made it so.
func (s *session) still() (oracle.State, []byte) {
	s.t.Helper()
	before := s.written()
	var state oracle.State
	s.Until("stands still", func(now *oracle.State) bool {
		stream := s.written()
		same := len(stream) == len(before) && now.Text() == state.Text()
		before, state = stream, *now
		return same
	})
	return state, before
}

// walkLog goes through the forms of the log and of a message in it, calls look in each,
// and comes back to the devices.
func (s *session) walkLog(look func()) {
	s.t.Helper()
	s.Wait("DEVICE", "99.25")
	s.press("5", "99.25")
	s.press("kkkkkkk", "16 of") // from the newest to one that is nothing but a text
	look()
	s.press("x", "JSON tree")
	look()
	s.press("x", " hex ")
	look()
	s.press("\r", " hex ")
	look()
	s.press("x", " text ")
	look()
	s.press("x", "JSON tree")
	look()
	s.press("1", "DEVICE")
}

// walk goes through the screens and returns the paused last one.
func (s *session) walk() (oracle.State, []byte) {
	s.t.Helper()
	s.Wait("DEVICE", "99.25")
	s.press("j", "DEVICE")
	s.press("\r", "last messages")
	s.press("x", "JSON tree")
	s.press("x", " hex ")
	s.press("x", " text ")
	s.press("\x1b", "enter detail") // of the list alone: a key right behind an escape is another key
	s.press("?", "Signs")
	s.press("\x1b", "enter detail")
	s.press("/", "wildcards + and # work")
	s.press("99\r", "filter “99”")
	s.press("\x1b", "DEVICE")
	s.Until("forgets the filter", func(now *oracle.State) bool { return !strings.Contains(now.Text(), "filter “99”") })
	s.press("y", "copied the value")
	s.press("Y", "copied the topic")
	s.press("H", "DEVICE")
	s.press("L", "DEVICE")
	s.press(" ", "paused")
	return s.still()
}

// quit ends the binary and returns its exit code, once all its output was read.
func (s *session) quit() int {
	s.t.Helper()
	if _, err := s.pty.WriteString("q"); err != nil {
		s.t.Fatal(err)
	}
	err := s.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	<-s.ended
	return s.cmd.ProcessState.ExitCode()
}

// representative are the texts that the binary is run with: each of the ways into a
// terminal, and what moves columns.
func representative() []attack.Case {
	names := []string{
		"osc title bel", "c1 osc as utf-8", "c1 report as utf-8", "c1 csi raw", "cursor report", "dcs decrqss", "dcs unterminated", "osc unterminated",
		"osc 52 clipboard", "csi leave the alternate screen", "csi conceal", "cr", "lf", "all c0", "bidi override", "two thousand marks", "zero width joiners",
		"family", "flag", "thai", "hindi", "wide", "hangul fillers", "truncated utf-8", "tags", "line and paragraph separator",
	}
	var cases []attack.Case
	for _, c := range attack.All() {
		if slices.Contains(names, c.Name) {
			cases = append(cases, c)
		}
	}
	return cases
}

// sayable are the messages of a scene that a broker may send at all.
func sayable(s *scene) []message {
	last := message{topic: "zzz/end/temperature", payload: "99.25"}
	return append(slices.DeleteFunc(s.messages, func(m message) bool {
		return m.topic == "" || strings.ContainsAny(m.topic, "+#")
	}), last)
}

// watchArgs is a dashboard that shows all that the broker says.
func watchArgs(t *testing.T, b *broker) []string {
	t.Helper()
	return []string{"-b", b.Addr, "-t", "#", "-t", "$SYS/#", "-c", configFile(t)}
}

// TestBinary walks through the screens with hostile texts in every message. The
// terminal gets no byte that is not ours, answers what a harmless lab makes it
// answer, and shows what the other terminal shows of the same bytes.
func TestBinary(t *testing.T) {
	t.Parallel()
	quiet := start(t, watchArgs(t, serve(t, &broker{messages: sayable(everything("neutral"))}))...)
	quiet.walkLog(func() {})
	neutral, _ := quiet.walk()
	if code := quiet.quit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for k, c := range representative() {
		if k%sparse != 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			s := start(t, watchArgs(t, serve(t, &broker{messages: sayable(everything(c.Text))}))...)
			s.walkLog(func() {
				shown, stream := s.still()
				sameInTmux(t, &shown, stream)
			})
			shown, stream := s.walk()
			undisturbed(t, &shown, &neutral)
			sameInTmux(t, &shown, stream)
			if code := s.quit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			end := s.State()
			if end.Alternate || len(end.Titles) == 0 || end.Titles[len(end.Titles)-1] != "" {
				t.Errorf("not restored: alternate screen %v, titles %q", end.Alternate, end.Titles)
			}
			if found := oracle.ScanStream(s.written(), copies(t, &shown)...); len(found) > 0 {
				t.Errorf("in the stream: %v", found)
			}
		})
	}
}

// undisturbed compares what happened to the terminal with what happens in a harmless
// lab.
func undisturbed(t *testing.T, s, neutral *oracle.State) {
	t.Helper()
	if !slices.Equal(s.Titles, neutral.Titles) || !slices.Equal(s.Titles, []string{"labtop"}) {
		t.Errorf("titles %q, in a harmless lab %q", s.Titles, neutral.Titles)
	}
	// The first questions and the title come in any order.
	if sorted := slices.Sorted[string]; !slices.Equal(sorted(slices.Values(s.Replies)), sorted(slices.Values(neutral.Replies))) {
		t.Errorf("the terminal typed %q, in a harmless lab %q", s.Replies, neutral.Replies)
	}
	numbers := func(s *oracle.State) []int {
		var all []int
		for _, c := range s.Commands {
			all = append(all, c.Number)
		}
		slices.Sort(all)
		return all
	}
	if !slices.Equal(numbers(s), numbers(neutral)) {
		t.Errorf("commands %+v, in a harmless lab %+v", s.Commands, neutral.Commands)
	}
	if s.Bells > 0 || len(s.Above) > 0 || !s.Alternate {
		t.Errorf("%d bells, scrolled off %q, alternate screen %v", s.Bells, s.Above, s.Alternate)
	}
	if fmt.Sprint(s.Modes) != fmt.Sprint(neutral.Modes) {
		t.Errorf("modes %v, in a harmless lab %v", s.Modes, neutral.Modes)
	}
}

// copies are the sequences by which texts came onto the clipboard; the texts are
// checked.
func copies(t *testing.T, s *oracle.State) []string {
	t.Helper()
	var sequences []string
	for i, text := range s.Clipboard() {
		if i == 0 { // the value; topics are copied byte for byte
			clean(t, "clipboard", text)
		}
		sequences = append(sequences, "\x1b]52;c;"+base64.StdEncoding.EncodeToString([]byte(text))+"\a")
	}
	if len(sequences) != 2 {
		t.Errorf("%d texts were copied", len(sequences))
	}
	return sequences
}

// sameInTmux gives tmux the same bytes and compares the pictures.
func sameInTmux(t *testing.T, s *oracle.State, stream []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stream")
	if err := os.WriteFile(file, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	term := terminal.Start(t, width, height, "stty raw -echo; cat "+file+"; sleep 600")
	term.Until("shows the same as xterm.js:\n"+s.Text(), func(screen string) bool {
		return screen == s.Text()+"\n"
	})
	if title := term.Title(); title != "labtop" || !term.AltScreen() {
		t.Errorf("tmux: title %q, alternate screen %v", title, term.AltScreen())
	}
}
