//go:build unix

package machine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/pseudo"
	"labtop/testkit/stopwatch"
)

func TestMain(m *testing.M) { os.Exit(binary.Main(m)) }

// screen is a dashboard on a pseudo-terminal.
type screen struct {
	*pseudo.Terminal
	t   *testing.T
	tmp string // where the program keeps its crash files
}

// start runs labtop on a terminal. env is added to the environment.
func start(t *testing.T, o pseudo.Options, env []string, args ...string) *screen {
	t.Helper()
	return startCommand(t, o, env, binary.Command(t, args...))
}

func startCommand(t *testing.T, o pseudo.Options, env []string, cmd *exec.Cmd) *screen {
	t.Helper()
	tmp := t.TempDir()
	cmd.Env = append(append(cmd.Env, "TERM=xterm-256color", "TMPDIR="+tmp), env...)
	return &screen{pseudo.Start(t, cmd, o), t, tmp}
}

// demo is the demo, drawn.
func demo(t *testing.T) *screen {
	t.Helper()
	s := start(t, pseudo.Options{}, nil, "demo")
	s.Expect("LAB1")
	return s
}

// ends waits for the end and checks the exit code, the time that it took since it
// began, and that the terminal is as it was.
func (s *screen) ends(began time.Time, code int, within time.Duration) {
	s.t.Helper()
	got := s.End(pseudo.Patience)
	took := stopwatch.Since(began)
	if s.t.Logf("ended after %v", took.Round(time.Millisecond)); got != code || took > within+stopwatch.Room {
		s.t.Errorf("exit code %d after %v, want %d within %v", got, took, code, within)
	}
	if err := s.Restored(); err != nil {
		s.t.Error(err)
	}
}

// crashFiles are the files that the program left about its end.
func (s *screen) crashFiles() []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.tmp, "labtop-crash-*.txt"))
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

// memoryMiB is a figure of a process's memory, such as VmRSS or VmHWM; 0 where the
// system does not tell.
func memoryMiB(t *testing.T, pid int, name string) int {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), name+":")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}

// subscribed waits until the broker has seen n clients of labtop subscribe.
func subscribed(t *testing.T, b *mosquitto.Broker, n int) {
	t.Helper()
	for end := time.Now().Add(pseudo.Patience); strings.Count(b.Log(), "Sending SUBACK to labtop-") < n; {
		if time.Now().After(end) {
			t.Fatalf("labtop never subscribed %d times", n)
		}
		time.Sleep(10 * time.Millisecond) // the log is all that the broker tells
	}
}

// publish sends each line as one message.
func publish(t *testing.T, b *mosquitto.Broker, topic string, lines ...string) {
	t.Helper()
	host, port, _ := strings.Cut(b.Addr, ":")
	cmd := exec.CommandContext(t.Context(), mosquitto.Program(t, "mosquitto_pub"), "-h", host, "-p", port, "-t", topic, "-l")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
}
