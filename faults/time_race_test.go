//go:build race

package faults_test

import "time"

// floodTime is how long 100 000 stored messages may take to arrive. The race
// detector makes everything several times slower.
const floodTime = 20 * time.Second
