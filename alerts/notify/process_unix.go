//go:build unix

package notify

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a program a process group of its own, which is killed as a whole
// when its time is over.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
