package recording

import (
	"context"
	"errors"
	"io"
	"time"

	"labtop/model"
)

// Source is where entries come from.
type Source interface {
	// Next reads the next entry; io.EOF is the end.
	Next(e *Entry) error
}

// Lab is what a recording is fed to, as the owner of a live session feeds it: a
// model.Store.
type Lab interface {
	SetConnection(c model.Connection)
	Apply(messages []model.Message)
	Tick(now time.Time, source model.SourceStats)
	Shift(by time.Duration)
	Awoke(at time.Time)
}

// feedBatch is how many messages are applied at once.
const feedBatch = 256

// Feed takes everything that is left of a recording into a lab, with the clock of
// the recording: it ticks once a second of it, as it did live, so that the lab's
// state and its alerts are those that were. Where nothing was recorded for long, it
// ticks less often after an hour, and not at all after a day.
func Feed(ctx context.Context, from Source, lab Lab) error {
	f := feeder{lab: lab}
	var e Entry // one for all: a variable of the loop would be copied at each step
	for {
		if err := from.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		f.take(&e)
		if len(f.batch) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	f.flush()
	if !f.last.IsZero() {
		f.tick(f.last)
	}
	return nil
}

// feeder is a recording on its way into a lab.
type feeder struct {
	lab   Lab
	batch []model.Message
	last  time.Time // of the last entry
	next  time.Time // the next tick
	steps int       // of the clock, so far
}

// setBack is from when on a time that is earlier than the one before it means that
// the clock was set back, as it does in the store.
const setBack = time.Minute

func (f *feeder) take(e *Entry) {
	if e.Kind == ClockEntry {
		f.clock(e)
	}
	switch {
	case f.next.IsZero() || e.Time.Before(f.last.Add(-setBack)):
		f.flush()
		f.tick(e.Time)
	case !e.Time.Before(f.next):
		f.flush()
		f.pass(e.Time)
	}
	f.last = e.Time
	switch e.Kind {
	case MessageEntry:
		if f.batch = append(f.batch, e.Message); len(f.batch) == feedBatch {
			f.flush()
		}
	case ConnectionEntry:
		f.flush()
		f.lab.SetConnection(*e.Connection)
	}
}

// mostSteps is how many steps of the clock are followed: each of them moves all there
// is. A file with more was made to do harm, or its clock is of no use.
const mostSteps = 1000

// clock does what was done when the clock was set, or when somebody listened again.
func (f *feeder) clock(e *Entry) {
	if f.next.IsZero() || f.steps == mostSteps {
		return
	}
	f.steps++
	f.flush()
	if e.Step != 0 {
		f.lab.Shift(e.Step)
		f.last, f.next = f.last.Add(e.Step), f.next.Add(e.Step)
	}
	if e.Away > 0 {
		f.lab.Awoke(e.Time)
		f.tick(e.Time)
	}
}

// pass ticks for the time until a moment.
func (f *feeder) pass(until time.Time) {
	for began := f.next; !until.Before(f.next); {
		f.lab.Tick(f.next, model.SourceStats{})
		switch silence := f.next.Sub(began); {
		case silence >= 24*time.Hour:
			f.tick(until)
		case silence >= time.Hour:
			f.next = f.next.Add(time.Minute)
		default:
			f.next = f.next.Add(time.Second)
		}
	}
}

// tick moves the clock to a moment; the next second begins there.
func (f *feeder) tick(at time.Time) {
	f.lab.Tick(at, model.SourceStats{})
	f.next = at.Add(time.Second)
}

func (f *feeder) flush() {
	if len(f.batch) > 0 {
		f.lab.Apply(f.batch)
		f.batch = f.batch[:0]
	}
}
