package termwriter

import (
	"bytes"
	"slices"
)

// maxModes bounds what is remembered; a program uses about ten.
const maxModes = 32

// modes remembers, in order, the sequences among dropped bytes whose effect outlives a
// frame: CSI ? Pm h and l, the DEC private modes (screen, cursor, mouse, paste), of each its
// last state. Titles are not remembered: nothing breaks without them.
type modes struct {
	seqs [][]byte
}

// note remembers the sequences of p that matter.
func (m *modes) note(p []byte) {
	for {
		i := bytes.Index(p, []byte("\x1b["))
		if i < 0 {
			return
		}
		p = p[i:]
		n := csiLen(p)
		if lasting(p[:n]) {
			m.add(p[:n])
		}
		p = p[n:]
	}
}

// csiLen returns the length of the control sequence with which p starts, up to
// the first byte that cannot be part of one when it is cut or broken (ECMA-48
// section 5.4: parameters and intermediates 0x20 to 0x3f, final 0x40 to 0x7e).
func csiLen(p []byte) int {
	for i := len("\x1b["); i < len(p); i++ {
		switch c := p[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c > 0x3f:
			return i
		}
	}
	return len(p)
}

// lasting says whether a sequence sets or resets a private mode.
func lasting(seq []byte) bool {
	final := seq[len(seq)-1]
	return len(seq) >= len("\x1b[?h") && seq[2] == '?' && (final == 'h' || final == 'l')
}

func (m *modes) add(seq []byte) {
	m.seqs = slices.DeleteFunc(m.seqs, func(old []byte) bool { return bytes.Equal(old[:len(old)-1], seq[:len(seq)-1]) })
	if len(m.seqs) == maxModes {
		m.seqs = slices.Delete(m.seqs, 0, 1)
	}
	m.seqs = append(m.seqs, bytes.Clone(seq))
}

// replay writes what is remembered to b and forgets it.
func (m *modes) replay(b *bytes.Buffer) {
	for _, seq := range m.seqs {
		b.Write(seq)
	}
	m.seqs = nil
}
