//go:build !linux

package netlab

import "testing"

// New skips the test: only Linux has network namespaces.
func New(tb testing.TB) *Lab {
	tb.Helper()
	tb.Skip("network namespaces are Linux's")
	return nil
}

func (p *Place) within(func()) error { return nil }
