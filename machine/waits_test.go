//go:build unix

package machine_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/mosquitto"
	"labtop/testkit/stopwatch"
)

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
			subscribed(t, b, 1)
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
			cmd := binary.Command(t, tt.args...)
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
			if code := cmd.ProcessState.ExitCode(); code != 143 || stopwatch.Since(start) > 10*time.Second {
				t.Errorf("exit code %d after %v", code, stopwatch.Since(start))
			}
		})
	}
}
