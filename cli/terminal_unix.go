//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// followTerminal returns what calls resized when the terminal's size may have changed
// since now, once a frame at most and after the last change, and continued when the
// process goes on after it was stopped, until done is closed.
func followTerminal(done <-chan struct{}, frame time.Duration, resized, continued func()) (follow func()) {
	sizes, stops := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(sizes, syscall.SIGWINCH)
	signal.Notify(stops, syscall.SIGCONT)
	return func() {
		defer signal.Stop(sizes)
		defer signal.Stop(stops)
		changed := (<-chan os.Signal)(sizes)
		var next <-chan time.Time // when sizes are looked at again
		for {
			select {
			case <-changed:
				resized()
				changed, next = nil, time.After(frame)
			case <-next:
				changed, next = sizes, nil
			case <-stops:
				resized() // nobody tells a stopped process of sizes
				continued()
			case <-done:
				return
			}
		}
	}
}

// A stop may take ten of these to come. When it does not, there is no shell that could
// let the program go on, and so the system does not stop it. Only one of them passes
// while the process is stopped, however long.
const stopTime = 20 * time.Millisecond

// stopProcess stops the process and those that it shares a pipeline with, as Ctrl+Z
// does in other programs, until somebody lets it go on, and says whether somebody has.
// The signal must never have been asked for: Go would not give its default effect back.
func stopProcess() (continued bool) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCONT)
	defer signal.Stop(signals)
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return false
	}
	for range 10 {
		select {
		case <-signals:
			return true
		case <-time.After(stopTime):
		}
	}
	return false
}
