package monitor

import (
	"time"

	"golang.org/x/sys/unix"
)

// slept is for how long the machine was suspended since its start: the boot time goes
// on meanwhile, and the monotonic clock stands still (clock_gettime(2)). Both can be
// read on all kernels that Go runs on.
func slept() time.Duration {
	var monotonic, boot unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &monotonic)
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)
	return time.Duration(boot.Nano() - monotonic.Nano())
}

func newClock() clock { return clock{now: time.Now, slept: slept} }
