package recording

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	"labtop/model"
)

// deck is what a player plays on. It belongs to the goroutine of Run.
type deck struct {
	p     *Player
	first *File // as it was opened
	shown *reel
	// goal is what the player is on its way to, made in another lab unless making is
	// nil; from is where the way began.
	goal   *goal
	making *reel
	from   time.Time
	setOff time.Time
	// glance is what is shown instead of shown, until the player has arrived; peeking is
	// one that is being made. They are nil when there is none. outline is that of the file.
	glance, peeking *glance
	outline         outline
	// The lab's time goes on evenly since then.
	pace struct {
		began  time.Time // zero: not yet
		moment time.Time
		speed  float64
	}
	start time.Time
	ended time.Time // when the end was reached
}

const (
	// slice is how long the player works before it looks around.
	slice = 20 * time.Millisecond
	// leastWait and mostWait are how long it sleeps between two messages: seldom enough
	// to cost nothing, and often enough for a clock that moves.
	leastWait = 5 * time.Millisecond
	mostWait  = 100 * time.Millisecond
	// loopPause is how long the end is shown before it begins anew.
	loopPause = time.Second
)

func newDeck(p *Player) (*deck, error) {
	shown, err := p.medium.begin()
	if err != nil {
		return nil, err
	}
	d := &deck{p: p, shown: shown, first: shown.file}
	if d.start, err = shown.nextMoment(); err != nil {
		return nil, errors.Join(err, shown.close())
	}
	if d.first != nil && !p.options.NoIndex {
		d.outline = d.first.outline()
	}
	return d, nil
}

func (d *deck) close() error {
	d.unpeek()
	d.unglance()
	return errors.Join(d.shown.close(), d.making.close())
}

// run does what is wished for until ctx is done.
func (d *deck) run(ctx context.Context) {
	for ctx.Err() == nil {
		d.p.hurried.Store(false)
		wait, err := d.work()
		if err != nil {
			d.fail(err)
		}
		d.publish()
		d.rest(ctx, wait)
	}
}

// never is a wait that only a wish ends.
const never = time.Duration(-1)

// work does a piece of what is wished for. It returns for how long there is nothing to do.
func (d *deck) work() (wait time.Duration, err error) {
	d.p.mu.Lock()
	w := d.p.wishes
	d.p.mu.Unlock()
	d.shown.tryAgain()
	d.making.tryAgain()
	if w.goal != nil || len(w.steps) > 0 || !w.playing {
		d.pace.began = time.Time{}
	}
	switch {
	case w.goal != nil:
		return d.approach(w.goal)
	case len(w.steps) > 0:
		return d.step(w.steps[0])
	case w.playing:
		return d.play(&w)
	}
	return never, nil
}

// rest waits for so long, or until something is wished for.
func (d *deck) rest(ctx context.Context, wait time.Duration) {
	if wait == 0 {
		return
	}
	var due <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-d.p.woken:
	case <-due:
	}
}

// fail ends what is under way. A recording that cannot be read any further ends there.
func (d *deck) fail(err error) {
	err = errors.Join(err, d.drop())
	d.unpeek()
	d.unglance()
	d.goal = nil
	d.p.change(func() {
		d.p.wishes.goal, d.p.wishes.steps, d.p.wishes.playing = nil, nil, false
		d.p.playback.Err = err
	})
}

// enough says when a piece of work is long enough.
func (d *deck) enough() func() bool {
	began := time.Now()
	return func() bool { return d.p.hurried.Load() || time.Since(began) > slice }
}

// play goes on with the clock.
func (d *deck) play(w *wishes) (wait time.Duration, err error) {
	r := d.shown
	if r.ended {
		return d.atEnd(w), nil
	}
	now := time.Now()
	if d.pace.began.IsZero() || d.pace.speed != w.speed {
		d.pace.began, d.pace.moment, d.pace.speed = now, r.moment, w.speed
	}
	var until time.Time
	if w.speed > 0 {
		until = d.pace.moment.Add(times(now.Sub(d.pace.began), w.speed))
	}
	arrived, err := r.until(until, d.enough())
	switch {
	case err != nil:
		return 0, err
	case r.ended:
		return d.atEnd(w), nil
	case !arrived: // it is as fast as it can be
		d.pace.began = time.Time{}
		return 0, nil
	case r.moment.After(until): // nobody listened for a while, which nobody waits for
		d.pace.began = time.Time{}
	}
	next, err := r.nextMoment()
	return min(max(times(next.Sub(r.moment), 1/w.speed), leastWait), mostWait), err
}

// times is a duration so many times as long, within what a duration can be.
func times(d time.Duration, factor float64) time.Duration {
	const most = float64(math.MaxInt64 / 4)
	return time.Duration(min(float64(d)*factor, most))
}

// atEnd pauses at the end, or begins anew after a while.
func (d *deck) atEnd(w *wishes) (wait time.Duration) {
	if d.shown.grows() {
		d.pace.began = time.Time{}
		return mostWait
	}
	if d.ended.IsZero() {
		d.ended = time.Now()
	}
	if w.loop && d.start.Before(d.shown.moment) {
		if wait = loopPause - time.Since(d.ended); wait > 0 {
			return wait
		}
		d.p.wish(func(w *wishes) {
			if w.goal == nil && w.loop {
				w.goal = &goal{moment: d.start}
			}
		})
		return 0
	}
	d.p.change(func() { d.p.wishes.playing = false })
	return 0
}

// step goes on to a message.
func (d *deck) step(s step) (wait time.Duration, err error) {
	wanted := func(*model.Message) bool { return true }
	if s.device != "" {
		news := news{lab: d.shown.lab, said: map[string]*model.Message{}}
		wanted = func(m *model.Message) bool { return d.p.options.Device(m.Topic) == s.device && news.in(m) }
	}
	arrived, err := d.shown.message(wanted, d.enough())
	if err != nil || !arrived {
		return 0, err
	}
	d.p.change(func() {
		if w := &d.p.wishes; len(w.steps) > 0 {
			w.steps = w.steps[1:]
		}
	})
	return 0, nil
}

// news tells messages that say something new from those that say the same again.
type news struct {
	lab  Lab
	said map[string]*model.Message // by topic, what the lab may not have yet
}

// in says whether a message differs from the one before it on its topic.
func (n *news) in(m *model.Message) bool {
	last := n.said[m.Topic]
	if last == nil {
		if before, ok := n.lab.Last(m.Topic); ok {
			last = &before
		}
	}
	this := *m
	n.said[m.Topic] = &this
	return last == nil || last.Size != m.Size || !bytes.HasPrefix(m.Payload, last.Payload) && !bytes.HasPrefix(last.Payload, m.Payload)
}

// publish shows where the player stands.
func (d *deck) publish() {
	r, lab := d.shown, d.shown.lab
	if d.glance != nil {
		r, lab = d.glance.reel, &d.glance.missing
	}
	b := Playback{Start: d.start, End: r.moment, At: r.moment, Messages: r.messages, Progress: 1, Health: d.shown.health()}
	b.Ended = d.glance == nil && r.ended && !r.grows()
	if d.goal != nil {
		b.Progress, b.Left = d.progress()
	}
	d.p.mu.Lock()
	b.Err, b.Unmet = d.p.playback.Err, d.p.playback.Unmet
	same := b == d.p.playback && lab == d.p.lab
	d.p.mu.Unlock()
	if !same {
		d.p.change(func() {
			b.Err, b.Unmet = d.p.playback.Err, d.p.playback.Unmet
			d.p.playback, d.p.lab = b, lab
		})
	}
}
