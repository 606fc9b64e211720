package termwriter

import "bytes"

// maxModes bounds what is remembered; a program uses about ten.
const maxModes = 32

// modes remembers, in order, the sequences among dropped bytes whose effect
// outlives a frame:
//
//	CSI ? Pm h and l          DEC private modes: screen, cursor, mouse, paste, …
//	CSI > Ps u, < Ps u, = Ps u  Kitty keyboard stack
//	CSI > Ps m                modifyOtherKeys
//	CSI Ps SP q               cursor shape
//
// Of one private mode only the last state is kept. Titles and colours set by OSC are not
// remembered: nothing breaks without them.
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

func lasting(seq []byte) bool {
	if len(seq) < len("\x1b[?h") {
		return false
	}
	final := seq[len(seq)-1]
	switch seq[2] {
	case '?':
		return final == 'h' || final == 'l'
	case '>':
		return final == 'u' || final == 'm'
	case '<', '=':
		return final == 'u'
	}
	return final == 'q' && seq[len(seq)-2] == ' '
}

func (m *modes) add(seq []byte) {
	if seq[2] == '?' {
		body := seq[:len(seq)-1]
		for i, old := range m.seqs {
			if bytes.Equal(old[:len(old)-1], body) {
				m.seqs = append(m.seqs[:i], m.seqs[i+1:]...)
				break
			}
		}
	}
	if len(m.seqs) == maxModes {
		m.seqs = append(m.seqs[:0], m.seqs[1:]...)
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
