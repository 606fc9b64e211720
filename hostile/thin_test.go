//go:build !race

package hostile_test

// thin is as with the race detector, and smaller: half of all combinations take a
// minute of two cores.
const thin = 2
