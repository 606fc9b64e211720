package recording

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"labtop/model"
)

// index is what is known of a recording as a whole: a goroutine of its own reads it
// from its start, beside the player.
type index struct {
	p *Player

	mu          sync.Mutex // guards what follows
	known       indexed
	density     density
	marks       marks
	checkpoints checkpoints
}

// indexed is how far the index is.
type indexed struct {
	start  time.Time // the first moment, when the player's own is out of date
	end    time.Time // the latest moment that it has seen
	whole  bool      // there is nothing after it
	health Health
	// remarks are those of the file, once all of it was seen.
	remarks []string
	// alone says that it goes on without a lab, which has become too large.
	alone bool
	err   error
}

// mostIndexed is how large the index's own lab may be: it is the second one of the same
// recording. Without it the marks of alerts end, and so do the checkpoints.
const mostIndexed = 24 << 20

// noLab takes the place of a lab that has become too large.
type noLab struct{}

func (noLab) SetConnection(model.Connection)         {}
func (noLab) Apply([]model.Message)                  {}
func (noLab) Tick(time.Time, model.SourceStats)      {}
func (noLab) Shift(time.Duration)                    {}
func (noLab) Awoke(time.Time)                        {}
func (noLab) Last(string) (m model.Message, ok bool) { return m, false }
func (noLab) Checkpoint() (c model.Checkpoint)       { return c }
func (noLab) Restore(model.Checkpoint)               {}
func (noLab) SketchSize() int                        { return 0 }

// tellEvery is how often the index tells that it knows more.
const tellEvery = 100 * time.Millisecond

func newIndex(p *Player) *index {
	return &index{p: p, checkpoints: newCheckpoints(&p.options)}
}

func (x *index) begin() (*reel, error) { return newReel(&x.p.options, nil, nil) }

// run reads the recording from its start to its end.
func (x *index) run(ctx context.Context) {
	if x.p.options.NoIndex {
		return
	}
	var r *reel
	r, err := newReel(&x.p.options, x.p.deck.first, func(m Mark) {
		m.Kind, m.At, m.Seen = MarkAlert, r.momentOf(m.At), r.moment
		x.mu.Lock()
		defer x.mu.Unlock()
		x.marks.add(m)
	})
	if err != nil {
		x.tell(indexed{whole: true, err: err})
		return
	}
	r.seen = func(e *Entry) { x.see(e, r.moment) }
	told := time.Now()
	alone, most := false, cmp.Or(x.p.options.mostIndexed, mostIndexed)
	due := func() bool { return !alone && x.checkpoints.due(r) }
	late := func() bool { return ctx.Err() != nil || time.Since(told) > tellEvery }
	for arrived := false; !arrived && ctx.Err() == nil; {
		arrived, err = r.until(time.Time{}, func() bool { return due() || late() })
		if arrived = arrived || err != nil; !arrived && due() {
			c := newCheckpoint(r)
			x.mu.Lock()
			x.checkpoints.add(c)
			x.mu.Unlock()
		}
		if r.lab.SketchSize() > most {
			r.lab, alone = noLab{}, true
		}
		if arrived || late() {
			told = time.Now()
			known := indexed{end: r.moment, whole: arrived, health: r.file.Health(), alone: alone, err: err}
			if arrived {
				known.remarks = r.file.Remarks()
			}
			x.tell(known)
		}
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
	t := p.medium.timeline(b.Start, b.End, stretches)
	t.Marks = slices.Concat(t.Marks, p.notes.marks())
	slices.SortStableFunc(t.Marks, func(a, b Mark) int { return a.At.Compare(b.At) })
	return t
}

func (x *index) timeline(start, end time.Time, stretches int) Timeline {
	x.mu.Lock()
	defer x.mu.Unlock()
	return Timeline{
		Density: x.density.between(start, end, stretches), Marks: slices.Clone(x.marks.all), Partial: !x.known.whole,
	}
}

// nextMark finds the mark that a goal is about; known is false while the recording was
// not looked at so far.
func (p *Player) nextMark(g *goal) (at time.Time, found, known bool) {
	t := marks{all: p.Timeline(0).Marks}
	at, found = t.next(g.kinds, g.moment, g.forward)
	seen := p.medium.seen()
	known = seen.whole || found && g.forward || !g.forward && !seen.end.Before(g.moment)
	return at, found && known, known
}

// before is the last checkpoint at or before a moment.
func (x *index) before(moment time.Time) station {
	x.mu.Lock()
	defer x.mu.Unlock()
	return opening{x.checkpoints.before(moment), x}
}
