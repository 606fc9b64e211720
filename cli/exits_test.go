package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

// exits is a command for scripts: "exits CODE PROGRAM ARG..." runs the program
// and fails unless it ends with the code.
func exits() {
	want, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	} else if got := cmd.ProcessState.ExitCode(); got != want {
		fmt.Fprintln(os.Stderr, "exit code", got, "instead of", want, exit)
		os.Exit(1)
	}
}
