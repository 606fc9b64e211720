package recording

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The parts of the MCAP format (https://mcap.dev/spec) that a recording uses. The
// tests hold what is written to the library of the format's makers; the program is
// built without it, because it brings its test kit and an HTTP server along.

// magic stands at the start and at the end of a file.
var magic = []byte("\x89MCAP0\r\n")

// opcode is the kind of a record.
type opcode byte

const (
	opReserved      opcode = 0x00
	opHeader        opcode = 0x01
	opFooter        opcode = 0x02
	opChannel       opcode = 0x04
	opMessage       opcode = 0x05
	opChunk         opcode = 0x06
	opChunkIndex    opcode = 0x08
	opStatistics    opcode = 0x0b
	opMetadata      opcode = 0x0c
	opMetadataIndex opcode = 0x0d
	opSummaryOffset opcode = 0x0e
	opDataEnd       opcode = 0x0f
)

const (
	compressionNone = ""
	compressionZstd = "zstd"
)

// pair is a key and its value, in the order of the keys.
type pair [2]string

// mcapChannel is a channel record.
type mcapChannel struct {
	id              uint16
	topic, encoding string
	metadata        []pair
}

// appendRecord appends a record whose body fill appends.
func appendRecord(b []byte, op opcode, fill func(b []byte) []byte) []byte {
	at := len(b)
	b = fill(append(b, byte(op), 0, 0, 0, 0, 0, 0, 0, 0))
	binary.LittleEndian.PutUint64(b[at+1:], uint64(len(b)-at-recordHead))
	return b
}

func appendText(b []byte, text string) []byte {
	return append(append32(b, uint32(len(text))), text...)
}

func append16(b []byte, n uint16) []byte { return binary.LittleEndian.AppendUint16(b, n) }

func append32(b []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(b, n) }

func append64(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

func appendPairs(b []byte, pairs []pair) []byte {
	at := len(b)
	b = append32(b, 0)
	for _, p := range pairs {
		b = appendText(appendText(b, p[0]), p[1])
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

func appendChannel(b []byte, c *mcapChannel) []byte {
	return appendRecord(b, opChannel, func(b []byte) []byte {
		b = append16(append16(b, c.id), 0) // no schema
		return appendPairs(appendText(appendText(b, c.topic), c.encoding), c.metadata)
	})
}

// errShort says that a record is shorter than it says.
var errShort = errors.New("the record is too short")

// fields takes a record apart. After an error the rest is zero.
type fields struct {
	b   []byte
	err error
}

func (f *fields) take(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.b, f.err = nil, errShort
		return make([]byte, min(max(n, 0), 8))
	}
	part := f.b[:n]
	f.b = f.b[n:]
	return part
}

func (f *fields) uint16() uint16 { return binary.LittleEndian.Uint16(f.take(2)) }

func (f *fields) uint32() uint32 { return binary.LittleEndian.Uint32(f.take(4)) }

func (f *fields) uint64() uint64 { return binary.LittleEndian.Uint64(f.take(8)) }

func (f *fields) bytes() []byte {
	n := f.uint32()
	if uint64(n) > uint64(len(f.b)) {
		f.b, f.err = nil, errShort
		return nil
	}
	return f.take(int(n))
}

func (f *fields) text() string { return string(f.bytes()) }

// pairs reads a map, of which only the keys that are asked for are kept.
func (f *fields) pairs(keys ...string) map[string]string {
	inner := fields{b: f.bytes()}
	found := make(map[string]string, len(keys))
	for len(inner.b) > 0 {
		key, value := inner.bytes(), inner.bytes()
		if slices.Contains(keys, string(key)) {
			found[string(key)] = string(value)
		}
	}
	if inner.err != nil {
		f.err = inner.err
	}
	return found
}
