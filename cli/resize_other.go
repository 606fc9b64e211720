//go:build !unix

package cli

import "time"

// followSize calls changed now and then, since nothing tells when the
// terminal's size changes, until done is closed.
func followSize(done <-chan struct{}, changed func()) {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			changed()
		case <-done:
			return
		}
	}
}
