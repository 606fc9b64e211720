// Package cli is labtop's command line: it turns flags, environment and config
// file into one validated [Config] and runs one command with it.
//
// The contract: [Run] does everything and returns the exit code; it uses the
// process only through its [Environment], so that tests run in process. Flags
// beat environment beats file beats default. Results go to stdout, everything
// else to stderr; an error is one line that names the place and the remedy. A
// password is never a flag, never shown and never logged. This is the only
// package that wires the others together.
package cli
