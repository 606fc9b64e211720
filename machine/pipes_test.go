//go:build unix

package machine_test

import (
	"bufio"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/binary"
	"labtop/testkit/stopwatch"
)

// TestReaderGone closes the pipe that a command writes to, as head does. The command
// ends soon and without a word, by SIGPIPE, as programs do: shells show 141.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
	}{
		{"plain", []string{"--plain"}},
		{"log", []string{"log"}},
		{"log --json", []string{"log", "--json"}},
		{"snapshot", []string{"snapshot", "--for", "1s"}},
		{"snapshot --json", []string{"snapshot", "--json", "--for", "1s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := startSender(t)
			cmd := binary.Command(t, append(tt.args, "-b", b.addr, "-t", "#")...)
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			cmd.Stdout, cmd.Stderr = writer, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = writer.Close()
			b.awaited(t)
			if tt.args[0] != "snapshot" {
				b.send(10, 10, "21.5")
				if _, err := bufio.NewReader(reader).ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			_ = reader.Close()
			stop := make(chan struct{})
			sent := make(chan struct{})
			go func() { // what it fails to write
				defer close(sent)
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					case <-time.After(100 * time.Millisecond):
						b.send(10, 10, "22.5")
					}
				}
			}()
			_ = cmd.Wait()
			took := stopwatch.Since(began)
			close(stop)
			<-sent
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || status.Signal() != syscall.SIGPIPE || took > 4*time.Second+stopwatch.Room || strings.Contains(said.String(), "pipe") {
				t.Errorf("ended with %v after %v, said %q", cmd.ProcessState, took, said.String())
			}
		})
	}
}
