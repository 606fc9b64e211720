package recording

import (
	"bufio"
	"errors"
	"io"
)

// packed reads a compressed log as what it was before. What cannot be decompressed any
// more ends it as a cut does: with io.ErrUnexpectedEOF.
type packed struct {
	name       string // of the compression
	file       *tracked
	compressed *bufio.Reader // of file
	in         interface {
		io.Reader
		Reset(in io.Reader) error
	}
	packedState
}

// packedState is how far it was read.
type packedState struct {
	read int64 // bytes, decompressed
	err  error // that ended it
	// damaged says that it ends at damage, not where the file does.
	damaged bool
}

// restart begins anew where the file is now.
func (p *packed) restart() error {
	p.packedState, p.file.err = packedState{}, nil
	p.compressed.Reset(p.file)
	return p.in.Reset(p.compressed)
}

// tracked is a file that tells its own errors from those of decompressing it.
type tracked struct {
	io.Reader
	err error
}

func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

func (p *packed) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.in.Read(b)
	p.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && p.file.err == nil && p.read > 0 {
		p.damaged = !errors.Is(err, io.ErrUnexpectedEOF)
		err = io.ErrUnexpectedEOF
	}
	p.err = err
	return n, err
}

// health adds how the log ended.
func (p *packed) health(h *Health) {
	if !errors.Is(p.err, io.ErrUnexpectedEOF) {
		return
	}
	h.Cut = true
	if p.damaged {
		h.Damaged++
		h.DamagedAfter = p.read
	}
}
