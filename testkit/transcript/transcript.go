// Package transcript collects what a program writes, for tests that wait for a text.
//
// The contract: one goroutine writes, one waits; the others may look.
package transcript

import (
	"bytes"
	"sync"
	"time"
)

// keep is how many of the newest bytes are kept: more than any test looks back.
const keep = 4 << 20

// Transcript is an io.Writer that keeps the newest 4 MiB. Make one with [New].
type Transcript struct {
	grown chan struct{} // has an element when text grew

	mu    sync.Mutex // guards what follows
	text  bytes.Buffer
	total int
}

// New makes an empty transcript.
func New() *Transcript { return &Transcript{grown: make(chan struct{}, 1)} }

// Write implements io.Writer. It never fails.
func (tr *Transcript) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	select {
	case tr.grown <- struct{}{}:
	default:
	}
	tr.total += len(b)
	if over := tr.text.Len() + len(b) - keep; over > 0 {
		tr.text.Next(over)
	}
	return tr.text.Write(b)
}

// String is what is kept.
func (tr *Transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String()
}

// Total is how many bytes were written in all.
func (tr *Transcript) Total() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.total
}

// Forget drops what came so far.
func (tr *Transcript) Forget() {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.text.Reset()
}

// Wait waits until look finds what it looks for in the text, of which then only
// rest is kept. It returns false when that takes too long.
func (tr *Transcript) Wait(within time.Duration, look func(text string) (rest string, found bool)) bool {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		tr.mu.Lock()
		rest, found := look(tr.text.String())
		if found && len(rest) < tr.text.Len() {
			tr.text.Next(tr.text.Len() - len(rest))
		}
		tr.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-tr.grown:
		case <-late.C:
			return false
		}
	}
}
