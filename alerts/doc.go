// Package alerts says when a lab needs somebody: rules over what its devices
// report, the alerts that they raise, and a log of every transition.
//
// The contract: the package is pure. It reads no clock and does no I/O; time
// comes with the messages and with each tick, so that the same messages give the
// same transitions live, in a replay, and at any speed. One goroutine, the owner,
// feeds it; any goroutine may read copies. Everything is bounded, and what is
// not kept is counted.
package alerts
