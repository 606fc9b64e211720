package recording

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Draft is a file in the making, which only its owner can read. It ends with
// [Draft.Keep] or [Draft.Discard].
type Draft struct {
	*os.File
	path string // that it has when it is kept
	kept bool
}

// NewDraft begins a file. Without force nothing may bear its name, which it takes at
// once. With force it is beside a file of that name, and takes its place when it is kept.
func NewDraft(path string, force bool) (*Draft, error) {
	var f *os.File
	err := replaceable(path, force)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !force:
		f, err = Create(path, false)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		f, err = os.CreateTemp(filepath.Dir(path), ".labtop-*")
	}
	if err != nil {
		return nil, err
	}
	return &Draft{File: f, path: path}, nil
}

// Keep closes the file, which is whole, and gives it its name.
func (d *Draft) Keep() error {
	err := errors.Join(d.Sync(), d.Close())
	if err == nil && d.Name() != d.path {
		err = os.Rename(d.Name(), d.path)
	}
	d.kept = err == nil
	return err
}

// Discard removes the file unless it is kept. What bore its name stays.
func (d *Draft) Discard() error {
	if d.kept {
		return nil
	}
	_ = d.Close() // Keep may have closed it
	return os.Remove(d.Name())
}
