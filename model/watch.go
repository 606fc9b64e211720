package model

import (
	"math"
	"time"
)

// Watcher follows what the devices say, beside the store: the alert rules. It is
// asked once about each metric, and about each device that speaks of its presence,
// whether it wants to hear of them; the number that it returns is handed back with
// each observation. 0 means no, and then a message costs no more than looking that
// up. All its methods are called by the owner goroutine.
type Watcher interface {
	// WatchMetric is called when a metric appears, and WatchDevice when a device first
	// says whether it is there, which may be later; most never do. Both are called
	// under the store's lock: they must not call the store.
	WatchDevice(Subject) uint32
	WatchMetric(Subject) uint32
	// Observe hands over what the watched devices and metrics said in one batch, in
	// order, and without the store's lock. The slice and the texts in it are lent.
	Observe([]Observation)
	// Connection tells of each change of the connection.
	Connection(*Connection)
	// Tick moves the clock on. silent is how long the broker has answered nothing,
	// as in SourceStats, or since Awoke.
	Tick(now time.Time, silent time.Duration)
	// Shift says that the clock was set by so much: all times move with it.
	Shift(by time.Duration)
	// SetBack says that the clock was set back by nobody knows how much: what is later
	// than now counts as from now.
	SetBack(now time.Time)
	// Awoke says that nobody listened until at. Tick says then that the broker is
	// silent until it was heard again.
	Awoke(at time.Time)
	// Checkpoint returns a copy of all that the calls above have changed, which nobody
	// changes any more, and its size in bytes, roughly. Restore makes the watcher as it
	// was then, any number of times; the checkpoint may be that of another watcher with
	// the same rules. Nobody is told of what Restore changes.
	Checkpoint() (state any, bytes int)
	Restore(state any)
}

// Subject is a metric, or a device, whose Key has no topic then.
type Subject struct {
	Key Key
	// Name is the device's short name, Metric the metric's.
	Name, Metric string
	Class        Class
	// Figure is one of Figures when the subject is what the broker says of
	// itself, whatever its topics are called; empty else. Its Key is of no topic.
	Figure string
}

// Observation is one thing that a watched device or metric said.
type Observation struct {
	// Hook is what the watcher returned for it.
	Hook uint32
	// At is when, in nanoseconds since 1970.
	At int64
	// Heard says that the message held nothing to read.
	Heard bool
	// Value is what was read, NoValue for "no reading", and Text as it was received.
	Value Value
	Text  []byte
	Unit  string
	// Presence is the device's presence from now on; Unsaid for a metric.
	Presence Presence
	// Retained says that the message tells how things stand, not that something happens:
	// the broker had stored it, or it was known before a recording began. Dup is its flag.
	Retained, Dup bool
}

// Watch makes w hear of what the store takes in. It must be called before the
// first Apply; there is one watcher at most.
func (s *Store) Watch(w Watcher) { s.watcher = w }

// see notes an observation of a metric, under the store's lock.
func (s *Store) see(m *metric, msg *Message, at int64, r *Reading) {
	if m.hook == 0 {
		return
	}
	o := Observation{Hook: m.hook, At: at, Unit: s.units.names[m.unit], Retained: msg.state(), Dup: msg.Dup, Heard: r == nil}
	if r != nil {
		o.Value, o.Text = r.Value, r.Raw
	}
	s.seen = append(s.seen, o)
}

// seePresence notes what is known now of a device's presence, under the store's
// lock.
func (s *Store) seePresence(d *device, at int64, stored bool) {
	if s.watcher == nil {
		return
	}
	if d.hook == 0 { // its first word
		class := Readings
		if d.system {
			class = System
		}
		if d.hook = s.watcher.WatchDevice(Subject{Key: Key{Device: d.id}, Name: d.name, Class: class}); d.hook == 0 {
			d.hook = notWatched
		}
	}
	if d.hook != notWatched {
		s.seen = append(s.seen, Observation{Hook: d.hook, At: at, Presence: d.presence, Retained: stored})
	}
}

// notWatched is the hook of a device that the watcher does not want to hear of.
const notWatched = math.MaxUint32

// manySeen is how many observations are room enough between batches.
const manySeen = 4096

// report hands the watcher what was seen, after the lock was given back.
func (s *Store) report() {
	if len(s.seen) == 0 {
		return
	}
	s.watcher.Observe(s.seen)
	if clear(s.seen); cap(s.seen) > manySeen {
		s.seen = nil
	}
	s.seen = s.seen[:0]
}

// Interval learns how often something speaks, as the store does for its topics.
// The zero value knows nothing.
type Interval struct{ interval }

// Add takes in the time between two live messages.
func (i *Interval) Add(gap time.Duration) {
	if gap > 0 {
		i.add(gap)
	}
}

// Patience is the silence that is too long: three times the interval and at least
// two seconds; 0 while the interval is not known.
func (i *Interval) Patience() time.Duration { return patience(i.learned()) }
