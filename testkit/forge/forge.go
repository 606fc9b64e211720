// Package forge makes MCAP files by hand, for tests: whole ones, and ones that were made
// to do harm, which no library writes.
package forge

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/klauspost/compress/zstd"
)

// File is a file that is being made, or the records of a chunk.
type File struct{ bytes.Buffer }

// New begins a file with a profile and, unless it is nil, the metadata record that labtop
// writes.
func New(profile string, about map[string]string) *File {
	f := new(File)
	_, _ = f.Write(mcap.Magic)
	f.Record(mcap.OpHeader, Prefixed(profile), Prefixed("forge"))
	if about != nil {
		var all []byte
		for k, v := range about {
			all = append(append(all, Prefixed(k)...), Prefixed(v)...)
		}
		f.Record(mcap.OpMetadata, Prefixed("labtop"), Prefixed(string(all)))
	}
	return f
}

// Prefixed is a text with its length before it.
func Prefixed(text string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...)
}

// Record adds a record.
func (f *File) Record(op mcap.OpCode, parts ...[]byte) {
	body := bytes.Join(parts, nil)
	_, _ = f.Write(binary.LittleEndian.AppendUint64([]byte{byte(op)}, uint64(len(body))))
	_, _ = f.Write(body)
}

// Chunk adds a chunk that claims a size and a compression.
func (f *File) Chunk(size uint64, crc uint32, compression string, data []byte) {
	head := make([]byte, 16)
	head = binary.LittleEndian.AppendUint64(head, size)
	head = binary.LittleEndian.AppendUint32(head, crc)
	f.Record(mcap.OpChunk, head, Prefixed(compression), binary.LittleEndian.AppendUint64(nil, uint64(len(data))), data)
}

// Records adds an honest chunk of records.
func (f *File) Records(records *File) {
	f.Chunk(uint64(records.Len()), crc32.ChecksumIEEE(records.Bytes()), "zstd", Zstd(records.Bytes()))
}

// Zstd compresses.
func Zstd(data []byte) []byte { return compressor().EncodeAll(data, nil) }

var compressor = sync.OnceValue(func() *zstd.Encoder {
	encoder, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // it fails for wrong options only
	return encoder
})

// Channel adds a channel with metadata, names and values by turns.
func (f *File) Channel(id uint16, topic string, metadata ...string) {
	var all []byte
	for _, text := range metadata {
		all = append(all, Prefixed(text)...)
	}
	f.Record(mcap.OpChannel, binary.LittleEndian.AppendUint16(nil, id), []byte{0, 0}, Prefixed(topic), Prefixed(""), Prefixed(string(all)))
}

// Message adds a message of a channel.
func (f *File) Message(id uint16, sequence uint32, at uint64, payload string) {
	b := binary.LittleEndian.AppendUint16(nil, id)
	b = binary.LittleEndian.AppendUint32(b, sequence)
	b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, at), at)
	f.Record(mcap.OpMessage, b, []byte(payload))
}
