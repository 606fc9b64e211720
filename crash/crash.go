// Package crash makes a panic in any goroutine of ours the orderly end of the
// program: an error that somebody waits for, so that the terminal is restored
// before anybody reads about it.
//
// The contract: every goroutine, and every function that a timer, a context or a
// library calls in a goroutine of its own, runs in [Guard], [Guarded] or [Catch].
// What they call with the panic must not panic itself and may be called more than
// once; a [context.CancelCauseFunc] is such a function.
package crash

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// Error is a panic, with the stack of the goroutine in which it was.
type Error struct {
	Value any
	Stack []byte
}

func (e *Error) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// Guard calls f. A panic of it becomes an [*Error].
func Guard(f func() error) (err error) {
	defer Catch(func(e error) { err = e })
	return f()
}

// Guarded is f, whose panic goes to fail as an [*Error].
func Guarded(fail func(error), f func()) func() {
	return func() {
		defer Catch(fail)
		f()
	}
}

// Catch is to be deferred: a panic goes to fail as an [*Error].
func Catch(fail func(error)) {
	if v := recover(); v != nil {
		fail(&Error{Value: v, Stack: debug.Stack()})
	}
}

// In is the panic among the causes of err, or nil.
func In(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}

// Cause is the panic for which ctx was cancelled, or nil.
func Cause(ctx context.Context) error { return In(context.Cause(ctx)) }
