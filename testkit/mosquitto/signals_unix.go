//go:build unix

package mosquitto

import "syscall"

// Pause stops the broker in its tracks (SIGSTOP): its connections stay, and nobody
// answers on them. Resume lets it go on.
func (b *Broker) Pause() { _ = b.process.Process.Signal(syscall.SIGSTOP) }

// Resume undoes Pause.
func (b *Broker) Resume() { _ = b.process.Process.Signal(syscall.SIGCONT) }

// Save makes the broker write what it keeps to its disk (SIGUSR1), some time later.
func (b *Broker) Save() { _ = b.process.Process.Signal(syscall.SIGUSR1) }
