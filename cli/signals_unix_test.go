//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestSignalled(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		ctx, stop := Signalled(t.Context())
		if err := syscall.Kill(syscall.Getpid(), signal); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if err := afterSignal(ctx, ctx.Err()); exitCode(err) != want || !silent(err) {
			t.Errorf("%v: %v with code %d, want a silent %d", signal, err, exitCode(err), want)
		}
		stop()
	}
}

// TestInterruptSentTwice: timeout(1) sends an interrupt to the process and to its group.
// That would end the tests, if it were taken for a user who cannot wait.
func TestInterruptSentTwice(t *testing.T) {
	came := make(chan os.Signal, 2)
	signal.Notify(came, syscall.SIGINT)
	defer signal.Stop(came)
	ctx, stop := Signalled(t.Context())
	for range 2 {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		<-came
	}
	<-ctx.Done()
	stop()
}
