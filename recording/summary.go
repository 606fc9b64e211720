package recording

import (
	"hash/crc32"
	"math"
)

// chunkPlace is what the index at the end of a file tells of a chunk.
type chunkPlace struct {
	start, end               uint64 // times of its records
	offset                   int64
	length                   uint32 // of the whole record
	compressed, uncompressed uint32
	stored                   bool // not compressed
}

// group is a part of the summary with records of one kind.
type group struct {
	op       opcode
	from, to int64
}

// appendEnd appends what stands after the last chunk of a file that is so long: the
// end of the data, the summary, and the footer. crc is that of all before.
func (w *Writer) appendEnd(b []byte, offset int64, crc uint32) []byte {
	b = appendRecord(b, opDataEnd, func(b []byte) []byte { return append32(b, crc) })
	summary := len(b)
	place := func() int64 { return offset + int64(len(b)) }
	var groups []group
	add := func(op opcode, fill func()) {
		from := place()
		if fill(); place() > from {
			groups = append(groups, group{op, from, place()})
		}
	}
	add(opChannel, func() {
		for _, c := range w.channels.all[1:] {
			b = appendChannel(b, c)
		}
	})
	add(opStatistics, func() { b = w.appendStatistics(b) })
	add(opChunkIndex, func() {
		if w.chunks <= maxIndexed {
			for i := range w.index {
				b = appendChunkIndex(b, &w.index[i])
			}
		}
	})
	add(opMetadataIndex, func() {
		for i, g := range w.about {
			name := clockName
			if i == 0 {
				name = metadataName
			}
			b = appendRecord(b, opMetadataIndex, func(b []byte) []byte {
				return appendText(append64(append64(b, uint64(g.from)), uint64(g.to-g.from)), name)
			})
		}
	})
	offsets := place()
	for _, g := range groups {
		b = appendRecord(b, opSummaryOffset, func(b []byte) []byte {
			return append64(append64(append(b, byte(g.op)), uint64(g.from)), uint64(g.to-g.from))
		})
	}
	b = appendRecord(b, opFooter, func(b []byte) []byte {
		b = append64(append64(b, uint64(offset)+uint64(summary)), uint64(offsets))
		return append32(b, 0)
	})
	// The checksum covers the summary and the footer up to itself, whose length is
	// right by now.
	sum := crc32.ChecksumIEEE(b[summary : len(b)-4])
	return append(append32(b[:len(b)-4], sum), magic...)
}

func (w *Writer) appendStatistics(b []byte) []byte {
	var records, used uint64
	for _, n := range w.channels.counts {
		if records += n; n > 0 {
			used++
		}
	}
	start, end := w.start, w.end
	if records == 0 {
		start = 0
	}
	return appendRecord(b, opStatistics, func(b []byte) []byte {
		b = append16(append64(b, records), 0) // no schemas
		b = append32(append32(b, uint32(len(w.channels.all)-1)), 0)
		b = append32(append32(b, uint32(len(w.about))), uint32(min(w.chunks, math.MaxUint32)))
		b = append64(append64(b, start), end)
		b = append32(b, uint32(used*(2+8)))
		for id, n := range w.channels.counts {
			if n > 0 {
				b = append64(append16(b, uint16(id)), n)
			}
		}
		return b
	})
}

func appendChunkIndex(b []byte, c *chunkPlace) []byte {
	compression := compressionZstd
	if c.stored {
		compression = compressionNone
	}
	return appendRecord(b, opChunkIndex, func(b []byte) []byte {
		b = append64(append64(b, c.start), c.end)
		b = append64(append64(b, uint64(c.offset)), uint64(c.length))
		b = append64(append32(b, 0), 0) // no message indexes
		b = appendText(b, compression)
		return append64(append64(b, uint64(c.compressed)), uint64(c.uncompressed))
	})
}
