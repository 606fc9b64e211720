package cli

import (
	"io"
	"os"

	"github.com/charmbracelet/x/term"
)

// Environment is everything a command may use of the process. The zero value
// of a field means an empty input, a discarded output, no variables, and no
// terminal.
type Environment struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// LookupEnv returns an environment variable, like [os.LookupEnv].
	LookupEnv func(name string) (value string, ok bool)
	// Environ returns all variables as NAME=VALUE, like [os.Environ]; it is only
	// asked for names that labtop does not know.
	Environ func() []string
	// StdinTerminal, StdoutTerminal and StderrTerminal say whether the stream
	// is a terminal.
	StdinTerminal  bool
	StdoutTerminal bool
	StderrTerminal bool
}

// System returns the environment of this process.
func System() Environment {
	return Environment{
		Stdin:          os.Stdin,
		Stdout:         os.Stdout,
		Stderr:         os.Stderr,
		LookupEnv:      os.LookupEnv,
		Environ:        os.Environ,
		StdinTerminal:  term.IsTerminal(os.Stdin.Fd()),
		StdoutTerminal: term.IsTerminal(os.Stdout.Fd()),
		StderrTerminal: term.IsTerminal(os.Stderr.Fd()),
	}
}

// withDefaults fills the fields that are nil.
func (e Environment) withDefaults() Environment {
	if e.Stdin == nil {
		e.Stdin = eof{}
	}
	if e.Stdout == nil {
		e.Stdout = io.Discard
	}
	if e.Stderr == nil {
		e.Stderr = io.Discard
	}
	if e.LookupEnv == nil {
		e.LookupEnv = func(string) (string, bool) { return "", false }
	}
	if e.Environ == nil {
		e.Environ = func() []string { return nil }
	}
	return e
}

// get returns an environment variable; one that is set but empty counts as not
// set.
func (e Environment) get(name string) string {
	value, _ := e.LookupEnv(name)
	return value
}

// eof is an input that has ended.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
