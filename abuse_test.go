package main_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"labtop/testkit/mosquitto"
)

// The tests in this file do to the built binary what no sensible system does.

// output collects what a program writes and lets a test wait for a text.
type output struct {
	mu    sync.Mutex // guards text
	text  bytes.Buffer
	grown chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

// forget drops what came so far.
func (o *output) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Reset()
}

func (o *output) wait(t *testing.T, text string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		o.mu.Lock()
		found := strings.Contains(o.text.String(), text)
		o.mu.Unlock()
		if found {
			return
		}
		select {
		case <-o.grown:
		case <-late:
			t.Fatalf("%q never came", text)
		}
	}
}

// TestHugeTerminal starts in a terminal that claims 65535 columns and rows, and
// changes it to other sizes that nobody has.
func TestHugeTerminal(t *testing.T) {
	t.Parallel()
	cmd := labtop(t, "demo")
	cmd.Env = append(cmd.Env, "TERM=xterm-256color")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 65535, Cols: 65535})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	out := &output{grown: make(chan struct{}, 1)}
	go func() { _, _ = io.Copy(out, terminal) }()
	out.wait(t, "LAB1")
	for _, size := range []pty.Winsize{{Rows: 4000, Cols: 4000}, {Rows: 65535, Cols: 1}, {Rows: 1, Cols: 65535}, {Rows: 0, Cols: 0}, {Rows: 4, Cols: 30}} {
		if err := pty.Setsize(terminal, &size); err != nil {
			t.Fatal(err)
		}
	}
	// The picture of the last size, whatever came before it.
	out.wait(t, "enlarge the window")
	out.forget()
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: 81}); err != nil {
		t.Fatal(err)
	}
	out.wait(t, "LAB1")
	if rss := residentMiB(t, cmd.Process.Pid); rss > 150 {
		t.Errorf("%d MiB resident", rss)
	}
	if _, err := terminal.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// residentMiB is the memory of a process; 0 where the system does not tell.
func residentMiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes / 1024
}

// TestSignalEndsWhatWaits sends SIGTERM to commands that wait for somebody who
// never comes.
func TestSignalEndsWhatWaits(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	tests := []struct {
		name string
		args []string
		wait func(*testing.T)
	}{
		{"for a reader of the output", []string{"log", "-b", b.Addr}, func(t *testing.T) {
			t.Helper()
			connected(t, b, 1)
			publish(t, b, "big", strings.Repeat("x", 100_000))
			publish(t, b, "big", strings.Repeat("x", 100_000))
		}},
		{"for a writer of the password", []string{"snapshot", "-b", b.Addr, "-u", "x", "--password-file", fifo}, func(t *testing.T) {
			t.Helper()
			// The FIFO can be opened for writing as soon as labtop reads it.
			for {
				f, err := os.OpenFile(fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0)
				if err == nil {
					t.Cleanup(func() { _ = f.Close() })
					return
				}
				time.Sleep(10 * time.Millisecond) // nothing tells when it is opened
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := labtop(t, tt.args...)
			if _, err := cmd.StdoutPipe(); err != nil { // which nobody reads
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			tt.wait(t)
			start := time.Now()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 143 || time.Since(start) > 10*time.Second {
				t.Errorf("exit code %d after %v", code, time.Since(start))
			}
		})
	}
}

// TestKeyboardElsewhere gives the dashboard no terminal to read from: it finds
// the one that it is drawn on, or says what it needs.
func TestKeyboardElsewhere(t *testing.T) {
	t.Parallel()
	term := dashboard(t, 80, 24, "demo </dev/null")
	term.Wait("demo lab", "LAB1")
	term.Keys("q")
	term.Wait("ended with 0")
}
