//go:build unix

package machine_test

import (
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/oracle"
	"labtop/testkit/pseudo"
	"labtop/testkit/stopwatch"
)

// flood is how many messages flow while a terminal is frozen.
const flood = 300_000

// allMessages is how the header writes them and one before.
var allMessages = regexp.MustCompile("300.001 messages")

// watched is a dashboard of a sender in the terminal of VS Code.
func watched(t *testing.T) (*screen, *sender, *oracle.Terminal) {
	t.Helper()
	shown, b := oracle.New(t, 100, 30), startSender(t)
	s := start(t, pseudo.Options{Width: 100, Height: 30, Show: shown}, nil, "-b", b.addr, "-t", "#")
	b.awaited(t)
	b.send(1, 1, "1")
	shown.Wait("LAB0", "1 message ")
	return s, b, shown
}

// thawed waits until all messages and the last value are shown, and checks the time
// that it took.
func thawed(t *testing.T, shown *oracle.Terminal, began time.Time) {
	t.Helper()
	state := shown.Until("shows all", func(now *oracle.State) bool {
		text := now.Text()
		return allMessages.MatchString(text) && strings.Contains(text, "200 devices") && strings.Contains(text, "23.25 °C")
	})
	if took := stopwatch.Since(began); took > 3*time.Second+stopwatch.Room {
		t.Errorf("painted %v after the thaw", took)
	} else {
		t.Logf("painted %v after the thaw", took)
	}
	if rows := state.Rows; !strings.Contains(rows[0], "labtop") || !strings.Contains(rows[29], "quit") || strings.Count(state.Text(), "23.25 °C") != 27 {
		t.Errorf("not all is painted:\n%s", state.Text())
	}
}

// TestFrozenTerminal stops reading the terminal while messages flow. None is lost, and
// when the terminal reads again, it soon shows the latest of everything.
func TestFrozenTerminal(t *testing.T) {
	t.Parallel()
	s, b, shown := watched(t)
	s.Freeze()
	b.send(flood, 200, "23.25")
	began := time.Now()
	s.Thaw()
	thawed(t, shown, began)
	began = time.Now()
	s.Type("q")
	s.ends(began, 0, soon)
}

// TestFlowControl does the same by Ctrl+S and Ctrl+Q, in a terminal whose line obeys
// them: the system holds the output back, and no program sees the keys.
func TestFlowControl(t *testing.T) {
	t.Parallel()
	s, b, shown := watched(t)
	s.ObeyFlow()
	s.Type("\x13")
	b.send(flood, 200, "23.25")
	began := time.Now()
	s.Type("\x11")
	thawed(t, shown, began)
	began = time.Now()
	s.Type("q")
	s.ends(began, 0, soon)
}

// TestEndsWhileFrozen ends the program by a signal while nobody reads its terminal,
// which is given back when somebody does.
func TestEndsWhileFrozen(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			b := startSender(t)
			s := start(t, pseudo.Options{Width: 200, Height: 60}, nil, "-b", b.addr, "-t", "#")
			b.awaited(t)
			b.send(1, 1, "1")
			s.Expect("LAB0")
			s.Freeze()
			for i := range 100 { // until pictures are left out
				b.send(1000, 200, strconv.Itoa(i))
			}
			began := time.Now()
			s.Signal(signal)
			code := s.End(pseudo.Patience)
			if took := stopwatch.Since(began); code != 128+int(signal) || took > 3*time.Second+stopwatch.Room {
				t.Errorf("exit code %d after %v", code, took)
			} else {
				t.Logf("ended after %v", took)
			}
			s.Thaw()
			s.Drained()
			if err := s.Restored(); err != nil {
				t.Error(err)
			}
		})
	}
}
