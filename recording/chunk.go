package recording

import (
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/zstd"
)

// recordHead is the opcode and the length before each record.
const recordHead = 1 + 8

// messageHead is what stands before the data of a message record: channel,
// sequence, log time and publish time.
const messageHead = 2 + 4 + 8 + 8

// chunk gathers records until they are compressed into a chunk.
type chunk struct {
	encoder    *zstd.Encoder
	records    []byte
	compressed []byte
	start, end uint64 // of the records in it
}

func newChunk() (*chunk, error) {
	// The fastest level: on what sensors say the next one takes three times as long for
	// files of the same size. A chunk has a checksum of its own, so zstd's is left out.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	c := &chunk{encoder: encoder}
	c.reset()
	return c, nil
}

func (c *chunk) reset() {
	if cap(c.records) > 4*chunkBytes {
		c.records, c.compressed = nil, nil // one large message is no reason to keep so much
	}
	c.records, c.start, c.end = c.records[:0], math.MaxUint64, 0
}

// message appends the start of a message record with its log time and its publish time;
// n bytes of data must follow.
func (c *chunk) message(channel uint16, sequence uint32, at, published uint64, n int) {
	b := append64(append(c.records, byte(opMessage)), uint64(messageHead+n))
	b = append32(append16(b, channel), sequence)
	c.records = append64(append64(b, at), published)
	c.start, c.end = min(c.start, at), max(c.end, at)
}

// appendTo appends the chunk record, and tells its place in a file of such length.
// The records are stored as they are when they shrink so far that a reader would
// take them for a trap.
func (c *chunk) appendTo(b []byte, offset int64) ([]byte, chunkPlace) {
	c.compressed = c.encoder.EncodeAll(c.records, c.compressed[:0])
	data, compression := c.compressed, compressionZstd
	if !fits(len(c.records), len(data)) {
		data, compression = c.records, compressionNone
	}
	at := len(b)
	b = appendRecord(b, opChunk, func(b []byte) []byte {
		b = append64(append64(b, c.start), c.end)
		b = append32(append64(b, uint64(len(c.records))), crc32.ChecksumIEEE(c.records))
		return append(append64(appendText(b, compression), uint64(len(data))), data...)
	})
	return b, chunkPlace{
		start: c.start, end: c.end, offset: offset, length: uint32(len(b) - at),
		compressed: uint32(len(data)), uncompressed: uint32(len(c.records)), stored: compression == compressionNone,
	}
}

// fits says whether a chunk of so many bytes may become so large.
func fits(uncompressed, compressed int) bool {
	return uncompressed <= max(freeChunk, maxRatio*compressed) && uncompressed <= maxChunk
}
