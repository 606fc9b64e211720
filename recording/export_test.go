package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Output is a file that is being written.
type Output = output

// Bounds, for tests of them.
const (
	QueueMessages = queueMessages
	QueueBytes    = queueBytes
	KnownPayload  = knownPayload
	KnownBytes    = knownBytes
	// MaxIndexed is how many chunks the index of a recording may have.
	MaxIndexed = maxIndexed
)

// StartRecorderTo is StartRecorder with files of a test's own.
func StartRecorderTo(o RecorderOptions, create func(path string, force bool) (Output, error)) (*Recorder, error) {
	o.create = create
	return StartRecorder(o)
}

// GetsNameLate has the draft get its name when it is closed, as on Windows.
func (d *Draft) GetsNameLate() { d.late = true }

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

// Places reads a file and returns where it stood after each of the numbers of entries that
// are asked for, with a last one at its end. What it reads later changes nothing there.
func Places(f *File, after func(entries int) bool) (places []func(another *File) error, err error) {
	var e Entry
	for n := 0; err == nil; n++ {
		if after(n) {
			p := f.place()
			places = append(places, func(another *File) error { return another.goTo(p) })
		}
		err = f.Next(&e)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	p := f.place()
	return append(places, func(another *File) error { return another.goTo(p) }), err
}

// Members are the keys and the values of an object, which must be valid JSON.
func Members(object []byte) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for key, value := range members(object) {
		name, _ := textOf(key)
		all[string(name)] = value
	}
	return all
}

// ErrChanged says that a file is not what it was.
var ErrChanged = errChanged

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

// FeedTo feeds a lab straight up to a moment, and returns by how much the clock was set
// until then.
func FeedTo(from Source, lab Lab, moment time.Time) (set time.Duration, err error) {
	f := feeder{from: from, lab: lab}
	_, err = f.until(moment, func() bool { return false })
	return f.clock.Sub(f.moment), err
}

// SeekOffset goes to so much after the start.
func (p *Player) SeekOffset(after time.Duration) { p.Seek(p.Playback().Start.Add(after)) }

// GlanceWork sets how much a glance plays, and calls shown with each that is shown, and its
// moment.
func (o *PlayerOptions) GlanceWork(work uint64, shown func(g *Glance, at time.Time)) {
	o.glanceWork, o.glanced = work, shown
}

// LogLine reads a line of [LogFormat] as labtop writes most of them, when it is one, and as
// any JSON.
func LogLine(line []byte) (own, other string, isOwn bool) {
	var f, g found
	isOwn = parseOwnLine(line, &f)
	err := parseAnyLine(line, &g)
	return fmt.Sprintf("%+v %v", f, error(nil)), fmt.Sprintf("%+v %v", g, err), isOwn
}

// Outlined is how many chunks the end of a recording tells of.
func (r *Reader) Outlined() int { return len(r.outline().chunks) }

// Outline begins to read a recording at each of the chunks that its end tells of, and
// returns how many there are.
func (r *Reader) Outline(next func(e *Entry)) int {
	o := r.outline()
	for i := range o.chunks {
		for err := r.beginAt(&o.chunks[i]); err == nil; {
			var e Entry
			if err = r.Next(&e); err == nil {
				next(&e)
			}
		}
	}
	return len(o.chunks)
}
