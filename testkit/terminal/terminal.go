// Package terminal runs programs in a real terminal, tmux, in tests.
//
// The contract: one test owns a [Terminal] and calls its methods from one
// goroutine; what runs in it ends with the test. Where tmux is not installed the
// test is skipped, or fails when the environment says CI=true.
package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Terminal is a tmux server of its own with one window.
type Terminal struct {
	tb      testing.TB
	program string
	socket  string
}

// patience is how long Wait waits. It is only reached when a test fails.
const patience = time.Minute

// Start runs a shell command in a terminal of a size. env is added to the
// environment, as NAME=value.
func Start(tb testing.TB, width, height int, command string, env ...string) *Terminal {
	tb.Helper()
	program, err := exec.LookPath("tmux")
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal("tmux is not installed")
		}
		tb.Skip("tmux is not installed")
	}
	// The path of a socket may have some 100 characters; a test's own folder is
	// often longer.
	dir, err := os.MkdirTemp("", "tmux")
	if err != nil {
		tb.Fatal(err)
	}
	t := &Terminal{tb: tb, program: program, socket: filepath.Join(dir, "s")}
	args := []string{"-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height)}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the terminal shows:\n%s", t.Screen())
		}
		_, _ = t.tmux("kill-server")
		_ = os.RemoveAll(dir)
	})
	// The pane outlives the program, so that its last words can be read.
	if out, err := t.tmux(append(args, command+"; echo \"ended with $?\"; cat")...); err != nil {
		tb.Fatalf("tmux: %v\n%s", err, out)
	}
	return t
}

// Screen is what the terminal shows, as text.
func (t *Terminal) Screen() string {
	out, err := t.tmux("capture-pane", "-p")
	if err != nil {
		return fmt.Sprintf("(nothing: %v)", err)
	}
	return out
}

// Title is the window's title as the program set it.
func (t *Terminal) Title() string { return t.ask("#{pane_title}") }

// AltScreen says whether the program is on the alternate screen.
func (t *Terminal) AltScreen() bool { return t.ask("#{alternate_on}") == "1" }

// CursorVisible says whether the cursor is shown.
func (t *Terminal) CursorVisible() bool { return t.ask("#{cursor_flag}") == "1" }

// PID is the process that runs in the terminal: the shell of the command.
func (t *Terminal) PID() int {
	pid, err := strconv.Atoi(t.ask("#{pane_pid}"))
	if err != nil {
		t.tb.Fatal(err)
	}
	return pid
}

func (t *Terminal) ask(format string) string {
	t.tb.Helper()
	out, err := t.tmux("display-message", "-p", format)
	if err != nil {
		t.tb.Fatalf("tmux: %v\n%s", err, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// Keys presses keys by their tmux names: Enter, Escape, C-c, or a character.
func (t *Terminal) Keys(keys ...string) {
	t.tb.Helper()
	if out, err := t.tmux(append([]string{"send-keys"}, keys...)...); err != nil {
		t.tb.Fatalf("tmux: %v\n%s", err, out)
	}
}

// Resize changes the size of the terminal.
func (t *Terminal) Resize(width, height int) {
	t.tb.Helper()
	if out, err := t.tmux("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height)); err != nil {
		t.tb.Fatalf("tmux: %v\n%s", err, out)
	}
}

// Close ends the terminal with all that runs in it, as a closed window does.
func (t *Terminal) Close() {
	t.tb.Helper()
	if out, err := t.tmux("kill-server"); err != nil {
		t.tb.Fatalf("tmux: %v\n%s", err, out)
	}
}

// Wait waits until the terminal shows all of the texts at once, and returns
// what it shows then.
func (t *Terminal) Wait(texts ...string) string {
	t.tb.Helper()
	return t.Until(fmt.Sprintf("shows %q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// Until waits until the screen is as wanted.
func (t *Terminal) Until(what string, wanted func(screen string) bool) string {
	t.tb.Helper()
	deadline := time.Now().Add(patience)
	for {
		screen := t.Screen()
		if wanted(screen) {
			return screen
		}
		if time.Now().After(deadline) {
			t.tb.Fatalf("the terminal never %s; it shows:\n%s", what, screen)
		}
		time.Sleep(20 * time.Millisecond) // tmux has no way to wait for a text
	}
}

func (t *Terminal) tmux(args ...string) (string, error) {
	cmd := exec.Command(t.program, append([]string{"-S", t.socket}, args...)...) //nolint:gosec,noctx // a test starts it, and ends it after its context
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
