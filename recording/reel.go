package recording

import (
	"errors"
	"fmt"
)

// reel is something recorded with a lab that it is fed to, and how far.
type reel struct {
	feeder
	// file is nil when it is no file: then more may come after the end.
	file *File
}

func (r *reel) close() error {
	if r == nil || r.file == nil {
		return nil
	}
	return r.file.Close()
}

func (r *reel) health() (h Health) {
	if r.file != nil {
		h = r.file.Health()
	}
	return h
}

// grows says that the end is only that of now.
func (r *reel) grows() bool { return r.file == nil }

// tryAgain looks for more where the end was.
func (r *reel) tryAgain() {
	if r != nil && r.grows() {
		r.ended = false
	}
}

// newReel opens the file of a player for a lab of its own, at its start. first is the
// file as it was opened first, or nil.
func newReel(o *PlayerOptions, first *File, fired func(Mark)) (*reel, error) {
	lab, err := o.NewLab(fired)
	if err != nil {
		return nil, err
	}
	f, err := o.open()
	switch {
	case first != nil && errors.Is(err, ErrFormat):
		return nil, fmt.Errorf("%w: %w", errChanged, err)
	case err != nil:
		return nil, err
	case first != nil && f.Format != first.Format:
		return nil, errors.Join(errChanged, f.Close())
	case first != nil:
		f.Place(first.Start, first.Every)
	}
	r := &reel{feeder: feeder{from: f, lab: lab}, file: f}
	f.StopBy(r.stop)
	return r, nil
}
