//go:build !unix

package cli

import "time"

// followTerminal returns what calls resized now and then, since nothing tells when the
// terminal's size changes, until done is closed. Nobody stops the process.
func followTerminal(done <-chan struct{}, _ time.Duration, resized, _ func()) (follow func()) {
	return func() {
		ticker := time.NewTicker(250 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				resized()
			case <-done:
				return
			}
		}
	}
}

// stopProcess does nothing: there is no such thing.
func stopProcess() (continued bool) { return false }
