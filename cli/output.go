package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"labtop/recording"
)

// outputFile is a file that a command makes of another one.
type outputFile struct {
	// path is its name, input that of the other one, what says what it is.
	path, input, what string
	// force lets it take the place of a file of that name.
	force bool
}

// write has f write the file. If f fails there is none, and one of that name stays.
func (o outputFile) write(f func(io.Writer) error) (err error) {
	if o.force && sameFile(o.path, o.input) {
		return usagef("%s is the file that is read; choose another name for %s", o.path, o.what)
	}
	draft, err := recording.NewDraft(o.path, o.force)
	if errors.Is(err, recording.ErrExists) {
		return usageError(fmt.Errorf("%w; choose another name, or give --force", err))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", o.what, err)
	}
	defer func() { err = errors.Join(err, draft.Discard()) }() // unless it is kept
	if err := f(draft); err != nil {
		return err
	}
	if err := draft.Keep(); err != nil {
		return fmt.Errorf("%s cannot be written: %w", o.what, err)
	}
	return nil
}

// sameFile says whether two names are of one file.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
