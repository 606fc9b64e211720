package recording

import (
	"errors"
	"fmt"
	"time"
)

// approach goes towards a goal.
func (d *deck) approach(g *goal) (wait time.Duration, err error) {
	if g.kinds != 0 {
		return d.resolve(g)
	}
	if d.goal != g {
		if err := d.setOut(g); err != nil {
			return 0, err
		}
	}
	if d.peeking != nil {
		d.peek(g)
		return 0, nil
	}
	r := d.shown
	if d.making != nil {
		r = d.making
	}
	arrived, err := r.until(g.moment, d.enough())
	if err != nil {
		return 0, err
	}
	if arrived {
		err = d.arrive()
	}
	return 0, err
}

// resolve finds the moment of a goal that is a mark.
func (d *deck) resolve(g *goal) (wait time.Duration, err error) {
	moment, found, known := d.p.nextMark(g)
	if !found && !known {
		return never, nil // the index wakes us
	}
	d.p.change(func() {
		switch {
		case d.p.wishes.goal != g: // something else is wished for by now
		case found:
			d.p.wishes.goal = &goal{moment: moment}
		default:
			d.p.wishes.goal, d.p.playback.Unmet = g.instead, noMark(g)
		}
	})
	return 0, nil
}

func noMark(g *goal) error {
	where := "before"
	if g.forward {
		where = "after"
	}
	return fmt.Errorf("there is no %s %s this", g.kinds, where)
}

// setOut finds the shortest way to a goal: from where the player is, or from a
// checkpoint.
func (d *deck) setOut(g *goal) error {
	from := d.p.medium.before(g.moment)
	var nearest *reel
	for _, r := range []*reel{d.shown, d.making} {
		if r != nil && !r.moment.After(g.moment) && (nearest == nil || r.taken > nearest.taken) {
			nearest = r
		}
	}
	switch {
	case nearest == nil || from.entries() > nearest.taken+nearEntries:
		made, err := from.open()
		if err != nil {
			return err
		}
		if err := d.drop(); err != nil {
			return errors.Join(err, made.close())
		}
		d.making, nearest = made, made
	case nearest == d.shown:
		if err := d.drop(); err != nil {
			return err
		}
	}
	d.unpeek()
	d.goal, d.from, d.setOff = g, later(nearest.moment, d.start), time.Now()
	d.peeking = d.newGlance(from, g.moment)
	return nil
}

// nearEntries are so few that it is no use to go to a checkpoint.
const nearEntries = 10_000

// drop ends what was being made.
func (d *deck) drop() error {
	making := d.making
	d.making = nil
	return making.close()
}

// arrive shows what was made.
func (d *deck) arrive() (err error) {
	if d.making != nil {
		err = d.shown.close()
		d.shown, d.making = d.making, nil
	}
	d.unglance()
	d.ended = time.Time{}
	d.p.change(func() {
		if d.p.wishes.goal == d.goal {
			d.p.wishes.goal = nil
		}
	})
	d.goal = nil
	return err
}

// progress is how much of the way to the goal is done, and about how long the rest takes, in
// whole seconds; 0 while nobody can tell.
func (d *deck) progress() (done float64, left time.Duration) {
	at := d.shown.moment
	if d.making != nil {
		at = d.making.moment
	}
	end := later(d.p.medium.seen().end, d.outline.end)
	way := min(d.goal.moment.Sub(d.from), end.Sub(d.from))
	if way <= 0 {
		return 0, 0
	}
	done = min(max(float64(at.Sub(d.from))/float64(way), 0), 1)
	const tells = 0.02 // less of the way tells nothing of the rest
	if done >= tells {
		left = time.Duration(float64(time.Since(d.setOff)) * (1 - done) / done)
		left = (left + time.Second - 1).Truncate(time.Second)
	}
	return done, left
}
