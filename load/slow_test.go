//go:build !race

package load_test

// detector is how many times slower the race detector makes what runs in the test's
// own process: it is not there.
const detector = 1
