package recording

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// index is what is known of a recording as a whole: a goroutine of its own reads it
// from its start, beside the player.
type index struct {
	p *Player

	mu      sync.Mutex // guards what follows
	known   indexed
	density density
	marks   marks
}

// indexed is how far the index is.
type indexed struct {
	end    time.Time // the latest moment that it has seen
	whole  bool      // there is nothing after it
	health Health
	err    error
}

// tellEvery is how often the index tells that it knows more.
const tellEvery = 100 * time.Millisecond

func newIndex(p *Player) *index { return &index{p: p} }

// run reads the recording from its start to its end.
func (x *index) run(ctx context.Context) {
	var r *reel
	r, err := newReel(&x.p.options, x.p.deck.first, func(m Mark) {
		m.Kind, m.At = MarkAlert, r.moment
		x.mu.Lock()
		defer x.mu.Unlock()
		x.marks.add(m)
	})
	if err != nil {
		x.tell(indexed{whole: true, err: err})
		return
	}
	r.seen = func(e *Entry) { x.see(e, r.moment) }
	for arrived := false; !arrived && ctx.Err() == nil; {
		began := time.Now()
		arrived, err = r.until(time.Time{}, func() bool { return ctx.Err() != nil || time.Since(began) > tellEvery })
		arrived = arrived || err != nil
		x.tell(indexed{end: r.moment, whole: arrived, health: r.file.Health(), err: err})
	}
	if err := r.file.Close(); err != nil {
		x.tell(indexed{end: r.moment, whole: true, health: r.file.Health(), err: err})
	}
}

// see takes an entry into the timeline.
func (x *index) see(e *Entry, moment time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.Kind == MessageEntry {
		x.density.add(moment)
	} else {
		x.marks.see(e, moment)
	}
}

// tell says how far the index is.
func (x *index) tell(known indexed) {
	x.p.change(func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		if x.known = known; known.whole {
			x.marks.end()
		}
	})
	x.p.wake()
}

// seen is how far the index is.
func (x *index) seen() indexed {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.known
}

// Timeline is what a recording looks like as a whole.
type Timeline struct {
	// Density is how many messages came in each stretch from the start to the end.
	Density []uint64
	// Marks are by their time.
	Marks []Mark
	// Partial says that not all was looked at yet.
	Partial bool
}

// Timeline is what the recording looks like from its start to its end, in so many
// stretches of equal length.
func (p *Player) Timeline(stretches int) Timeline {
	b := p.Playback()
	notes := p.notes.marks()
	x := p.index
	x.mu.Lock()
	defer x.mu.Unlock()
	t := Timeline{Density: x.density.between(b.Start, b.End, stretches), Partial: !x.known.whole}
	t.Marks = slices.Concat(x.marks.all, notes)
	slices.SortStableFunc(t.Marks, func(a, b Mark) int { return a.At.Compare(b.At) })
	return t
}

// nextMark finds the mark that a goal is about; known is false while the recording was
// not looked at so far.
func (p *Player) nextMark(g *goal) (at time.Time, found, known bool) {
	t := marks{all: p.Timeline(0).Marks}
	at, found = t.next(g.kinds, g.moment, g.forward)
	seen := p.index.seen()
	known = seen.whole || found && g.forward || !g.forward && !seen.end.Before(g.moment)
	return at, found && known, known
}

// checkpoint is a moment from which a player can go on.
type checkpoint struct{ feederState }

// before is the last checkpoint before a moment; at the start there is always one.
func (x *index) before(time.Time) *checkpoint { return &checkpoint{} }

// open opens the recording at the checkpoint.
func (c *checkpoint) open(o *PlayerOptions, first *File) (*reel, error) {
	return newReel(o, first, nil)
}

// ErrEmptyNote says that a note has no text.
var ErrEmptyNote = errors.New("the note is empty")
