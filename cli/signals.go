package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"labtop/crash"
)

// signalCause is why a context was cancelled: a signal came.
type signalCause struct {
	signal syscall.Signal
	// stacks is the file with the stacks of all goroutines; empty unless the
	// signal asked for it.
	stacks string
}

func caused(by syscall.Signal) signalCause {
	c := signalCause{signal: by}
	if by == syscall.SIGQUIT {
		c.stacks, _ = keepStack(by.String(), allStacks()) // without the file it is still a signal
	}
	return c
}

func (c signalCause) Error() string { return c.signal.String() }

// patience is how long labtop may take to end after a signal. A command whose
// output nobody reads, or that waits for a file, never would.
const patience = 2 * time.Second

// breath is how soon after an interrupt another one is the same: timeout(1), for one,
// sends it to the process and then to its group. No user presses a key as fast.
const breath = 100 * time.Millisecond

// Signalled returns ctx with the cancellation that an interrupt, a termination,
// a hang-up or a quit brings; [Run] answers it with exit code 128 plus the
// signal's number. A quit also keeps all stacks in a file. A process that has not
// ended two seconds later is ended, and a second interrupt, at least 100 ms after the
// first, ends it at once, for a user who cannot wait; other repeated signals change
// nothing, because a closing terminal often sends its hang-up twice. The returned
// function ends the watching.
func Signalled(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 4)
	stop, stopped := make(chan struct{}), make(chan struct{})
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go crash.Guarded(cancel, func() {
		defer close(stopped)
		var interrupted time.Time
		var late <-chan time.Time
		for {
			select {
			case s := <-signals:
				switch {
				case s != syscall.SIGINT:
				case interrupted.IsZero():
					interrupted = time.Now()
				case time.Since(interrupted) >= breath:
					os.Exit(ExitInterrupted)
				}
				if number, ok := s.(syscall.Signal); ok && late == nil {
					late = time.After(patience)
					cancel(caused(number))
				}
			case <-late:
				os.Exit(128 + int(context.Cause(ctx).(signalCause).signal)) //nolint:errorlint,forcetypeassert // only a signal sets the timer
			case <-stop:
				return
			}
		}
	})()
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
		exit := &exitError{code: 128 + int(cause.signal)}
		if cause.stacks != "" {
			exit.err = fmt.Errorf("quit; the stacks are in %s", cause.stacks)
		}
		return exit
	}
	return err
}
