//go:build !unix || solaris || illumos || aix

package recording

import "os"

// lock, locked and removed do nothing where files are not known to have locks, and to
// lose their names while they are open.
func lock(*os.File) {}

func locked(string) bool { return false }

func removed(*os.File) bool { return false }
