//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// followSize calls changed when the terminal's size may have changed, until
// done is closed.
func followSize(done <-chan struct{}, changed func()) {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	defer signal.Stop(resized)
	for {
		select {
		case <-resized:
			changed()
		case <-done:
			return
		}
	}
}
