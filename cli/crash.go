package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"labtop/crash"
)

// crashed keeps the stack of a panic in a file, since the terminal is no place
// for it, and says where. Other errors stay as they are.
func crashed(err error) error {
	e, ok := errors.AsType[*crash.Error](err)
	if !ok {
		return err
	}
	file, keepErr := keepStack(e.Error(), e.Stack)
	if keepErr != nil {
		return fmt.Errorf("%w (and its details could not be kept: %w)", e, keepErr)
	}
	return fmt.Errorf("%w; please report it with %s", e, file)
}

// keepStack writes a file with what happened and the stack, and returns its path.
func keepStack(what string, stack []byte) (string, error) {
	f, err := os.CreateTemp("", "labtop-crash-*.txt")
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(f, "%s\n%s\n\n%s", readVersion(), what, stack)
	return f.Name(), errors.Join(err, f.Close())
}

// allStacks are the stacks of all goroutines, as far as they fit in 4 MiB.
func allStacks() []byte {
	stacks := make([]byte, 4<<20)
	return stacks[:runtime.Stack(stacks, true)]
}
