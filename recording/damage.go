package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
)

// chunkHead is what stands before the compressed records of a chunk, the name of
// the compression apart: two times, size, CRC, and the lengths of the name and of
// the records.
const chunkHead = 8 + 8 + 8 + 4 + 4 + 8

var (
	errChunkShape = errors.New("the chunk's lengths contradict each other")
	errChunkData  = errors.New("the chunk's checksum is wrong")
)

// chunkDecoder decompresses chunks into a buffer that it uses again.
type chunkDecoder struct {
	zstd *zstd.Decoder
	buf  []byte
}

// decode returns the records of a chunk; they are valid until the next call. The
// error is errChunkShape when the record is no chunk at all.
func (d *chunkDecoder) decode(body []byte) ([]byte, error) {
	if len(body) < chunkHead {
		return nil, errChunkShape
	}
	size, crc := binary.LittleEndian.Uint64(body[16:]), binary.LittleEndian.Uint32(body[24:])
	name := int(binary.LittleEndian.Uint32(body[28:]))
	if name > 16 || len(body) < chunkHead+name {
		return nil, errChunkShape
	}
	compression := string(body[32 : 32+name])
	data := body[chunkHead+name:]
	if binary.LittleEndian.Uint64(body[32+name:]) != uint64(len(data)) {
		return nil, errChunkShape
	}
	if size > maxChunk || !fits(int(size), len(data)) {
		return nil, fmt.Errorf("the chunk would grow from %d to %d bytes", len(data), size)
	}
	records, err := d.decompress(compression, data, int(size))
	switch {
	case err != nil:
		return nil, err
	case uint64(len(records)) != size, crc != 0 && crc32.ChecksumIEEE(records) != crc:
		return nil, errChunkData
	}
	return records, nil
}

func (d *chunkDecoder) decompress(compression string, data []byte, size int) ([]byte, error) {
	switch compression {
	case compressionNone:
		return data, nil
	case compressionZstd:
	default:
		return nil, fmt.Errorf("the compression %q is none that labtop reads", compression)
	}
	if cap(d.buf) < size {
		d.buf = make([]byte, 0, size)
	}
	records, err := d.zstd.DecodeAll(data, d.buf[:0:size])
	if err != nil {
		return nil, fmt.Errorf("the chunk cannot be decompressed: %w", err)
	}
	return records, nil
}

func newChunkDecoder() (chunkDecoder, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxMemory(maxChunk), zstd.WithDecoderMaxWindow(maxChunk))
	return chunkDecoder{zstd: decoder}, err
}

// signature stands in each compressed chunk, signatureAt bytes after its opcode.
var signature = []byte("\x04\x00\x00\x00zstd")

const signatureAt = recordHead + 28

// startsChunk says whether a chunk starts here, as far as its lengths tell.
func startsChunk(b []byte) bool {
	if len(b) < recordHead+chunkHead+4 || opcode(b[0]) != opChunk {
		return false
	}
	length := binary.LittleEndian.Uint64(b[1:])
	records := binary.LittleEndian.Uint64(b[signatureAt+8:])
	return length <= maxRecord && length == chunkHead+4+records
}
