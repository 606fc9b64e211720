package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// place is where a reader stands in a file, so that another reader of the same file can
// go on there. Each kind of reader has its own; it is never changed.
type place any

// errChanged says that a file is not what it was.
var errChanged = errors.New("the recording has changed while it was played")

// readerPlace is where a Reader stands: its state, and how many bytes of the present
// chunk's records are not read yet.
type readerPlace struct {
	readerState
	left int
}

func (r *Reader) place() place {
	r.shared = true
	return &readerPlace{r.readerState, len(r.records)}
}

func (r *Reader) goTo(to place) error {
	p := to.(*readerPlace)
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

// logPlace is where a logReader stands.
type logPlace struct {
	textPlace
	logState
	// before is what stands right before it, by which it is known again.
	before []byte
}

func (r *logReader) place() place {
	if r.way != nil {
		return r.way
	}
	return &logPlace{r.in.textPlace, r.logState, r.in.before()}
}

// goTo leaves the way to be gone to Next, since it may be long.
func (r *logReader) goTo(to place) error {
	p := to.(*logPlace)
	r.logState, r.way = p.logState, p
	r.in.reset(r.in.encoding.decode(r.bytes.Reader))
	return r.bytes.goTo(p.at - int64(r.in.encoding.width(p.before)))
}

// arrive goes the way to a place.
func (r *logReader) arrive() error {
	if err := r.bytes.pass(r.stop); err != nil {
		return err
	}
	if err := r.in.fill(len(r.way.before)); err != nil {
		return fmt.Errorf("reading the log: %w", err)
	}
	if !bytes.HasPrefix(r.in.text(), r.way.before) {
		return errChanged
	}
	r.in.take(len(r.way.before))
	r.in.textPlace, r.way = r.way.textPlace, nil
	return nil
}

// capturePlace is where a captureReader stands: after so many entries, which are read
// again. What it knows of all connections that are under way, with the messages of which
// the copies are still to come, is too much to be kept at each place.
type capturePlace uint64

func (r *captureReader) place() place { return capturePlace(r.read) }

// goTo leaves the way to be gone to Next. Nothing was read yet.
func (r *captureReader) goTo(to place) error {
	r.way = uint64(to.(capturePlace))
	return nil
}

// arrive goes the way to a place.
func (r *captureReader) arrive() error {
	for passed := (Entry{}); r.read < r.way; {
		switch err := r.next(&passed); {
		case errors.Is(err, io.EOF):
			return errChanged
		case err != nil:
			return err
		}
		if r.read%askEvery == 0 && r.stop != nil {
			if err := r.stop(); err != nil {
				return err
			}
		}
	}
	return nil
}
