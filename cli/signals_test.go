package cli

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
)

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
