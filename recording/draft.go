package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// The errors of a file that is written.
var (
	// ErrExists says that there is a file of that name already.
	ErrExists = errors.New("the file exists already")
	// ErrInUse says that the file of that name is still being written.
	ErrInUse = errors.New("another labtop is writing it")
	// ErrRemoved says that what is written can be found under no name any more.
	ErrRemoved = errors.New("the file was removed, or another one put in its place")
)

// Draft is a file in the making, which only its owner can read. The rules are:
//
//   - A name that is free it has from the start. In place of what bears its name, which
//     takes force, it comes only once there is something to put there: a failure before
//     that, or a sudden end, leaves the older file as it was. Windows renames no file that
//     is open: there it comes in place once it is closed.
//   - The notes on an older file go with it, and keep its name taken: they would be read
//     as notes on the new one.
//   - Only a regular file is replaced, and none that is still being written. What else
//     bears the name stays, force or not; so do other names of an older file.
//
// It ends with [Draft.Keep] or [Draft.Discard].
type Draft struct {
	*os.File
	about  os.FileInfo // by which the file is known again
	path   string
	late   bool // it can get its name only once it is closed
	due    bool // and it is to
	placed bool // it has its name
	kept   bool
}

// NewDraft begins a file.
func NewDraft(path string, force bool) (*Draft, error) {
	taken, err := replaceable(path, force)
	if err != nil {
		return nil, err
	}
	d := &Draft{path: path, placed: !taken, late: runtime.GOOS == "windows"}
	if taken {
		d.File, err = os.CreateTemp(filepath.Dir(path), ".labtop-*")
	} else {
		d.File, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if errors.Is(err, fs.ErrExist) { // somebody was faster
		err = fmt.Errorf("%s: %w", path, ErrExists)
	}
	if err != nil {
		return nil, err
	}
	lock(d.File)
	d.about, _ = d.Stat() // nil is no file's
	return d, nil
}

// replaceable says whether a name is taken, and why what bears it cannot be replaced.
func replaceable(path string, force bool) (taken bool, err error) {
	for _, name := range []string{path, path + NotesSuffix} {
		about, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENAMETOOLONG):
			continue
		case err != nil:
			return false, err
		case !about.Mode().IsRegular():
			return false, fmt.Errorf("%s is no file that can be written anew; choose another name", name)
		case !force:
			return false, fmt.Errorf("%s: %w", name, ErrExists)
		case locked(name):
			return false, fmt.Errorf("%s: %w; choose another name", name, ErrInUse)
		}
		taken = true
	}
	return taken, nil
}

// Placed says whether the file has its name.
func (d *Draft) Placed() bool { return d.placed }

// Place gives the file its name, unless it has it, once what was written is on the disk, or
// when it is closed.
func (d *Draft) Place() error {
	if d.placed || d.late {
		d.due = !d.placed
		return nil
	}
	err := d.Sync()
	if err == nil {
		err = d.rename()
	}
	return err
}

// rename puts the file in the place of what bears its name now.
func (d *Draft) rename() error {
	notes, aside := d.path+NotesSuffix, d.Name()+NotesSuffix
	_, err := replaceable(d.path, true)
	if err == nil {
		err = os.Rename(notes, aside)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if err = os.Rename(d.Name(), d.path); err != nil {
			_ = os.Rename(aside, notes) // if there are any
		}
	}
	if err != nil {
		return fmt.Errorf("%s cannot take its place: %w", d.Name(), err)
	}
	d.placed = true
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close closes the file. If Place left its name to this, it gets it.
func (d *Draft) Close() error {
	err := d.File.Close()
	if err == nil && d.due && !d.placed {
		err = d.rename()
	}
	return err
}

// Sync has the disk keep what was written, and sees that it can be found there. Any
// goroutine may call it.
func (d *Draft) Sync() error {
	if err := d.File.Sync(); err != nil {
		return err
	}
	if removed(d.File) {
		return fmt.Errorf("%s: %w", d.path, ErrRemoved)
	}
	return nil
}

// Keep closes the file, which is whole, and gives it its name unless it has it.
func (d *Draft) Keep() error {
	err := d.Sync()
	d.due = err == nil
	err = errors.Join(err, d.Close())
	d.kept = err == nil
	return err
}

// Discard removes the file unless it is kept, or was removed. What bore its name, or bears
// it now, stays.
func (d *Draft) Discard() error {
	if d.kept {
		return nil
	}
	_ = d.File.Close() // Keep may have closed it
	name := d.Name()
	if d.placed {
		name = d.path
	}
	if about, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(about, d.about) {
		return nil
	}
	return os.Remove(name)
}
