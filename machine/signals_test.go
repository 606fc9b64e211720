package machine_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/pseudo"
	"labtop/testkit/terminal"
)

// soon is how long labtop may take to end when somebody asks it to. The bar is a
// second; the machine that tests may be slow.
const soon = 2 * time.Second

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
		if code := s.End(pseudo.Patience); code != 129 || time.Since(began) > soon {
			t.Errorf("exit code %d after %v", code, time.Since(began))
		}
	})
	t.Run("tmux kill-session", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		term := terminal.Start(t, 80, 24, "echo $$ >"+dir+"/pid; "+binary.Path(t)+" demo", "HOME="+dir)
		term.Wait("LAB1")
		children, err := os.ReadFile("/proc/" + strings.TrimSpace(read(t, dir+"/pid")) + "/task/" + strings.TrimSpace(read(t, dir+"/pid")) + "/children")
		if err != nil {
			t.Skipf("the system does not tell which processes there are: %v", err)
		}
		gone := "/proc/" + strings.Fields(string(children))[0]
		began := time.Now()
		term.Close()
		for err == nil {
			if time.Since(began) > pseudo.Patience {
				t.Fatal("labtop has outlived its terminal")
			}
			time.Sleep(5 * time.Millisecond) // it is nobody's child any more
			_, err = os.Stat(gone)
		}
		if took := time.Since(began); took > soon {
			t.Errorf("ended after %v", took)
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
