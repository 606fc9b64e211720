//go:build race

package integration_test

import "time"

// day is how long TestDay watches; the race detector makes hours long.
const day = 6 * time.Hour
