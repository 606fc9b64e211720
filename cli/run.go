package cli

import (
	"context"
	"fmt"
	"io"

	"labtop/safetext"
)

// Run runs the command line args, without the program's name, and returns the
// exit code. When ctx is cancelled by a signal (see [Signalled]) the code is
// 128 plus the signal's number.
func Run(ctx context.Context, args []string, env Environment) int {
	env = env.withDefaults()
	root := newRoot(&app{env: env}) //nolint:contextcheck // cobra hands ctx to the command
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := afterSignal(ctx, root.ExecuteContext(ctx))
	if err != nil && !silent(err) {
		say(env.Stderr, err.Error())
	}
	return exitCode(err)
}

// say writes one line for people to w. A lost line is no reason to fail.
func say(w io.Writer, text string) {
	_, _ = fmt.Fprintln(w, "labtop: "+safetext.Clean(text))
}
