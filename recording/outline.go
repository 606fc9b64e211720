package recording

import (
	"fmt"
	"time"
)

// outline is what a recording tells of itself as a whole without being read through: when
// it ends, and where its chunks are. It is empty when nothing tells it, as in a log, and
// when the times of the chunks are none of the moments that a player goes to, since the
// clock was set back without a word.
type outline struct {
	end    time.Time
	chunks []outlined // in the order of the file, which is about that of their times
}

// outlined is a chunk of an outline.
type outlined struct {
	chunkPlace
	shift time.Duration // by how much the clock was set until then, all in all
	set   bool          // it begins with the entry that tells of it
	late  bool          // something before it in the file has a later time
}

func (f *File) outline() (o outline) {
	if r, ok := f.content.(*Reader); ok {
		o = r.outline()
	}
	return o
}

// outline goes by what the end of the file lists or, without that, by what stands in it.
func (r *Reader) outline() outline {
	c, ok := r.listed()
	if !ok {
		c, ok = r.walked()
	}
	if !ok {
		return outline{}
	}
	return c.outline()
}

func (c *contents) outline() outline {
	o, clocks := outline{chunks: c.chunks}, c.clocks
	shift := time.Duration(0)
	for i := range o.chunks {
		chunk := &o.chunks[i]
		for ; len(clocks) > 0 && clocks[0].offset < chunk.offset; clocks = clocks[1:] {
			if i > 0 { // a player begins with the first entry, and follows no step to it
				shift += clocks[0].step
				chunk.set = true
			}
		}
		chunk.shift = shift
		begins := chunk.begins()
		if chunk.late = begins.Before(o.end); begins.Before(o.end.Add(-setBack)) {
			return outline{}
		}
		o.end = later(o.end, time.Unix(0, int64(chunk.end)).Add(-shift))
	}
	return o
}

// messageBytes is about how many bytes of a chunk a sensor's message takes.
const messageBytes = 40

// work is about how much it is to play from one moment to another, as checkpoints count it.
func (o *outline) work(from, to time.Time) uint64 {
	work := workOfTime(to.Sub(from))
	for i := range o.chunks {
		if c := &o.chunks[i]; c.begins().After(from) && !c.begins().After(to) {
			work += c.work()
		}
	}
	return work
}

// before is the first of the last chunks up to a moment that can be played with so much
// work, or the last one that can be played at all. One that is late is no place to begin
// at: what is in it came after what is later. It is nil when there is none, or that one is
// too far away.
func (o *outline) before(moment time.Time, work, most uint64) (c *outlined) {
	sum := uint64(0)
	for i := len(o.chunks) - 1; i >= 0; i-- {
		chunk := &o.chunks[i]
		if chunk.begins().After(moment) {
			continue
		}
		sum += chunk.work()
		if all := sum + workOfTime(moment.Sub(chunk.begins())); c != nil && all > work || all > most {
			break
		}
		if !chunk.late {
			c = chunk
		}
	}
	return c
}

// tells says whether a player whose clock was set as that of f was stands where the outline
// has it.
func (o *outline) tells(f *feederState) bool {
	shift := time.Duration(0)
	for i := range o.chunks {
		if o.chunks[i].begins().After(f.moment) {
			break
		}
		shift = o.chunks[i].shift
	}
	return f.clock.Sub(f.moment) == shift
}

// begins is the moment of the first record.
func (c *outlined) begins() time.Time { return time.Unix(0, int64(c.start)).Add(-c.shift) }

func (c *chunkPlace) work() uint64 { return uint64(c.uncompressed) / messageBytes }

// workOfTime is that of the ticks, once a second.
func workOfTime(d time.Duration) uint64 { return tickWork * uint64(max(d, 0)/time.Second) }

// beginAt has r go on with a chunk, with all that it knows. The chunk must be the one that
// the outline tells of.
func (r *Reader) beginAt(c *outlined) error {
	r.records = nil
	r.seek(c.offset)
	op, body, err := r.record()
	if err != nil || op != opChunk {
		return fmt.Errorf("the recording's index is wrong: %w", errTorn)
	}
	head := fields{b: body}
	if head.uint64() != c.start || head.uint64() != c.end || head.uint64() != uint64(c.uncompressed) {
		return fmt.Errorf("the recording's index is wrong: %w", errChunkData)
	}
	if r.records, err = r.chunks.decode(body); err != nil {
		r.records = nil
		return err
	}
	r.sure, r.chunk, r.cutAt = r.at-1, c.offset, 0
	return nil
}
