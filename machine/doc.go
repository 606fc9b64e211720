// Package machine holds the tests of what happens when the machine and the terminal
// under labtop fail: signals, panics, terminals that stop or lie, clocks, memory.
package machine
