package recording

import (
	"errors"
	"fmt"
)

// place is where a reader stands in a file, so that another reader of the same file can
// go on there. It is never changed.
type place struct {
	// entries is how many were read until there.
	entries uint64
	// mcap is nil for a log, which has to be read again from its start.
	mcap *readerPlace
}

// readerPlace is where a Reader stands: its state, and how many bytes of the present
// chunk's records are not read yet.
type readerPlace struct {
	readerState
	left int
}

// errChanged says that a file is not what it was.
var errChanged = errors.New("the recording has changed while it was played")

// placeAfter is the place at which f stands, after so many entries.
func (f *File) placeAfter(entries uint64) place {
	p := place{entries: entries}
	if r, ok := f.content.(*Reader); ok {
		r.shared = true
		p.mcap = &readerPlace{r.readerState, len(r.records)}
	}
	return p
}

// goTo has f go on at a place. It returns how many entries are to be read and left out
// before that.
func (f *File) goTo(p place) (skip uint64, err error) {
	if r, ok := f.content.(*Reader); ok && p.mcap != nil {
		return 0, r.goTo(p.mcap)
	}
	return p.entries, nil
}

func (r *Reader) goTo(p *readerPlace) error {
	r.records = nil
	if p.left > 0 {
		r.seek(p.chunk)
		_, body, err := r.record()
		if err == nil {
			r.records, err = r.chunks.decode(body)
		}
		if err != nil || len(r.records) < p.left {
			return fmt.Errorf("%w: %w", errChanged, errors.Join(err, errTorn))
		}
		r.records = r.records[len(r.records)-p.left:]
	}
	r.readerState = p.readerState
	r.seek(p.at)
	return nil
}
