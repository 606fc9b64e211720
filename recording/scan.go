package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

// errTorn says that there is no whole record at the present place.
var errTorn = errors.New("no whole record")

// footerBytes is the length of the footer record and the magic after it.
const footerBytes = recordHead + 20 + 8

// peek is of what kind the record at the present place is, and how long its body.
func (r *Reader) peek() (op opcode, length uint64, err error) {
	head, err := r.in.Peek(recordHead)
	if err != nil {
		return 0, 0, torn(err)
	}
	op, length = opcode(head[0]), binary.LittleEndian.Uint64(head[1:])
	if op == opReserved || length > maxRecord || int64(length) > r.size-r.at-recordHead {
		return 0, 0, errTorn
	}
	return op, length, nil
}

// record reads the record at the present place, which is valid until the next call.
func (r *Reader) record() (opcode, []byte, error) {
	op, length, err := r.peek()
	if err != nil {
		return 0, nil, err
	}
	_, _ = r.in.Discard(recordHead) // it is in the buffer
	if uint64(cap(r.body)) < length {
		r.body = make([]byte, max(length, 64<<10))
	}
	body := r.body[:length]
	if _, err := io.ReadFull(r.in, body); err != nil {
		return 0, nil, torn(err)
	}
	r.at += recordHead + int64(length)
	r.work += recordHead + int64(length)
	return op, body, nil
}

// torn tells the end of the file from an error of reading it.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTorn
	}
	return fmt.Errorf("reading the recording: %w", err)
}

// nextChunk makes the records of the next chunk that can be read the present
// ones. At the end of the file it returns io.EOF.
func (r *Reader) nextChunk() error {
	for !r.ended() {
		if r.work > 4*r.size+maxRecord { // made to be searched for ever
			r.damaged()
			return io.EOF
		}
		if r.stop != nil {
			if err := r.stop(); err != nil {
				return err
			}
		}
		start := r.at
		op, body, err := r.record()
		if err == nil && op == opChunk {
			r.records, err = r.chunks.decode(body)
			if err == nil {
				r.sure, r.chunk, r.lacking = r.at-1, start, false
				return nil
			}
			if !errors.Is(err, errChunkShape) { // its length is right, so the next record follows
				r.damaged()
				r.sure, r.lacking, err = start, true, nil
			}
		}
		switch {
		case err == nil: // a record of no interest
		case errors.Is(err, errTorn), errors.Is(err, errChunkShape):
			if err := r.resync(start); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return io.EOF
}

// ended says whether only the closing magic is left, or nothing.
func (r *Reader) ended() bool {
	switch left := r.size - r.at; {
	case left <= 0:
		r.health.Cut = !r.done
		return true
	case left == int64(len(magic)):
		end, err := r.in.Peek(len(magic))
		if err != nil || !bytes.Equal(end, magic) {
			return false
		}
		if r.ours && !r.done && !r.lacking { // the chunk with the end is missing
			r.damaged()
		}
		return true
	}
	return false
}

// resync goes on after a place at which no record can be read: at the first chunk
// after what is known to be right, since a wrong length may have led here. Without
// one the file was cut here.
func (r *Reader) resync(start int64) error {
	err := r.search(r.sure + 1)
	if err == nil && r.at == start { // a chunk without its end
		r.sure = start
		err = r.search(start + 1)
	}
	switch {
	case err == nil:
		r.damaged()
	case errors.Is(err, io.EOF) && r.done:
		r.damaged() // behind all that was recorded
	case errors.Is(err, io.EOF):
		r.health.Cut = true
	}
	return err
}

// search goes to the next chunk that starts at from or later.
func (r *Reader) search(from int64) error {
	r.seek(from)
	for {
		window, err := r.in.Peek(r.in.Size())
		if len(window) < recordHead+chunkHead+4 {
			r.at = r.size
			if err == nil || errors.Is(err, io.EOF) {
				return io.EOF
			}
			return torn(err)
		}
		skip := len(window) - (signatureAt + len(signature) + 8) + 1
		for i := signatureAt; i < len(window); i++ {
			found := bytes.Index(window[i:], signature)
			if found < 0 {
				break
			}
			if i += found; startsChunk(window[i-signatureAt:]) {
				r.seek(r.at + int64(i-signatureAt))
				return nil
			}
		}
		n, _ := r.in.Discard(skip)
		r.at += int64(n)
		r.work += int64(n)
	}
}

// readSummary takes in the channels that the end of the file repeats.
func (r *Reader) readSummary() {
	r.eachAtEnd(func(op opcode, body []byte) {
		if op == opChannel {
			r.define(body)
		}
	})
}

// End is the time of the last record, as the end of the file tells without being read
// through; zero when it does not, since the file was cut or is damaged there.
func (r *Reader) End() (end time.Time) {
	r.eachAtEnd(func(op opcode, body []byte) {
		if op == opStatistics {
			f := fields{b: body}
			f.take(8 + 2 + 4 + 4 + 4 + 4 + 8) // counts, and the time of the first record
			if at := f.uint64(); f.err == nil && at <= maxTime {
				end = time.Unix(0, int64(at))
			}
		}
	})
	return end
}

// eachAtEnd calls f for each record that stands behind the data, if their checksum is
// right.
func (r *Reader) eachAtEnd(f func(op opcode, body []byte)) {
	end := r.size - footerBytes
	footer := make([]byte, footerBytes)
	if _, err := r.file.ReadAt(footer, end); err != nil || opcode(footer[0]) != opFooter {
		return
	}
	fields := fields{b: footer[recordHead:]}
	first, _, crc := fields.uint64(), fields.uint64(), fields.uint32()
	if first >= uint64(end) || crc == 0 {
		return
	}
	start := int64(first)
	sum := crc32.NewIEEE()
	covered := io.NewSectionReader(r.file, start, end+recordHead+16-start) // up to the checksum itself
	if _, err := io.Copy(sum, covered); err != nil || sum.Sum32() != crc {
		return
	}
	summary := r.beside()
	summary.size = end
	summary.seek(start)
	for {
		op, body, err := summary.record()
		if err != nil {
			break
		}
		f(op, body)
	}
	r.seek(r.at)
}
