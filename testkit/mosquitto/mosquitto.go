// Package mosquitto runs a real Mosquitto broker in tests.
//
// The contract: one test owns a [Broker] and calls its methods from one
// goroutine; the broker ends with the test. Where Mosquitto is not installed the
// test is skipped, or fails when the environment says CI=true.
package mosquitto

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/port"
)

// Broker is a Mosquitto on a loopback port of its own.
type Broker struct {
	// Addr is host:port of the listener; it stays over restarts.
	Addr string

	tb      testing.TB
	command []string // the program and its arguments
	config  string   // path of the configuration file
	process *exec.Cmd
	ended   chan struct{} // closed when the process has ended

	// mu guards log.
	mu  sync.Mutex
	log strings.Builder
}

// Program returns the path of a program of the Mosquitto package, such as
// "mosquitto" or "mosquitto_pub". Without it the test is skipped or fails.
func Program(tb testing.TB, name string) string {
	tb.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name, "/opt/homebrew/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		tb.Fatalf("%s is not installed", name)
	}
	tb.Skipf("%s is not installed", name)
	return ""
}

// Start runs a broker with one listener on 127.0.0.1 and the given lines of
// mosquitto.conf, which may add certificates and password files to it. Anybody
// may connect unless a line says otherwise. Everything is logged unless a log_type
// says otherwise, which must be information at least: it tells when the broker
// listens.
func Start(tb testing.TB, config ...string) *Broker {
	tb.Helper()
	return StartIn(tb, Place{}, config...)
}

// Place is where a broker runs. The zero value is loopback.
type Place struct {
	// Host is the address at which it listens; empty means 127.0.0.1.
	Host string
	// Argv is the command line that runs a program there, as one process; nil
	// means the program and its arguments alone.
	Argv func(program string, args ...string) []string
}

// StartIn runs a broker as Start does, elsewhere.
func StartIn(tb testing.TB, place Place, config ...string) *Broker {
	tb.Helper()
	b := &Broker{tb: tb, config: filepath.Join(tb.TempDir(), "mosquitto.conf")}
	b.command = []string{Program(tb, "mosquitto"), "-c", b.config}
	if place.Argv != nil {
		b.command = place.Argv(b.command[0], b.command[1:]...)
	}
	host := cmp.Or(place.Host, "127.0.0.1")
	_, at, _ := net.SplitHostPort(port.Free(tb))
	b.Addr = net.JoinHostPort(host, at)
	lines := []string{"listener " + at + " " + host, "sys_interval 1"}
	if os.Getuid() == 0 {
		lines = append(lines, "user root") // else it cannot read the test's files
	}
	all := strings.Join(config, "\n")
	if !strings.Contains(all, "allow_anonymous") && !strings.Contains(all, "password_file") {
		lines = append(lines, "allow_anonymous true")
	}
	if !strings.Contains(all, "log_type") {
		lines = append(lines, "log_type all")
	}
	text := strings.Join(append(lines, config...), "\n") + "\n"
	if err := os.WriteFile(b.config, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		b.Kill()
		if tb.Failed() {
			tb.Logf("mosquitto.conf:\n%s\nthe end of its log:\n%s", text, lastLines(b.Log(), 100))
		}
	})
	b.Start()
	return b
}

// lastLines are at most so many lines at the end of a text.
func lastLines(text string, most int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(len(lines)-most, 0):], "")
}

// Start runs the broker again after Stop or Kill, at the same address. It
// returns when the broker listens.
func (b *Broker) Start() {
	b.tb.Helper()
	b.process = exec.CommandContext(b.tb.Context(), b.command[0], b.command[1:]...) //nolint:gosec // a test starts it
	stderr, err := b.process.StderrPipe()
	if err != nil {
		b.tb.Fatal(err)
	}
	if err := b.process.Start(); err != nil {
		b.tb.Fatal(err)
	}
	listening := make(chan struct{})
	b.ended = make(chan struct{})
	go b.follow(b.process, stderr, listening, b.ended)
	select {
	case <-listening:
	case <-b.ended:
		b.tb.Fatalf("mosquitto ended at once:\n%s", b.Log())
	}
}

// follow keeps the log and says when the broker listens and when it has ended.
func (b *Broker) follow(process *exec.Cmd, stderr io.Reader, listening, ended chan<- struct{}) {
	defer close(ended)
	started := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		b.mu.Lock()
		fmt.Fprintln(&b.log, lines.Text())
		b.mu.Unlock()
		if !started && strings.HasSuffix(lines.Text(), " running") {
			started = true
			close(listening)
		}
	}
	_ = process.Wait()
}

// Log is what the broker has written to its log so far.
func (b *Broker) Log() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// Stop ends the broker as an operator would (SIGTERM).
func (b *Broker) Stop() { b.end(syscall.SIGTERM) }

// Kill ends the broker without warning (SIGKILL). Killing an ended one does
// nothing.
func (b *Broker) Kill() { b.end(syscall.SIGKILL) }

// Reload makes the broker read its configuration and password files again
// (SIGHUP). It throws out who may not be there any more.
func (b *Broker) Reload() { _ = b.process.Process.Signal(syscall.SIGHUP) }

func (b *Broker) end(sig syscall.Signal) {
	if b.process == nil || b.process.Process == nil {
		return
	}
	// A broker that has only just said that it is running may lose the signal:
	// it sets its flag to run after it has set its handlers.
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		_ = b.process.Process.Signal(sig)
		select {
		case <-b.ended:
			return
		case <-again.C:
		}
	}
}
