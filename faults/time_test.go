//go:build !race

package faults_test

import "time"

// floodTime is how long 100 000 stored messages may take to arrive.
const floodTime = 5 * time.Second
