//go:build linux

package load_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"labtop/testkit/binary"
	"labtop/testkit/pseudo"
	"labtop/testkit/stopwatch"
)

// dashboard is the built program on a pseudo-terminal, and what it has written.
type dashboard struct {
	process
	*output
	terminal      *pseudo.Terminal
	width, height int
	began         time.Time // just before it was started
	helping       bool      // the help screen is open
}

// open starts labtop on a terminal of a size.
func open(tb testing.TB, width, height int, args ...string) *dashboard {
	tb.Helper()
	return openSlow(tb, 0, width, height, args...)
}

// openSlow is open on a terminal that takes so many bytes a second; 0 means any.
func openSlow(tb testing.TB, bytesPerSec, width, height int, args ...string) *dashboard {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), binary.Path(tb), args...)
	cmd.Env = []string{"HOME=" + tb.TempDir(), "PATH=" + os.Getenv("PATH"), "TZ=UTC", "LANG=C.UTF-8", "TERM=xterm-256color", "LABTOP_THEME=dark"}
	d := &dashboard{
		output: &output{changed: make(chan struct{}), bytesPerSec: bytesPerSec},
		width:  width, height: height, began: time.Now(),
	}
	d.terminal = pseudo.Start(tb, cmd, pseudo.Options{Width: width, Height: height, Show: d.output})
	d.process = process{tb: tb, id: d.terminal.PID()}
	return d
}

// output is what was written to a terminal.
type output struct {
	bytesPerSec int // the terminal takes; 0 means any number

	mu      sync.Mutex // guards what follows
	changed chan struct{}
	kept    []byte // the last of what was written
	total   int    // bytes written in all
}

// keptBytes bounds what is kept of the output.
const keptBytes = 1 << 20

// Write takes what was read from the terminal, as slowly as the terminal is.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	o.total += len(p)
	o.kept = append(o.kept, p...)
	if len(o.kept) > keptBytes {
		o.kept = append(o.kept[:0], o.kept[len(o.kept)-keptBytes/2:]...)
	}
	close(o.changed)
	o.changed = make(chan struct{})
	o.mu.Unlock()
	if o.bytesPerSec > 0 {
		time.Sleep(time.Duration(len(p)) * time.Second / time.Duration(o.bytesPerSec))
	}
	return len(p), nil
}

// written is how many bytes were written.
func (o *output) written() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total
}

// since is what was written after the first n bytes, without what is no text,
// and a channel that is closed when there is more.
func (o *output) since(n int) (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n = max(n-(o.total-len(o.kept)), 0)
	return ansi.Strip(string(o.kept[min(n, len(o.kept)):])), o.changed
}

// patience is how long is waited for what must come. It is only reached when
// a test fails.
const patience = time.Minute

// await waits until a text stands in what was written after the first n bytes.
func (d *dashboard) await(n int, text string) {
	d.tb.Helper()
	if !d.within(n, text, patience) {
		got, _ := d.since(n)
		d.tb.Fatalf("%q was not written, only:\n%s", text, got[max(len(got)-8<<10, 0):])
	}
}

// within is await that says whether the text came in time.
func (d *dashboard) within(n int, text string, limit time.Duration) bool {
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		got, changed := d.since(n)
		if strings.Contains(got, text) {
			return true
		}
		select {
		case <-changed:
		case <-late.C:
			return false
		}
	}
}

// press types keys and returns how many bytes had been written before.
func (d *dashboard) press(keys string) int {
	d.tb.Helper()
	n := d.written()
	d.terminal.Type(keys)
	return n
}

// shows waits until the screen shows a text. The terminal's size goes to and fro
// meanwhile, so that everything is drawn anew and no part of the text is left out.
func (d *dashboard) shows(text string) {
	d.tb.Helper()
	if d.helping {
		d.key()
	}
	for try := range 60 {
		from := d.written()
		d.terminal.Resize(d.width+1-try%2, d.height)
		if d.within(from, text, time.Second) {
			return
		}
	}
	d.tb.Fatalf("%q is not on the screen", text)
}

// key opens or closes the help screen and returns how long it takes from the key
// to the terminal. It waits for what stands alone on its row, so that the renderer
// writes it in one piece.
func (d *dashboard) key() time.Duration {
	d.tb.Helper()
	want := "page up"
	if d.helping {
		want = "METRIC"
	}
	d.helping = !d.helping
	began := time.Now()
	d.await(d.press("?"), want)
	return stopwatch.Since(began)
}

// quit ends the program as a user does.
func (d *dashboard) quit() {
	d.tb.Helper()
	if d.helping {
		d.key()
	}
	d.terminal.Type("q")
	if code := d.terminal.End(patience); code != 0 {
		d.tb.Errorf("labtop ended with %d", code)
	}
}
