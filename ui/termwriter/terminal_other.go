//go:build !linux

package termwriter

import (
	"errors"
	"io"
	"os"
)

// reopen always fails: other systems have no way to open the terminal behind a
// descriptor a second time.
func reopen(*os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

// discardOutput does nothing.
func discardOutput(io.Writer) {}
