//go:build !unix

package notify

import "os/exec"

// ownGroup does nothing: there are no process groups here, and the program alone
// is killed when its time is over.
func ownGroup(*exec.Cmd) {}
