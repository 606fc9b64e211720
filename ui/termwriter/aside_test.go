//go:build unix

package termwriter_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"labtop/ui/termwriter"
)

// slips is an output that keeps each write apart.
type slips struct {
	mu     sync.Mutex
	writes []string
}

func (s *slips) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = append(s.writes, string(p))
	return len(p), nil
}

// whole says whether a text ends outside of any sequence and of any picture.
func whole(text string) bool {
	state, rest := byte(0), text
	for len(rest) > 0 {
		var n int
		_, _, n, state = ansi.DecodeSequence(rest, state, nil)
		rest = rest[n:]
	}
	return state == 0 && strings.Count(text, ansi.SetModeSynchronizedOutput) == strings.Count(text, ansi.ResetModeSynchronizedOutput)
}

// TestEachWriteIsWhole: Bubble Tea writes whole sequences and whole pictures, so that
// what is queued between two writes is in nobody's way.
func TestEachWriteIsWhole(t *testing.T) {
	t.Parallel()
	w := termwriter.New(&slips{}, termwriter.Options{})
	m := model{w, new(atomic.Int64), new(atomic.Int64)}
	out := &slips{}
	p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(out), tea.WithFPS(120), tea.WithWindowSize(80, 24),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "TERM_PROGRAM=ghostty"}), tea.WithoutSignalHandler())
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run()
		ended <- err
	}()
	out.until(t, 50)
	p.Send(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset}) // the terminal knows it
	out.until(t, 100)
	p.Quit()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = w.Close()
	for i, text := range out.writes {
		if !whole(text) {
			t.Fatalf("write %d of %d is cut: %.200q … %q", i, len(out.writes), text, text[max(0, len(text)-100):])
		}
	}
	if !strings.Contains(strings.Join(out.writes, ""), ansi.SetModeSynchronizedOutput) {
		t.Error("no picture was synchronized; is this still how Bubble Tea does it?")
	}
}

// until waits for so many writes.
func (s *slips) until(t *testing.T, n int) {
	t.Helper()
	for s.len() < n {
		select {
		case <-t.Context().Done():
			t.Fatal("the test ended")
		default:
			tick() // a millisecond
		}
	}
}

func (s *slips) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.writes)
}

// TestAside: a sequence aside comes whole and between two pictures, and never costs
// one.
func TestAside(t *testing.T) {
	t.Parallel()
	const aside = "\x1b]9;labtop: hot\a"
	terminal, program := openPTY(t)
	w := termwriter.New(program, termwriter.Options{Limit: 64 << 10})
	picture := "\x1b[?2026h" + strings.Repeat("\x1b[31mframe\x1b[m ", 100) + "\x1b[?2026l"
	s := thaw(terminal)
	var writers sync.WaitGroup
	writers.Go(func() {
		for range 500 {
			write(t, w, picture)
			for w.Pending() > 8<<10 {
				tick()
			}
		}
	})
	told := 0
	for told < 200 {
		if w.WriteAside([]byte(aside)) {
			told++
		}
		tick()
	}
	writers.Wait()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if w.Dropped() != 0 {
		t.Errorf("%d bytes were dropped", w.Dropped())
	}
	s.waitFor(t, "all of it", func(text string) bool {
		return strings.Count(text, aside) == told && strings.Count(text, picture) == 500
	})
}

// A terminal that is behind, stopped or gone takes no asides, and its pictures stay.
func TestAsideIsRefused(t *testing.T) {
	t.Parallel()
	_, program := openPTY(t)
	fill(t, program.Name())
	w := termwriter.New(program, termwriter.Options{Limit: 4 << 10})
	write(t, w, strings.Repeat("x", 4000))
	if w.WriteAside(make([]byte, 200)) {
		t.Error("an aside was taken that the queue has no room for")
	}
	if w.Dropped() != 0 {
		t.Errorf("%d bytes were dropped", w.Dropped())
	}
	write(t, w, strings.Repeat("x", 4000)) // overflows
	if w.WriteAside([]byte("\a")) {
		t.Error("an aside was taken while pictures are dropped")
	}
	_ = w.Close()
	if w.WriteAside([]byte("\a")) {
		t.Error("an aside was taken after Close")
	}
}
