//go:build unix

package faults_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/model"
	"labtop/subscriber"
	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/stopwatch"
	"labtop/testkit/terminal"
	"labtop/testkit/transcript"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of these tests wait for a time-out: many at once are no load.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	os.Exit(binary.Main(m))
}

// versions are those of MQTT, as --protocol has them.
var versions = []string{"3.1.1", "5"}

// rounds is how often a fault is repeated: LABTOP_FAULTS_ROUNDS, or 5.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LABTOP_FAULTS_ROUNDS")
	if text == "" {
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("LABTOP_FAULTS_ROUNDS is %q, no number of rounds", text)
	}
	return n
}

// patience is how long is waited for what must come. It is only reached when a test
// fails; how soon something is to come is another question, which took asks.
const patience = time.Minute

// took checks that what began at a time is done within a limit, and logs it.
func took(t *testing.T, what string, began time.Time, limit time.Duration) {
	t.Helper()
	d := stopwatch.Since(began).Round(time.Millisecond)
	if t.Logf("%s: %v", what, d); d > limit+stopwatch.Room {
		t.Errorf("%s: %v, want at most %v", what, d, limit)
	}
}

// watched is a source in this process and what it has handed over.
type watched struct {
	*subscriber.Source
	t        *testing.T
	messages []model.Message
}

// options are those of a source of everything at an address.
func options(t *testing.T, addr string) subscriber.Options {
	t.Helper()
	b, err := subscriber.ParseBroker(addr)
	if err != nil {
		t.Fatal(err)
	}
	return subscriber.Options{Broker: b, Filters: []subscriber.Filter{{Topic: "#"}}}
}

// watch runs a source until the test ends.
func watch(t *testing.T, o subscriber.Options) *watched {
	t.Helper()
	w := &watched{Source: subscriber.New(o), t: t}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for b := range w.Batches() {
			w.Recycle(b)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return w
}

// until takes batches until the connection has the state, and returns it.
func (w *watched) until(state model.ConnectionState) model.Connection {
	w.t.Helper()
	var last model.Connection
	w.take(fmt.Sprint("is ", state), func(b model.Batch) bool {
		if b.Connection != nil {
			last = *b.Connection
		}
		return b.Connection != nil && b.Connection.State == state
	})
	return last
}

// receive takes batches until there are n messages in all.
func (w *watched) receive(n int) []model.Message {
	w.t.Helper()
	if len(w.messages) < n {
		w.take(fmt.Sprint("has ", n, " messages"), func(model.Batch) bool { return len(w.messages) >= n })
	}
	return w.messages
}

// take takes batches until done says so.
func (w *watched) take(what string, done func(model.Batch) bool) {
	w.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case b := <-w.Batches():
			w.messages = append(w.messages, b.Messages...)
			end := done(b)
			w.Recycle(b)
			if end {
				return
			}
		case <-late.C:
			w.t.Fatalf("the source never %s; %d messages", what, len(w.messages))
		}
	}
}

// here is a command line as it is: the place that is no other place.
func here(program string, args ...string) []string { return append([]string{program}, args...) }

// program is a labtop that runs.
type program struct {
	t              *testing.T
	cmd            *exec.Cmd
	began          time.Time
	stdout, stderr *transcript.Transcript
	ended          chan struct{}
}

// start runs labtop in a place, with nothing of the developer's own settings. It
// ends with the test.
func start(t *testing.T, place func(string, ...string) []string, args ...string) *program {
	t.Helper()
	argv := place(binary.Path(t), args...)
	p := &program{t: t, stdout: transcript.New(), stderr: transcript.New(), ended: make(chan struct{})}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// says waits until stderr holds the text after what was waited for before.
func (p *program) says(text string) {
	p.t.Helper()
	if !p.stderr.Wait(patience, func(s string) (string, bool) {
		_, rest, found := strings.Cut(s, text)
		return rest, found
	}) {
		p.t.Fatalf("labtop never said %q; it said\n%s", text, p.stderr)
	}
}

// prints waits until stdout has so many lines.
func (p *program) prints(lines int) {
	p.t.Helper()
	if !p.stdout.Wait(patience, func(s string) (string, bool) { return s, strings.Count(s, "\n") >= lines }) {
		p.t.Fatalf("labtop never printed %d lines; it said\n%s", lines, p.stderr)
	}
}

// interrupt ends labtop as Ctrl+C does, and checks that it ends well and soon.
func (p *program) interrupt() {
	p.t.Helper()
	began := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	if code := p.wait(); code != 130 {
		p.t.Errorf("exit code %d; stderr:\n%s", code, p.stderr)
	}
	took(p.t, "ended", began, time.Second)
}

// wait waits for the end and returns the exit code.
func (p *program) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("labtop did not end; it said\n%s", p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// peakKiB is the most memory that the program has had so far; 0 where the system
// does not tell, or when it has ended. It is the process's own figure: that of its end would count what
// this test had when it was started.
func (p *program) peakKiB() int {
	p.t.Helper()
	return peakKiB(p.t, p.cmd.Process.Pid)
}

// peakKiB is the most memory that a process has had so far.
func peakKiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0
	}
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// dashboard runs labtop in a place, in a terminal.
func dashboard(t *testing.T, place func(string, ...string) []string, args ...string) *terminal.Terminal {
	t.Helper()
	argv := place(binary.Path(t), args...)
	for i, a := range argv {
		argv[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return terminal.Start(t, 100, 30, strings.Join(argv, " "), "HOME="+t.TempDir(), "TZ=UTC", "COLORTERM=truecolor")
}

// publish sends one message with mosquitto_pub, its payload from stdin.
func publish(t *testing.T, place func(string, ...string) []string, b *mosquitto.Broker, topic, payload string, more ...string) {
	t.Helper()
	host, port, _ := net.SplitHostPort(b.Addr)
	argv := place(mosquitto.Program(t, "mosquitto_pub"), append([]string{"-h", host, "-p", port, "-t", topic, "-s"}, more...)...)
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Stdin = strings.NewReader(payload)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
}

// logs waits until a broker has logged a text so often.
func logs(t *testing.T, b *mosquitto.Broker, text string, n int) {
	t.Helper()
	for end := time.Now().Add(patience); strings.Count(b.Log(), text) < n; {
		if time.Now().After(end) {
			t.Fatalf("the broker never logged %q %d times", text, n)
		}
		time.Sleep(10 * time.Millisecond) // the log is all that the broker tells
	}
}
