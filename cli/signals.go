package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalCause is why a context was cancelled: a signal came.
type signalCause struct{ signal syscall.Signal }

func (c signalCause) Error() string { return c.signal.String() }

// Signalled returns ctx with the cancellation that an interrupt, a termination
// or a hang-up brings; [Run] answers it with exit code 128 plus the signal's
// number. A second interrupt ends the process at once, for a user who cannot
// wait; other repeated signals change nothing, because a closing terminal often
// sends its hang-up twice. The returned function ends the watching.
func Signalled(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 4)
	stop, stopped := make(chan struct{}), make(chan struct{})
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		defer close(stopped)
		interrupts := 0
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGINT {
					interrupts++
				}
				if interrupts > 1 {
					os.Exit(ExitInterrupted)
				}
				if number, ok := s.(syscall.Signal); ok {
					cancel(signalCause{number})
				}
			case <-stop:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(stop)
		<-stopped
		cancel(nil)
	}
}

// afterSignal returns what a command's error becomes once ctx was cancelled by
// a signal: the signal's exit code, unless the command failed for another
// reason.
func afterSignal(ctx context.Context, err error) error {
	cause, ok := errors.AsType[signalCause](context.Cause(ctx))
	if !ok {
		return err
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, cause) {
		return &exitError{code: 128 + int(cause.signal)}
	}
	return err
}
