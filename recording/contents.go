package recording

import (
	"errors"
	"io"
	"slices"
	"time"
)

// contents are the chunks of a file and what was told of its clock, both in the order of
// the file.
type contents struct {
	chunks []outlined
	clocks []clockPlace
}

// clockPlace is where a file tells that the clock was set by step, or that nobody listened.
type clockPlace struct {
	offset int64
	step   time.Duration
}

// add takes in a chunk; false when there can be none like it.
func (c *contents) add(start, end, offset, length, uncompressed uint64) bool {
	if start > end || end > maxTime || offset > maxTime || max(length, uncompressed) > maxChunk || len(c.chunks) == maxIndexed {
		return false
	}
	place := chunkPlace{start: start, end: end, offset: int64(offset), length: uint32(length), uncompressed: uint32(uncompressed)}
	c.chunks = append(c.chunks, outlined{chunkPlace: place})
	return true
}

// addClock takes in a metadata record; false when it cannot be understood.
func (c *contents) addClock(offset int64, body []byte) bool {
	f := fields{b: body}
	if string(f.bytes()) != clockName {
		return true
	}
	step, err := time.ParseDuration(f.pairs("step")["step"])
	c.clocks = append(c.clocks, clockPlace{offset, step})
	return err == nil && len(c.clocks) < mostSteps // else not all are told
}

// listed is what the end of a file lists; ok is false when there is no whole list, as in a
// file that was cut.
func (r *Reader) listed() (c contents, ok bool) {
	var channels Reader
	var told []int64
	ok = true
	r.eachAtEnd(func(op opcode, body []byte) {
		f := fields{b: body}
		switch op {
		case opChannel:
			channels.define(body)
		case opChunkIndex:
			start, end, offset, length := f.uint64(), f.uint64(), f.uint64(), f.uint64()
			f.bytes() // where the message indexes are
			f.uint64()
			f.bytes() // the compression
			f.uint64()
			ok = ok && c.add(start, end, offset, length, f.uint64()) && f.err == nil
		case opMetadataIndex:
			offset := f.uint64()
			if f.uint64(); string(f.bytes()) == clockName && len(told) < mostSteps {
				told = append(told, int64(offset))
			}
		}
	})
	in := r.beside()
	defer r.seek(r.at)
	for _, at := range told {
		in.seek(at)
		op, body, err := in.record()
		ok = ok && err == nil && op == opMetadata && c.addClock(at, body)
	}
	set := slices.ContainsFunc(channels.channels, func(c *channel) bool { return c != nil && c.kind == kindClock })
	return c, ok && len(c.chunks) > 0 && set == (len(c.clocks) > 0)
}

// longestWalk is how long a walk through a file may take. One whose disk is slow, or whose
// chunks are small and very many, has none.
const longestWalk = 100 * time.Millisecond

// walked is what the heads of the chunks tell, whose records are not looked at; ok is false
// when a damaged place is among them, or when it takes too long.
func (r *Reader) walked() (c contents, ok bool) {
	in := r.beside()
	defer r.seek(r.at)
	in.seek(int64(len(magic)))
	for ok, began := true, time.Now(); ok && time.Since(began) < longestWalk; {
		at := in.at
		op, length, err := in.peek()
		switch {
		case errors.Is(err, errTorn):
			left := r.size - at
			return c, left <= maxRecord && errors.Is(in.search(at+1), io.EOF)
		case err != nil:
			return c, false
		case op == opDataEnd:
			return c, true
		case op == opChunk:
			head, _ := in.in.Peek(recordHead + chunkHead) // a shorter one is refused
			f := fields{b: head[min(len(head), recordHead):]}
			ok = c.add(f.uint64(), f.uint64(), uint64(at), recordHead+length, f.uint64()) && f.err == nil
			in.skip(recordHead + int64(length))
		case op == opMetadata:
			_, body, err := in.record()
			ok = err == nil && c.addClock(at, body)
		default:
			in.skip(recordHead + int64(length))
		}
	}
	return c, false
}

// beside reads elsewhere in the same file. Before r is read on, its place must be sought.
func (r *Reader) beside() *Reader { return &Reader{file: r.file, size: r.size, in: r.in} }

// skip leaves out so many bytes, which are there.
func (r *Reader) skip(n int64) {
	if n > int64(r.in.Buffered()) {
		r.seek(r.at + n)
		return
	}
	_, _ = r.in.Discard(int(n)) // they are in the buffer
	r.at += n
}
