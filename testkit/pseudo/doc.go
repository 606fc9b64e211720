// Package pseudo runs a program on a pseudo-terminal that a test has in its hands:
// it can stop reading, claim any size, hang up, and look at the line settings.
//
// It draws nothing. For what a terminal would show, give [Options.Show] an emulator
// (testkit/oracle), or use tmux (testkit/terminal).
//
// The contract: one test owns a [Terminal] and calls its methods from one
// goroutine; the program ends with the test.
package pseudo
