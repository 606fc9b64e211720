//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// followTerminal calls resized when the terminal's size may have changed, and
// continued when the process goes on after it was stopped, until done is closed.
func followTerminal(done <-chan struct{}, resized, continued func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGCONT)
	defer signal.Stop(signals)
	for {
		select {
		case s := <-signals:
			resized() // nobody tells a stopped process of sizes
			if s == syscall.SIGCONT {
				continued()
			}
		case <-done:
			return
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
