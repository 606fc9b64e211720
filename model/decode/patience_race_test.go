//go:build race

package decode_test

import "time"

// patience is the most that one message may take in a test; the race detector makes
// everything ten times slower.
const patience = 50 * time.Millisecond
