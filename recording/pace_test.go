//go:build !race

package recording_test

// perSecond is how fast a lab speaks that is looked back at.
const perSecond = 5000
