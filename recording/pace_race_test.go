//go:build race

package recording_test

// perSecond is how fast a lab speaks that is looked back at: the race detector makes all
// of it ten times as slow.
const perSecond = 250
