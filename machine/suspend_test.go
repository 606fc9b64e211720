//go:build unix

package machine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/terminal"
)

// shell is an interactive shell in tmux, in which labtop was started.
func shell(t *testing.T, args string) *terminal.Terminal {
	t.Helper()
	if _, err := os.Stat("/bin/bash"); err != nil {
		t.Skip("there is no shell with job control that is known here")
	}
	dir := t.TempDir()
	rc := filepath.Join(dir, "rc")
	if err := os.WriteFile(rc, []byte("PS1='ready> '\nunset HISTFILE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := terminal.Start(t, 80, 24, "exec /bin/bash --noprofile --rcfile "+rc+" -i", "HOME="+dir, "TMPDIR="+dir, "TZ=UTC")
	term.Wait("ready>")
	term.Keys(binary.Path(t)+" "+args, "Enter")
	return term
}

// inShell waits until the shell shows the text and has its terminal back.
func inShell(t *testing.T, term *terminal.Terminal, text string) {
	t.Helper()
	term.Wait("ready>", text)
	if term.AltScreen() || !term.CursorVisible() {
		t.Errorf("the shell's terminal: alternate screen %v, cursor %v", term.AltScreen(), term.CursorVisible())
	}
	term.Keys("echo it", " works", "Enter")
	term.Wait("\nit works")
}

// TestSuspend goes to the shell and back, on another size, and then quits. The messages
// meanwhile are counted when it is back. A signal from outside stops it too, and gives
// it no chance to give the terminal back first.
func TestSuspend(t *testing.T) {
	t.Parallel()
	stopped := func(by syscall.Signal) func(*testing.T, *terminal.Terminal) {
		return func(t *testing.T, term *terminal.Terminal) {
			t.Helper()
			if err := syscall.Kill(child(t, term.PID()), by); err != nil {
				t.Fatal(err)
			}
			term.Wait("ready>", "Stopped")
		}
	}
	for name, suspend := range map[string]func(*testing.T, *terminal.Terminal){
		"Ctrl+Z": func(t *testing.T, term *terminal.Terminal) {
			t.Helper()
			term.Keys("C-z")
			inShell(t, term, "Stopped")
		},
		"SIGTSTP": stopped(syscall.SIGTSTP),
		"SIGSTOP": stopped(syscall.SIGSTOP),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := mosquitto.Start(t)
			term := shell(t, "-b "+b.Addr)
			term.Wait("no device has spoken yet")
			publish(t, b, "iotclass/lab1/temperature", "21", "22")
			term.Wait("LAB1", "2 messages")
			for range 2 {
				suspend(t, term)
				publish(t, b, "iotclass/lab1/temperature", "23")
				term.Keys("clear", "Enter")
				term.Resize(100, 30)
				term.Keys("fg", "Enter")
				term.Wait("● mqtt://"+b.Addr, "LAB1", "23 °C", "quit")
				if !term.AltScreen() {
					t.Error("not on the alternate screen again")
				}
				if screen := term.Screen(); strings.Count(screen, "\n") != 30 || strings.Contains(screen, "ready>") {
					t.Errorf("not the whole screen is painted:\n%s", screen)
				}
				term.Resize(80, 24)
				term.Wait("LAB1")
			}
			term.Wait("4 messages")
			term.Keys("q")
			inShell(t, term, "")
		})
	}
}

// child is the first child process of a process.
func child(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Skipf("the system does not tell which processes there are: %v", err)
	}
	return number(t, strings.Fields(string(text))[0])
}

// TestSuspendWithoutShell presses Ctrl+Z where nobody could let the program go on, as
// in a container or behind "ssh -t host labtop": the system stops nobody there.
func TestSuspendWithoutShell(t *testing.T) {
	t.Parallel()
	s := demo(t)
	s.Type("\x1a")
	s.Expect("\x1b[?1049l")
	s.Expect("\x1b[?1049h")
	s.Expect("LAB1")
	began := time.Now()
	s.Type("q")
	s.ends(began, 0, soon)
}

// TestStopped stops the program for longer than its keep-alive. Then it connects
// again, counts on, and what goes on speaking is neither stale nor fast.
func TestStopped(t *testing.T) {
	t.Parallel()
	b := mosquitto.Start(t)
	term := terminal.Start(t, 100, 30, binary.Path(t)+" --keepalive 5s -t '#' -b "+b.Addr, "HOME="+t.TempDir(), "TZ=UTC")
	term.Wait("no device has spoken yet")
	speak := func(times int) {
		beat := time.NewTicker(500 * time.Millisecond) // the rhythm that labtop learns
		defer beat.Stop()
		for range times {
			publish(t, b, "iotclass/lab1/temperature", "21.5")
			<-beat.C
		}
	}
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(child(t, term.PID()), s); err != nil {
			t.Fatal(err)
		}
	}
	speak(6)
	term.Wait("6 messages")
	signal(syscall.SIGSTOP)
	for end := time.Now().Add(time.Minute); !strings.Contains(b.Log(), "exceeded timeout"); {
		speak(1)
		if time.Now().After(end) {
			t.Fatal("the broker never gave the connection up")
		}
	}
	signal(syscall.SIGCONT)
	subscribed(t, b, 2)
	speak(6)
	screen := term.Until("counts on", func(screen string) bool {
		return strings.Contains(screen, "● mqtt://"+b.Addr) && messages(screen) >= 12
	})
	rate := regexp.MustCompile(`(-?[0-9.]+) msg/s`).FindStringSubmatch(screen)
	if rate == nil || rate[1][0] == '-' || len(rate[1]) > len("00.0") || strings.ContainsAny(screen, "◌×▲") {
		t.Errorf("after going on:\n%s", screen)
	}
}

// messages is the number of messages on the header.
func messages(screen string) int {
	found := regexp.MustCompile(`(\d+) messages`).FindStringSubmatch(screen)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
