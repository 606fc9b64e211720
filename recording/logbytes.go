package recording

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// logBytes are the bytes of a log, decompressed.
type logBytes struct {
	*bufio.Reader
	file   io.Reader // an [io.Seeker], if it can be read again
	packed *packed   // nil for what is not compressed
	ahead  int64     // bytes that pass leaves out
}

// decompressed undoes gzip or zstd, which it knows by their first bytes. done ends it.
func decompressed(file io.Reader) (b *logBytes, done func(), err error) {
	p := &packed{file: &tracked{Reader: file}}
	p.compressed = bufio.NewReaderSize(p.file, 64<<10)
	b, done = &logBytes{file: file, packed: p}, func() {}
	start, _ := p.compressed.Peek(4) // a shorter file is neither
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		p.name = "gzip"
		if p.in, err = gzip.NewReader(p.compressed); err != nil {
			err = fmt.Errorf("its head is damaged or cut, so that it cannot be decompressed: %w", err)
		}
	case bytes.HasPrefix(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		var z *zstd.Decoder
		p.name = "zstd"
		z, err = zstd.NewReader(p.compressed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxLine), zstd.WithDecoderMaxWindow(maxChunk))
		p.in, done = z, z.Close
	default:
		b.Reader, b.packed = p.compressed, nil
		return b, done, nil
	}
	b.Reader = bufio.NewReaderSize(p, 64<<10)
	return b, done, err
}

// compression is the name of how they are compressed, or empty.
func (b *logBytes) compression() string {
	if b.packed == nil {
		return ""
	}
	return b.packed.name
}

// goTo begins anew so many bytes after the start, once pass was called: what is compressed
// can only be read from its start.
func (b *logBytes) goTo(at int64) error {
	file, ok := b.file.(io.Seeker)
	if !ok {
		return errStream
	}
	start := at
	if b.packed != nil {
		start = 0
	}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		return fmt.Errorf("reading the log: %w", err)
	}
	if b.packed == nil {
		b.Reset(b.file)
		return nil
	}
	b.ahead = at
	if err := b.packed.restart(); err != nil {
		return fmt.Errorf("%w: %w", errChanged, err)
	}
	b.Reset(b.packed)
	return nil
}

// pass leaves out what is ahead, and asks stop now and then: after its error it may be
// called again.
func (b *logBytes) pass(stop func() error) error {
	for b.ahead > 0 {
		n, err := b.Discard(int(min(b.ahead, 1<<20)))
		b.ahead -= int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errChanged
		case err != nil:
			return fmt.Errorf("reading the log: %w", err)
		}
		if stop != nil {
			if err := stop(); err != nil {
				return err
			}
		}
	}
	return nil
}
