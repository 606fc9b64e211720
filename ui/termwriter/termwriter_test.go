package termwriter_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"labtop/ui/termwriter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate is a terminal that takes bytes only while it is open.
type gate struct {
	mu   sync.Mutex
	got  bytes.Buffer
	open chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.Write(p)
}

func (g *gate) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.String()
}

func TestContentIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pr, pw := io.Pipe()
		read := make(chan string)
		go func() {
			b, _ := io.ReadAll(pr)
			read <- string(b)
		}()
		w := termwriter.New(pw, termwriter.Options{Limit: 1 << 20})
		var want strings.Builder
		for range rapid.IntRange(0, 20).Draw(t, "writes") {
			n := rapid.IntRange(0, 40<<10).Draw(t, "bytes")
			p := strings.Repeat(rapid.StringN(1, 40, -1).Draw(t, "text")+"\x1b[1m", n)[:n]
			if n, err := io.WriteString(w, p); n != len(p) || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			want.WriteString(p)
		}
		if err := w.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		_ = pw.Close()
		if got := <-read; got != want.String() {
			t.Errorf("got %d bytes, want %d, the same", len(got), want.Len())
		}
		if w.Dropped() != 0 || w.NeedsRepaint() || w.Pending() != 0 {
			t.Error("something was dropped, or is pending")
		}
	})
}

const resync = "\x18\x1b\\\x1b7\x1b[r\x1b8\x1b[4l\x1b]8;;\x1b\\\x1b[m"

// many sets the private modes from one to another.
func many(from, to int) string {
	var b strings.Builder
	for mode := from; mode <= to; mode++ {
		fmt.Fprintf(&b, "\x1b[?%dh", mode)
	}
	return b.String()
}

func TestOverflow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		dropped []string
		want    string
	}{
		{"picture only", []string{"hello\x1b[1;31mred\x1b[m\x1b[2J\x1b[5;5H"}, ""},
		{"shutdown", []string{"\x1b[24;1H\x1b[?1049l\x1b[?25h\x1b[?2004l"}, "\x1b[?1049l\x1b[?25h\x1b[?2004l"},
		{"last of a mode wins", []string{"\x1b[?25l\x1b[?1002h", "x\x1b[?25h"}, "\x1b[?1002h\x1b[?25h"},
		{"start", []string{"\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?1006h"}, "\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?1006h"},
		{"questions are not repeated", []string{"\x1b[?u\x1b[?2026$p\x1b[>q\x1b[c\x1b[6n\x1b[?4m"}, ""},
		{"broken sequences", []string{"\x1b[?25\x18h\x1b[?\x1b[?7l\x1b[", "\x1b"}, "\x1b[?7l"},
		{"too many modes", []string{many(1, 40)}, many(9, 40)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				w := termwriter.New(g, termwriter.Options{Limit: 100})
				write(t, w, "first")
				synctest.Wait() // it is on its way now
				write(t, w, "queued")
				if got := w.Pending(); got != len("firstqueued") {
					t.Errorf("Pending = %d", got)
				}
				write(t, w, strings.Repeat("x", 100)) // overflows
				n := uint64(len("queued") + 100)
				for _, s := range tt.dropped {
					write(t, w, s)
					n += uint64(len(s))
				}
				if got := w.Dropped(); got != n {
					t.Errorf("Dropped = %d, want %d", got, n)
				}
				if w.NeedsRepaint() {
					t.Error("asks for a repaint before the terminal takes bytes")
				}
				close(g.open)
				synctest.Wait()
				if !w.NeedsRepaint() || w.NeedsRepaint() {
					t.Error("NeedsRepaint must be true once")
				}
				write(t, w, "after")
				if err := w.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				if got, want := g.String(), "first"+resync+tt.want+"after"; got != want {
					t.Errorf("terminal got %q\nwant %q", got, want)
				}
				if _, err := w.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
					t.Errorf("Write after Close: %v", err)
				}
			})
		})
	}
}

// A sequence is never cut by an overflow, only between two chunks.
func TestOverflowDropsWholeSequences(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		w := termwriter.New(g, termwriter.Options{})
		const cell = "\x1b[38;2;10;20;30mx"
		write(t, w, strings.Repeat(cell, 2000))
		synctest.Wait()
		write(t, w, strings.Repeat("y", 300<<10))
		close(g.open)
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		picture, ok := strings.CutSuffix(g.String(), resync)
		if rest := strings.ReplaceAll(picture, cell, ""); !ok || rest != "" || picture == "" {
			t.Errorf("a sequence was cut: %q", rest)
		}
	})
}

// TestFree: a program that waits for the terminal goes on when that has taken enough,
// when it takes bytes again after an overflow, and when the Writer ends.
func TestFree(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		more string
		end  func(*gate, *termwriter.Writer)
	}{
		"taken":     {"", func(g *gate, _ *termwriter.Writer) { close(g.open) }},
		"overflown": {strings.Repeat("x", 100), func(g *gate, _ *termwriter.Writer) { close(g.open) }},
		"closed":    {"", func(_ *gate, w *termwriter.Writer) { _ = w.Close() }},
		"restored":  {"", func(_ *gate, w *termwriter.Writer) { _ = w.Restore() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				w := termwriter.New(g, termwriter.Options{Limit: 100})
				w.Free(0)
				write(t, w, "first")
				w.Free(len("first"))
				synctest.Wait()
				write(t, w, "queued"+tt.more)
				free := make(chan struct{})
				go func() {
					defer close(free)
					w.Free(5)
				}()
				synctest.Wait()
				select {
				case <-free:
					t.Error("free before it is")
				default:
				}
				tt.end(g, w)
				<-free
				if w.Pending() > 5 && name != "closed" && name != "restored" {
					t.Errorf("%d bytes wait", w.Pending())
				}
				if name == "closed" || name == "restored" {
					close(g.open)
				}
				_ = w.Close()
			})
		})
	}
}

func TestOneBigWriteIsTaken(t *testing.T) {
	t.Parallel()
	g := newGate()
	close(g.open)
	w := termwriter.New(g, termwriter.Options{Limit: 10})
	big := strings.Repeat("big", 100_000)
	write(t, w, big)
	if err := w.Close(); err != nil || g.String() != big || w.Dropped() != 0 {
		t.Errorf("Close = %v, %d bytes of %d, %d dropped", err, len(g.String()), len(big), w.Dropped())
	}
}

// A terminal whose writes cannot be interrupted and that never comes back.
func TestCloseInTime(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*termwriter.Writer) error{
		"close":   (*termwriter.Writer).Close,
		"restore": (*termwriter.Writer).Restore,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				w := termwriter.New(g, termwriter.Options{CloseTimeout: time.Minute})
				write(t, w, "first")
				synctest.Wait()
				write(t, w, "never shown")
				start := time.Now()
				if err := end(w); err == nil {
					t.Error("no error")
				}
				if took := time.Since(start); took != time.Minute {
					t.Errorf("took %v", took)
				}
				close(g.open)
				<-w.Done()
				if got := g.String(); !strings.HasPrefix(got, "first"+resync) || !strings.HasSuffix(got, "\x1b[?25h") {
					t.Errorf("terminal got %q", got)
				}
				if err := w.Close(); err != nil {
					t.Errorf("second Close: %v", err)
				}
			})
		})
	}
}

func TestTerminalGone(t *testing.T) {
	t.Parallel()
	pr, pw := io.Pipe()
	_ = pr.Close()
	w := termwriter.New(pw, termwriter.Options{})
	write(t, w, "x")
	<-w.Done()
	if err := w.Err(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Err = %v", err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write = %v", err)
	}
	if err := w.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close = %v", err)
	}
}

func TestNoFile(t *testing.T) {
	t.Parallel()
	w := termwriter.New(io.Discard, termwriter.Options{})
	if n, err := w.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read = %d, %v", n, err)
	}
	if w.Fd() != ^uintptr(0) {
		t.Errorf("Fd = %d", w.Fd())
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, w io.Writer, s string) {
	t.Helper()
	if n, err := io.WriteString(w, s); n != len(s) || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
}

func BenchmarkWriteFrame(b *testing.B) {
	frame := bytes.Repeat([]byte("\x1b[38;5;12mtext here\x1b[m "), 10<<10/24)
	w := termwriter.New(io.Discard, termwriter.Options{})
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		for w.Pending() > len(frame) {
			runtime.Gosched()
		}
		if _, err := w.Write(frame); err != nil {
			b.Fatal(err)
		}
	}
	_ = w.Close()
	b.ReportMetric(float64(w.Dropped())/float64(b.N), "dropped/op")
}
