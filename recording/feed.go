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
	// Last is the last message on a topic, its payload perhaps cut.
	Last(topic string) (m model.Message, ok bool)
	// Checkpoint copies the lab's state, and Restore puts it back.
	Checkpoint() model.Checkpoint
	Restore(c model.Checkpoint)
	// SketchSize is about how large the lab is without its histories, in bytes.
	SketchSize() int
}

// Feed takes everything that is left of a recording into a lab, with the clock of
// the recording, as fast as possible.
func Feed(ctx context.Context, from Source, lab Lab) error {
	f := feeder{from: from, lab: lab}
	if arrived, err := f.until(time.Time{}, func() bool { return ctx.Err() != nil }); arrived || err != nil {
		return err
	}
	return ctx.Err()
}

// feeder is a recording on its way into a lab, one thing after the other: what was
// recorded, and the ticks between. The rules are:
//
//   - The lab ticks at the same moments of the recording however it is played, once a
//     second as it did live, so that its state and its alerts are those that were.
//     Where nothing was recorded for long it ticks less often after an hour, and not
//     at all after a day, nor after ten seconds when there were a thousand such
//     silences. What is due at the same time comes after the tick.
//   - While nobody listened, nothing ticks.
//   - A moment of the recording is told on the clock of its start: it goes on evenly
//     when the clock was set.
type feeder struct {
	from Source
	lab  Lab
	// seen, when not nil, is called with each entry that is taken, before the lab has it.
	seen func(e *Entry)

	feederState
	batch []model.Message
	// enough, while not nil, says when to end early; from asks it too.
	enough func() bool
}

// errEnough is what from returns when it is to end early.
var errEnough = errors.New("enough")

// stop is for [File.StopBy].
func (f *feeder) stop() error {
	if f.enough != nil && f.enough() {
		return errEnough
	}
	return nil
}

// feederState is all that must be known to go on at another time.
type feederState struct {
	entry Entry // the next one, when ahead
	ahead bool
	ended bool // everything was taken

	moment   time.Time // how far it is, on the clock of the start
	clock    time.Time // the same moment on the recording's own clock
	last     time.Time // of the last entry
	next     time.Time // the next tick
	quiet    time.Time // the first tick since the last entry; zero before it
	silences int       // of an hour and more, so far
	steps    int       // of the clock, so far
	taken    uint64    // entries
	messages uint64    // among them
	ticks    uint64
}

const (
	// feedBatch is how many messages are applied at once.
	feedBatch = 256
	// setBack is from when on a time that is earlier than the one before it means that
	// the clock was set back, as it does in the store.
	setBack = time.Minute
	// mostSteps is how many steps of the clock are followed: each of them moves all
	// there is. A file with more was made to do harm, or its clock is of no use.
	mostSteps = 1000
	// mostSilences is how many silences of more than an hour are lived through: else a
	// file whose times are all centuries apart would cost thousands of ticks a message.
	mostSilences = 1000
)

// until does all that is due until a moment, or to the end when that is zero. It has
// not arrived when enough said that it should end early, which it asks now and then.
func (f *feeder) until(moment time.Time, enough func() bool) (arrived bool, err error) {
	defer f.flush()
	defer f.endingBy(enough)()
	for {
		switch more, err := f.step(moment); {
		case errors.Is(err, errEnough):
			return false, nil
		case err != nil || !more:
			return err == nil, err
		}
		if len(f.batch) == 0 && enough() {
			return false, nil
		}
	}
}

// endingBy has what is done until the returned function is called end early.
func (f *feeder) endingBy(enough func() bool) func() {
	f.enough = enough
	return func() { f.enough = nil }
}

// message takes the next message that is wanted, and what comes before it. It ends early
// as until does.
func (f *feeder) message(wanted func(*model.Message) bool, enough func() bool) (arrived bool, err error) {
	defer f.flush()
	defer f.endingBy(enough)()
	f.seen = func(e *Entry) { arrived = e.Kind == MessageEntry && wanted(&e.Message) }
	defer func() { f.seen = nil }()
	for {
		switch more, err := f.step(time.Time{}); {
		case errors.Is(err, errEnough):
			return false, nil
		case err != nil || !more:
			return err == nil, err
		case arrived:
			f.enough = nil
			return true, f.look() // it may have been the last
		case len(f.batch) == 0 && enough():
			return false, nil
		}
	}
}

// step does the next thing that is due until a moment; false when there is none.
func (f *feeder) step(until time.Time) (more bool, err error) {
	due, tick, err := f.due()
	if err != nil || f.ended {
		return false, err
	}
	if wait := due.Sub(f.clock); wait > 0 {
		moment, clock := f.moment.Add(wait), due
		if more = until.IsZero() || !moment.After(until); !more {
			moment, clock = until, f.clock.Add(until.Sub(f.moment))
		}
		if moment.After(f.moment) {
			f.moment, f.clock = moment, clock
		}
		if !more {
			return false, nil
		}
	}
	if tick {
		f.pass()
	} else {
		f.take()
	}
	return true, nil
}

// due is when the next thing is due, on the recording's clock, and whether it is a tick.
// At the end it sets ended.
func (f *feeder) due() (at time.Time, tick bool, err error) {
	switch err := f.look(); {
	case err != nil || f.ended:
		return time.Time{}, false, err
	case f.next.IsZero():
		f.moment, f.clock = f.entry.Time, f.entry.Time
		return f.entry.Time, false, nil
	}
	if at = f.entryDue(); at.Before(f.next) {
		return at, false, nil
	}
	return f.next, true, nil
}

// nextMoment is when the next thing is due; at the end, the present moment.
func (f *feeder) nextMoment() (time.Time, error) {
	due, _, err := f.due()
	if err != nil || f.ended {
		return f.moment, err
	}
	return f.moment.Add(max(due.Sub(f.clock), 0)), nil
}

// momentOf is the moment of a time up to now on the recording's own clock.
func (f *feeder) momentOf(at time.Time) time.Time { return f.moment.Add(min(at.Sub(f.clock), 0)) }

// look reads the next entry, unless it has.
func (f *feeder) look() error {
	if f.ahead || f.ended {
		return nil
	}
	switch err := f.from.Next(&f.entry); {
	case errors.Is(err, io.EOF):
		f.flush()
		if f.ended = true; !f.next.IsZero() {
			f.tick(f.last)
		}
	case err != nil:
		return err
	default:
		f.ahead = true
	}
	return nil
}

// follows says whether the next entry is a step of the clock that is followed.
func (f *feeder) follows() bool {
	return f.entry.Kind == ClockEntry && !f.next.IsZero() && f.steps < mostSteps
}

// entryDue is when the next entry is due. What happened to the clock did so when the
// clock showed the time before.
func (f *feeder) entryDue() time.Time {
	e := &f.entry
	if f.follows() {
		return e.Time.Add(-e.Step).Add(-max(e.Away, 0))
	}
	return e.Time
}

// take takes the next entry.
func (f *feeder) take() {
	e := &f.entry
	if f.follows() {
		f.follow(e)
	}
	if f.next.IsZero() || e.Time.Before(f.last.Add(-setBack)) {
		f.flush()
		f.tick(e.Time)
		f.clock = e.Time
	}
	f.ahead, f.last, f.quiet = false, e.Time, time.Time{}
	f.taken++
	if f.seen != nil {
		f.seen(e)
	}
	switch e.Kind {
	case MessageEntry, KnownEntry:
		if e.Kind == MessageEntry {
			f.messages++
		}
		if f.batch = append(f.batch, e.Message); len(f.batch) == feedBatch {
			f.flush()
		}
	case ConnectionEntry:
		f.flush()
		f.lab.SetConnection(*e.Connection)
	case SketchEntry:
		f.flush()
		f.lab.Restore(*e.Sketch)
	}
}

// follow does what was done when the clock was set, or when somebody listened again.
func (f *feeder) follow(e *Entry) {
	f.steps++
	f.flush()
	if e.Step != 0 {
		f.lab.Shift(e.Step)
		f.last, f.next, f.clock = f.last.Add(e.Step), f.next.Add(e.Step), f.clock.Add(e.Step)
	}
	if e.Away > 0 {
		f.lab.Awoke(e.Time)
		f.tick(e.Time)
		f.moment, f.clock = f.moment.Add(e.Away), e.Time
	}
}

// pass does the tick that is due.
func (f *feeder) pass() {
	f.flush()
	if f.quiet.IsZero() {
		f.quiet = f.next
	}
	at, every, longest := f.next, time.Second, 24*time.Hour
	if f.silences > mostSilences {
		longest = 10 * time.Second
	}
	switch silence := at.Sub(f.quiet); {
	case silence >= longest:
		every, f.quiet = max(f.entryDue().Sub(at), 0), time.Time{}
	case silence >= time.Hour:
		every = time.Minute
		if silence == time.Hour {
			f.silences++
		}
	}
	f.tick(at)
	f.next = at.Add(every)
}

// tick moves the lab's clock to a moment; the next second begins there.
func (f *feeder) tick(at time.Time) {
	f.lab.Tick(at, model.SourceStats{})
	f.next = at.Add(time.Second)
	f.ticks++
}

func (f *feeder) flush() {
	if len(f.batch) > 0 {
		f.lab.Apply(f.batch)
		f.batch = f.batch[:0]
	}
}
