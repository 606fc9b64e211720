package recording

import (
	"cmp"
	"time"
)

// Glance is a lab at a moment of which not all was read yet. What happened from From until
// To is missing in it: in its counts, its histories, its alerts, and in the values of what
// spoke only then. What spoke since To is as it was.
type Glance struct {
	Lab
	From, To time.Time
}

// glance is what is shown of a moment that is far away until the exact state of it is made.
// The rules are:
//
//   - It begins with what is there already, a checkpoint or else the start of the file,
//     leaves out what follows, and goes on with the last chunks before the moment, as if
//     nobody had listened in between.
//   - It costs about glanceWork. What would cost more than mostGlanced, or take longer than
//     anybody would call a glance, is given up: then there is none.
//   - It trusts nothing that the outline says. When what it comes by turns out to be
//     otherwise, or its clock to have been set otherwise, it is given up too.
type glance struct {
	*reel
	outline *outline
	missing Glance
	began   time.Time
	before  uint64 // the work that was done until From
}

const (
	// glanceWork is how much a glance plays of what came just before its moment.
	glanceWork = 60_000
	// glanceHead is how much it plays of the file's start: what is retained comes first.
	glanceHead = checkpointWork
	// farWork is how many times the work of a glance the way to a moment must be.
	farWork = 4
	// mostGlanced and longestGlance are when it is given up.
	mostGlanced   = 5 * glanceWork
	longestGlance = time.Second / 2
)

// newGlance begins a glance at a moment, from a station before it. There is none (nil) when
// the way that the player sets off on is short, or when none can be had.
func (d *deck) newGlance(from station, moment time.Time) *glance {
	if moment.After(d.outline.end) {
		moment = d.outline.end
	}
	work := cmp.Or(d.p.options.glanceWork, glanceWork)
	if d.outline.work(d.from, moment) < farWork*work {
		return nil
	}
	place := d.outline.before(moment, work, mostGlanced)
	if place == nil {
		return nil
	}
	r, err := from.open()
	if err != nil {
		return nil // the way to the exact state tells of it
	}
	g := &glance{reel: r, outline: &d.outline, began: time.Now()}
	enough := d.enough()
	head := func() bool { return r.work() >= min(glanceHead, work) || enough() }
	if arrived, err := r.until(place.begins(), head); arrived || err != nil || !g.leap(place) {
		_ = r.close() // it was only read
		return nil
	}
	return g
}

// leap leaves out what comes before a chunk.
func (g *glance) leap(to *outlined) bool {
	at, r := to.begins(), g.reel
	content, ok := r.file.content.(*Reader)
	if !ok || r.next.IsZero() || !at.After(r.moment) || !g.outline.tells(&r.feederState) || content.beginAt(to) != nil {
		return false
	}
	if to.set && (content.Next(&r.entry) != nil || r.entry.Kind != ClockEntry) { // what follows does it
		return false
	}
	g.missing, g.before = Glance{r.lab, r.moment, at}, r.work()
	clock, away := at.Add(to.shift), at.Sub(r.moment)
	r.entry, r.ahead, r.ended = Entry{Kind: ClockEntry, Time: clock, Step: clock.Sub(r.clock) - away, Away: away}, true, false
	return true
}

// vain says that a glance is to be given up.
func (g *glance) vain() bool {
	return g.work()-g.before > mostGlanced || time.Since(g.began) > longestGlance
}

func (g *glance) close() {
	if g != nil {
		_ = g.reel.close() // it was only read
	}
}

// peek goes on with the glance at a goal, and shows it once it is there.
func (d *deck) peek(g *goal) {
	enough := d.enough()
	arrived, err := d.peeking.until(g.moment, func() bool { return enough() || d.peeking.vain() })
	switch {
	case err != nil, d.peeking.vain(), arrived && !d.outline.tells(&d.peeking.feederState):
		d.unpeek()
	case arrived:
		d.unglance()
		d.glance, d.peeking = d.peeking, nil
		if d.p.options.glanced != nil {
			d.p.options.glanced(&d.glance.missing, d.glance.moment)
		}
	}
}

// unpeek gives up the glance that is being made, unglance the one that is shown.
func (d *deck) unpeek() {
	d.peeking.close()
	d.peeking = nil
}

func (d *deck) unglance() {
	d.glance.close()
	d.glance = nil
}
