package recording

import (
	"fmt"
	"time"
)

// outline is what the end of a recording tells of it as a whole, without reading it
// through: when it ends, and where its chunks are. It is empty when the end tells nothing,
// as that of a log or of a file that was cut; and when the clock was set or somebody was
// away, for then the times of the chunks are none of the moments that a player goes to.
type outline struct {
	end    time.Time
	chunks []outlined // in the order of the file, which is about that of their times
}

// outlined is a chunk of an outline.
type outlined struct {
	chunkPlace
	late bool // something before it in the file has a later time
}

func (f *File) outline() (o outline) {
	if r, ok := f.content.(*Reader); ok {
		o = r.outline()
	}
	return o
}

func (r *Reader) outline() outline {
	o := outline{end: r.End()}
	even := !o.end.IsZero()
	var channels Reader
	latest := uint64(0)
	r.eachAtEnd(func(op opcode, body []byte) {
		switch op {
		case opChannel:
			channels.define(body)
		case opChunkIndex:
			c, ok := parseChunkIndex(body)
			inOrder := c.start+uint64(setBack) >= latest
			even = even && ok && inOrder && c.start <= c.end && c.end <= maxTime && c.offset < r.size && len(o.chunks) < maxIndexed
			if even { // else it is of no use
				o.chunks = append(o.chunks, outlined{c, c.start < latest})
			}
			latest = max(latest, c.end)
		}
	})
	for _, c := range channels.channels {
		even = even && (c == nil || c.kind != kindClock)
	}
	if !even {
		return outline{}
	}
	return o
}

// parseChunkIndex reads what appendChunkIndex wrote, or another program.
func parseChunkIndex(body []byte) (c chunkPlace, ok bool) {
	f := fields{b: body}
	c.start, c.end = f.uint64(), f.uint64()
	offset, length := f.uint64(), f.uint64()
	f.bytes() // where the message indexes are
	f.uint64()
	f.bytes() // the compression
	compressed, uncompressed := f.uint64(), f.uint64()
	c.offset, c.length, c.compressed, c.uncompressed = int64(offset), uint32(length), uint32(compressed), uint32(uncompressed)
	return c, f.err == nil && c.offset >= 0 && max(length, compressed, uncompressed) <= maxChunk
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
// at: what is in it came after what is later. ok is false when there is none, or that one
// is too far away.
func (o *outline) before(moment time.Time, work, most uint64) (c chunkPlace, ok bool) {
	sum := uint64(0)
	for i := len(o.chunks) - 1; i >= 0; i-- {
		if o.chunks[i].begins().After(moment) {
			continue
		}
		sum += o.chunks[i].work()
		if all := sum + workOfTime(moment.Sub(o.chunks[i].begins())); ok && all > work || all > most {
			break
		}
		if !o.chunks[i].late {
			c, ok = o.chunks[i].chunkPlace, true
		}
	}
	return c, ok
}

// begins is the time of the first record.
func (c *chunkPlace) begins() time.Time { return time.Unix(0, int64(c.start)) }

func (c *chunkPlace) work() uint64 { return uint64(c.uncompressed) / messageBytes }

// workOfTime is that of the ticks, once a second.
func workOfTime(d time.Duration) uint64 { return tickWork * uint64(max(d, 0)/time.Second) }

// beginAt has r go on with a chunk, with all that it knows. The chunk must be the one that
// the outline tells of.
func (r *Reader) beginAt(c *chunkPlace) error {
	r.records = nil
	r.seek(c.offset)
	op, body, err := r.record()
	if err != nil || op != opChunk {
		return fmt.Errorf("the index at the recording's end is wrong: %w", errTorn)
	}
	head := fields{b: body}
	if head.uint64() != c.start || head.uint64() != c.end || head.uint64() != uint64(c.uncompressed) {
		return fmt.Errorf("the index at the recording's end is wrong: %w", errChunkData)
	}
	if r.records, err = r.chunks.decode(body); err != nil {
		r.records = nil
		return err
	}
	r.sure, r.chunk, r.cutAt = r.at-1, c.offset, 0
	return nil
}
