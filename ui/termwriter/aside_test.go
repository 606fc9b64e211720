//go:build unix

package termwriter_test

import (
	"strings"
	"sync"
	"testing"

	"labtop/ui/termwriter"
)

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
