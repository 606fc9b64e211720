// Package faults has only tests: what labtop does when brokers and networks fail.
// They run the source in this process where that is enough, and the built program
// where it is a matter of the screen, the exit code or memory.
package faults
