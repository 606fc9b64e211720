package recording

import (
	"errors"
	"io"
	"time"
)

// Output is a file that is being written.
type Output = output

// The recorder's bounds, for tests of them.
const (
	QueueMessages = queueMessages
	QueueBytes    = queueBytes
)

// StartRecorderTo is StartRecorder with files of a test's own.
func StartRecorderTo(o RecorderOptions, create func(path string, force bool) (Output, error)) (*Recorder, error) {
	o.create = create
	return StartRecorder(o)
}

// FeedUntil feeds a lab straight, up to so many messages and then up to a moment.
func FeedUntil(from Source, lab Lab, messages uint64, moment time.Time) error {
	f := feeder{from: from, lab: lab}
	defer f.flush()
	for f.messages < messages {
		if more, err := f.step(time.Time{}); err != nil || !more {
			return err
		}
	}
	for {
		if _, tick, err := f.due(); err != nil || !tick && f.entry.Kind == MessageEntry {
			return err
		}
		if more, err := f.step(moment); err != nil || !more {
			return err
		}
	}
}

// CheckpointWork sets how much work there is between two checkpoints at first.
func (o *PlayerOptions) CheckpointWork(work uint64) { o.checkpointWork = work }

// MostIndexed sets how large the index's own lab may be, in bytes.
func (o *PlayerOptions) MostIndexed(bytes int) { o.mostIndexed = bytes }

// Rest reads so many entries of a file, and what is left of it with another reader that
// goes on at that place.
func Rest(path string, entries uint64, next func(e *Entry)) (Health, error) {
	first, err := Open(path, "")
	if err != nil {
		return Health{}, err
	}
	defer func() { _ = first.Close() }()
	second, err := Open(path, "")
	if err != nil {
		return Health{}, err
	}
	defer func() { _ = second.Close() }()
	var e Entry
	for range entries {
		if err := first.Next(&e); err != nil {
			return Health{}, err
		}
	}
	at := first.placeAfter(entries)
	for first.Next(&e) == nil { // what it reads now changes nothing at the place
	}
	skip, err := second.goTo(at)
	for n := uint64(0); err == nil; n++ {
		if err = second.Next(&e); err == nil && n >= skip {
			next(&e)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return second.Health(), err
}

// Checkpoints are how many there are, how large they are, and the most work between two.
func (p *Player) Checkpoints() (n, bytes, widest int) {
	x, _ := p.medium.(*index)
	x.mu.Lock()
	defer x.mu.Unlock()
	last := uint64(0)
	for _, c := range x.checkpoints.all {
		widest, last = max(widest, int(c.work()-last)), c.work()
	}
	return len(x.checkpoints.all), x.checkpoints.bytes, widest
}
