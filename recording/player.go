package recording

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"labtop/crash"
	"labtop/model"
)

// PlayerOptions say what is played, and how it begins.
type PlayerOptions struct {
	// Path is the file: a recording, or a log that can be read as one. Open opens it; nil
	// for [Open] that finds out what it is.
	Path string
	Open func() (*File, error)
	// Rewind, when not nil, is played instead of a file, and Now makes a checkpoint of
	// the lab that it is of, for the histories.
	Rewind *Rewind
	Now    func() model.Checkpoint
	// At is where it begins, the start when that is later.
	At time.Time
	// NewLab makes an empty lab. fired is to be called, by the goroutine that feeds the
	// lab, when an alert of it begins to fire; the mark needs the time on the lab's clock, a
	// severity and a text.
	NewLab func(fired func(Mark)) (Lab, error)
	// Device is the id of the device that a topic is of.
	Device func(topic string) string
	// Speed is how many times as fast as it was recorded; 0 is as fast as possible.
	Speed float64
	// Paused does not play before it is asked to, Loop begins anew at the end.
	Paused, Loop bool
	// CheckpointBytes is how much memory may be used to go back and forth fast; 0 means
	// [CheckpointBytes].
	CheckpointBytes int
	// NoIndex does without what needs a second lab: a timeline, jumps to marks, and fast
	// ways back. It is for playing from the start to the end.
	NoIndex bool

	checkpointWork uint64 // for tests
	mostIndexed    int    // too
	glanceWork     uint64 // too
	// glanced, for tests, is called with each glance that is shown, and its moment.
	glanced func(g *Glance, at time.Time)
}

func (o *PlayerOptions) open() (*File, error) {
	if o.Open != nil {
		return o.Open()
	}
	return Open(o.Path, "")
}

// Player plays a recording into a lab, at any speed, and goes to any moment of it. The
// state at a moment is the one that [Feed] would have made up to there, whatever was
// done before.
//
// Any goroutine may call its methods. But for NewPlayer, Run, Close and AddNote they do
// not wait: they leave a wish, and what has become of it is seen in [Player.Playback].
type Player struct {
	options PlayerOptions
	deck    *deck
	medium  medium
	notes   *notes
	woken   chan struct{} // has room for one
	hurried atomic.Bool   // there is a wish that nobody has looked at

	mu       sync.Mutex // guards what follows
	wishes   wishes
	playback Playback
	lab      Lab
	changes  model.Changes
}

// Playback is where a player stands.
type Playback struct {
	// Start and End are the first moment and the last one that is known. When the clock
	// was set in between, moments are told on the clock of the start.
	Start, End time.Time
	// At is the moment that is shown or, while Seeking, the one that is aimed at.
	At time.Time
	// Playing says that time goes on; Ended says that it cannot, for want of more.
	Playing, Ended, Loop bool
	Speed                float64
	// Seeking says that the state of At is being made, Progress how much of the way is
	// done, 0 to 1.
	Seeking  bool
	Progress float64
	// Left is about how long the rest takes, in whole seconds; 0 while nobody can tell.
	Left time.Duration
	// Messages counts those until At.
	Messages uint64
	// Err is what went wrong with reading, Unmet why the last wish could not be met.
	// NotesErr is why the notes on the recording could not be read.
	Err, Unmet, NotesErr error
	// Alone says that the lab has become too large to be held twice: the timeline has no
	// alerts from there on, and a way back takes longer.
	Alone bool
	// Health is how whole the recording is, as far as it was looked at.
	Health Health
}

// medium is what a player plays.
type medium interface {
	// begin makes a reel at its start.
	begin() (*reel, error)
	// before is the last place at or before a moment at which one can begin, or the first
	// one there is.
	before(moment time.Time) station
	// run looks at it as a whole until ctx is done, beside the player; seen is how far
	// that is, and timeline what it looks like.
	run(ctx context.Context)
	seen() indexed
	timeline(start, end time.Time, stretches int) Timeline
}

// station is a place at which one can begin.
type station interface {
	// entries is how many came before.
	entries() uint64
	open() (*reel, error)
}

// wishes are what people want of a player.
type wishes struct {
	playing, loop bool
	speed         float64
	goal          *goal  // where to go; nil when that is done
	steps         []step // what to do once it is there
}

// goal is a moment to go to, or the mark of some kinds that is next to one.
type goal struct {
	moment  time.Time
	kinds   MarkKind // 0: the moment itself
	forward bool
	// instead is where to go when there is no such mark: where the player was on its way
	// to; nil for nowhere.
	instead *goal
}

// step is to the next message, or to the next change of a device.
type step struct{ device string }

// mostWished is how many steps may be wished for at once.
const mostWished = 1000

// NewPlayer opens the recording. Nothing is played before Run; the player must be
// closed.
func NewPlayer(o PlayerOptions) (*Player, error) {
	p := &Player{
		options: o, woken: make(chan struct{}, 1),
		wishes: wishes{playing: !o.Paused, loop: o.Loop, speed: o.Speed},
	}
	if o.Rewind != nil {
		p.medium, p.notes = &rewound{Rewind: o.Rewind, p: p}, &notes{}
	} else {
		p.medium, p.notes = newIndex(p), openNotes(o.Path)
	}
	var err error
	if p.deck, err = newDeck(p); err != nil {
		return nil, err
	}
	p.deck.publish()
	p.wishes.goal = &goal{moment: later(p.deck.start, o.At)} // and what happened at once then
	return p, nil
}

// Run plays until ctx is done, then returns nil; or until something panics. What cannot
// be read ends the recording there, and is told in [Player.Playback].
func (p *Player) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	indexed := make(chan error, 1)
	go func() {
		err := crash.Guard(func() error { p.medium.run(ctx); return nil })
		if err != nil {
			cancel()
		}
		indexed <- err
	}()
	err := crash.Guard(func() error { p.deck.run(ctx); return nil })
	cancel()
	return errors.Join(err, <-indexed)
}

// Close closes the file, once Run has returned, if it was called.
func (p *Player) Close() error { return p.deck.close() }

// File is the recording as it was opened, for what it says of itself: it must not be
// read. It is nil when no file is played.
func (p *Player) File() *File { return p.deck.first }

// Remarks are as of [File.Remarks], as far as the file was read. It may be called once
// Run has returned.
func (p *Player) Remarks() []string {
	if seen := p.medium.seen(); seen.whole || p.File() == nil {
		return seen.remarks
	}
	return p.deck.shown.file.Remarks()
}

// Playback is where it stands.
func (p *Player) Playback() Playback {
	seen := p.medium.seen()
	p.mu.Lock()
	defer p.mu.Unlock()
	b, w := p.playback, &p.wishes
	b.Playing, b.Loop, b.Speed = w.playing, w.loop, w.speed
	if g := w.goal; g != nil {
		b.Seeking = true
		if g.kinds == 0 {
			b.At = g.moment
		}
	}
	if !seen.start.IsZero() {
		b.Start = seen.start
	}
	if b.End = later(b.End, seen.end); !seen.whole {
		b.End = later(b.End, p.deck.outline.end)
	} else if b.At.After(b.End) {
		b.At = b.End
	}
	if b.At.Before(b.Start) {
		b.At = b.Start
	}
	if seen.whole {
		b.Health = seen.health
	}
	b.Alone = seen.alone
	if b.NotesErr = p.notes.problem; b.Err == nil {
		b.Err = seen.err
	}
	return b
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Lab is the lab as it is at the moment that is shown. Going to another moment may put
// another lab in its place. While Seeking a moment that is far away it may be a [*Glance],
// but with NoIndex.
func (p *Player) Lab() Lab {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lab
}

// Changed returns a channel that is closed at the next change of what Playback, Lab or
// Timeline return, and a number that grows with each.
func (p *Player) Changed() (closed <-chan struct{}, revision uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changes.Next()
}

// change does something under the lock, and tells of it.
func (p *Player) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.changes.Tell()
}

// wish changes what is wished for.
func (p *Player) wish(f func(w *wishes)) {
	p.change(func() {
		p.playback.Err, p.playback.Unmet = nil, nil
		f(&p.wishes)
	})
	p.hurried.Store(true)
	p.wake()
}

// wake has the player look at what is new.
func (p *Player) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// Play plays on, or pauses. At the end it begins anew.
func (p *Player) Play(on bool) {
	p.wish(func(w *wishes) {
		if w.playing = on; on && p.playback.Ended && w.goal == nil {
			w.goal = &goal{moment: p.playback.Start}
		}
	})
}

// SetSpeed sets how many times as fast as it was recorded it is played; 0 is as fast as
// possible.
func (p *Player) SetSpeed(speed float64) {
	p.wish(func(w *wishes) { w.speed = max(speed, 0) })
}

// Loop begins anew at the end, or no longer.
func (p *Player) Loop(on bool) { p.wish(func(w *wishes) { w.loop = on }) }

// Seek goes to a moment, the nearest one there is. Whether it plays stays as it is.
func (p *Player) Seek(to time.Time) { p.aim(goal{moment: to}) }

// Jump goes to the next mark of the kinds, or to the one before.
func (p *Player) Jump(kinds MarkKind, forward bool) {
	g := goal{moment: p.Playback().At, kinds: kinds, forward: forward}
	if at, found, _ := p.nextMark(&g); found {
		g = goal{moment: at} // a wish that comes at once is one from there
	}
	p.aim(g)
}

func (p *Player) aim(g goal) {
	p.wish(func(w *wishes) {
		if g.kinds != 0 && w.goal != nil {
			if g.instead = w.goal; w.goal.kinds != 0 {
				g.instead = w.goal.instead
			}
		}
		w.goal, w.steps = &g, nil
	})
}

// Step pauses after the next message, or after the next one of a device that says
// something else than the one before it on its topic.
func (p *Player) Step(device string) {
	p.wish(func(w *wishes) {
		if w.playing = false; len(w.steps) < mostWished {
			w.steps = append(w.steps, step{device})
		}
	})
}
