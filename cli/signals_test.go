package cli

import (
	"context"
	"errors"
	"fmt"
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

func TestAfterSignal(t *testing.T) {
	t.Parallel()
	interrupted, cancel := context.WithCancelCause(t.Context())
	cancel(signalCause{signal: syscall.SIGINT})
	failure := errors.New("no space")
	tests := []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"no signal", t.Context(), nil, ExitOK},
		{"no signal, failed", t.Context(), failure, ExitFailure},
		{"clean end", interrupted, nil, ExitInterrupted},
		{"cancelled", interrupted, fmt.Errorf("waiting: %w", context.Canceled), ExitInterrupted},
		{"cause", interrupted, context.Cause(interrupted), ExitInterrupted},
		{"failed all the same", interrupted, failure, ExitFailure},
		{"with a code", interrupted, &exitError{code: ExitUnreachable, err: failure}, ExitUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := exitCode(afterSignal(tt.ctx, tt.err)); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
