package cli

import (
	"errors"
	"fmt"
	"strconv"
)

// The exit codes of labtop.
const (
	// ExitOK: it did what was asked.
	ExitOK = 0
	// ExitFailure: it failed while running.
	ExitFailure = 1
	// ExitUsage: the command line or the config is wrong.
	ExitUsage = 2
	// ExitAlert: an alert fired.
	ExitAlert = 3
	// ExitUnreachable: the broker could not be reached.
	ExitUnreachable = 4
	// ExitInterrupted: it was interrupted from the keyboard.
	ExitInterrupted = 130
)

// exitError ends labtop with an exit code of its own. A nil err ends it
// without a word.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return "exit code " + strconv.Itoa(e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef returns an error for a wrong command line or config.
func usagef(format string, args ...any) error {
	return &exitError{code: ExitUsage, err: fmt.Errorf(format, args...)}
}

// usageError marks err as a fault of the command line or config.
func usageError(err error) error {
	return &exitError{code: ExitUsage, err: err}
}

// exitCode returns the code that err stands for.
func exitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if exit, ok := errors.AsType[*exitError](err); ok {
		return exit.code
	}
	return ExitFailure
}

// silent says whether err only carries an exit code.
func silent(err error) bool {
	exit, ok := errors.AsType[*exitError](err)
	return ok && exit.err == nil
}

// quote returns text in quotes for an error, cut when it is long.
func quote(text string) string {
	const most = 60
	runes := []rune(text)
	if len(runes) > most {
		return strconv.Quote(string(runes[:most]) + "…")
	}
	return strconv.Quote(text)
}
