//go:build !race

package hostile_test

// thin is as with the race detector, and smaller: all combinations take two
// minutes of two cores.
const thin = 6
