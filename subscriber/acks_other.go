//go:build !linux

package subscriber

import "syscall"

// boundAcks does nothing: the option is Linux's own.
func boundAcks(_, _ string, _ syscall.RawConn) error { return nil }
