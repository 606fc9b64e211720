//go:build !race

package decode_test

import "time"

// patience is the most that one message may take in a test.
const patience = 5 * time.Millisecond
