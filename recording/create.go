package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrExists says that there is a file of that name already.
var ErrExists = errors.New("the file exists already")

// Create makes a new file that only its owner can read. With force a file of that
// name is removed first; anything else that bears the name stays.
func Create(path string, force bool) (*os.File, error) {
	open := func() (*os.File, error) { return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) }
	f, err := open()
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if err := replaceable(path, force); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil {
		return nil, err
	}
	return open()
}

// replaceable says why what bears a name cannot be replaced. That there is nothing is
// such a reason too.
func replaceable(path string, force bool) error {
	about, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case !about.Mode().IsRegular():
		return fmt.Errorf("%s is no file that can be written anew; choose another name", path)
	case !force:
		return fmt.Errorf("%s: %w", path, ErrExists)
	}
	return nil
}
