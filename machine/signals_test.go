//go:build unix

package machine_test

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/pseudo"
	"labtop/testkit/stopwatch"
	"labtop/testkit/terminal"
)

// soon is how long labtop may take to end when somebody asks it to.
const soon = time.Second

// lastResort is when labtop ends itself after a signal, wherever it hangs: what takes as
// long did not end in order.
const lastResort = 2 * time.Second

func TestSignals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGTERM, 143}, {syscall.SIGINT, 130}, {syscall.SIGHUP, 129}, {syscall.SIGQUIT, 131}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			t.Parallel()
			s := demo(t)
			if !s.Raw() || s.Restored() == nil {
				t.Fatal("the dashboard has changed nothing, so there is nothing to restore")
			}
			began := time.Now()
			s.Signal(tt.signal)
			s.ends(began, tt.code, soon)
			if files := s.crashFiles(); (len(files) == 1) != (tt.signal == syscall.SIGQUIT) {
				t.Errorf("stacks are kept in %v", files)
			}
		})
	}
}

// TestHangUp closes the terminal's end, as a window or an SSH connection does, and
// tmux's session.
func TestHangUp(t *testing.T) {
	t.Parallel()
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		s := demo(t)
		began := time.Now()
		s.HangUp()
		if code, took := s.End(pseudo.Patience), stopwatch.Since(began); code != 129 || took >= lastResort {
			t.Errorf("exit code %d after %v", code, took)
		}
	})
	t.Run("tmux kill-session", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		// The shell outlives the hang-up, to tell how labtop ended; it gets the signal,
		// and labtop but a line that is gone. A look at the list
		// of processes would count the dead as well, until somebody has reaped them.
		term := terminal.Start(t, 80, 24, "trap : HUP; "+binary.Path(t)+" demo; echo $? >"+dir+"/new; mv "+dir+"/new "+dir+"/code", "HOME="+dir)
		term.Wait("LAB1")
		began := time.Now()
		term.Close()
		code, err := os.ReadFile(dir + "/code")
		for ; err != nil; code, err = os.ReadFile(dir + "/code") {
			if time.Since(began) > pseudo.Patience {
				t.Fatal("labtop has outlived its terminal")
			}
			time.Sleep(5 * time.Millisecond)
		}
		if took := stopwatch.Since(began); string(code) != "129\n" || took > soon+stopwatch.Room {
			t.Errorf("exit code %s after %v", bytes.TrimSpace(code), took)
		}
	})
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
