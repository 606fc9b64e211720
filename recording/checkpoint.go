package recording

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sort"
	"time"

	"labtop/model"
)

// checkpoint is a moment of a recording from which a player can go on. It is never
// changed.
type checkpoint struct {
	feederState
	place place
	lab   model.Checkpoint
	bytes int
	cost  time.Duration // of making it
}

// newCheckpoint is a checkpoint where a reel stands. Its batch must be empty.
func newCheckpoint(r *reel) *checkpoint {
	began := time.Now()
	c := &checkpoint{feederState: r.feederState, place: r.file.place(), lab: r.lab.Checkpoint()}
	c.bytes, c.cost = c.lab.Size()+len(c.entry.Message.Payload), time.Since(began)
	return c
}

// opening is a checkpoint of a file to begin at; without one it is the file's start.
type opening struct {
	*checkpoint
	x *index
}

func (o opening) open() (*reel, error) {
	c := o.checkpoint
	r, err := newReel(&o.x.p.options, o.x.p.deck.first, nil)
	if err != nil || c == nil {
		return r, err
	}
	if err = r.file.goTo(c.place); err != nil {
		return nil, errors.Join(err, r.file.Close())
	}
	r.feederState = c.feederState
	r.lab.Restore(c.lab)
	return r, nil
}

// entries is how many entries the lab has by then.
func (c *checkpoint) entries() uint64 {
	if c == nil {
		return 0
	}
	return c.taken
}

// checkpoints are those of a recording, as close to each other as their memory allows:
// when it is full, the one goes without which the widest gap is the smallest. The rules are:
//
//   - Distance is work: that of a message, or of a tick, which looks at all there is.
//   - Making them takes a fifth of the time at most. So a lab that is so large that it
//     takes long to copy has few.
type checkpoints struct {
	all   []*checkpoint
	every uint64 // work from one to the next
	bytes int
	most  int
	last  uint64    // the work until the last one
	next  time.Time // not before
}

const (
	// checkpointWork is the distance at first, some milliseconds.
	checkpointWork = 20_000
	// tickWork is the work of a tick.
	tickWork = 20
	// CheckpointBytes is how much memory checkpoints may take unless options say
	// otherwise.
	CheckpointBytes = 128 << 20
)

func newCheckpoints(o *PlayerOptions) checkpoints {
	return checkpoints{every: cmp.Or(o.checkpointWork, checkpointWork), most: cmp.Or(o.CheckpointBytes, CheckpointBytes)}
}

// due says whether it is time for another one.
func (c *checkpoints) due(r *reel) bool {
	return r.work() >= c.last+c.every && !time.Now().Before(c.next)
}

// work is how much it was to come so far.
func (f *feederState) work() uint64 { return f.messages + tickWork*f.ticks }

// add keeps a checkpoint that was just made, after all others.
func (c *checkpoints) add(made *checkpoint) {
	c.all = append(c.all, made)
	c.bytes += made.bytes
	c.last, c.next = made.work(), time.Now().Add(4*made.cost)
	for c.bytes > c.most && len(c.all) > 0 {
		c.thin()
	}
}

// thin leaves one out, but not the newest while there is another.
func (c *checkpoints) thin() {
	place, least, last := 0, uint64(math.MaxUint64), uint64(0)
	for i, one := range c.all[:len(c.all)-1] {
		if gap := c.all[i+1].work() - last; gap < least {
			place, least = i, gap
		}
		last = one.work()
	}
	gone := c.all[place]
	c.bytes -= gone.bytes
	if c.all = slices.Delete(c.all, place, place+1); len(c.all) == 0 {
		least = 4 * c.every // not even one has room: there is little use in trying again
	}
	c.every = max(c.every, least/2)
}

// before is the last one at or before a moment, or nil.
func (c *checkpoints) before(moment time.Time) *checkpoint {
	i := sort.Search(len(c.all), func(i int) bool { return c.all[i].moment.After(moment) })
	if i == 0 {
		return nil
	}
	return c.all[i-1]
}
