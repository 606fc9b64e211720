//go:build !race

package integration_test

import "time"

// day is how long TestDay watches.
const day = 24 * time.Hour
