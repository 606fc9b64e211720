package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"labtop/crash"
	"labtop/safetext"
)

// Run runs the command line args, without the program's name, and returns the
// exit code. When ctx is cancelled by a signal (see [Signalled]) the code is
// 128 plus the signal's number. A panic anywhere ends the command in order.
func Run(ctx context.Context, args []string, env Environment) int {
	env = env.withDefaults()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	root := newRoot(&app{env: env, fail: fail}) //nolint:contextcheck // cobra hands ctx to the command
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := crash.Guard(func() error { return root.ExecuteContext(ctx) })
	err = crashed(cmp.Or(crash.Cause(ctx), afterSignal(ctx, err)))
	if err != nil && !silent(err) {
		say(env.Stderr, err.Error())
	}
	return exitCode(err)
}

// say writes one line for people to w. A lost line is no reason to fail.
func say(w io.Writer, text string) {
	_, _ = fmt.Fprintln(w, "labtop: "+safetext.Clean(text))
}
