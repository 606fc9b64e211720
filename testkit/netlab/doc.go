// Package netlab is a network of two machines for tests: two network namespaces
// of Linux with a cable between them, on which packets can be dropped, slowed
// down and cut off, and a name server.
//
// The contract: one test owns a [Lab] and calls its methods from one goroutine.
// Everything is in the namespaces and goes with the test; nothing of the
// machine's own network is touched. Where the namespaces cannot be made, for want
// of root, of the system or of its tools, the test is skipped with the reason.
package netlab
