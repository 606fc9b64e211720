package cli_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"labtop/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){
		"labtop": func() {
			ctx, stop := cli.Signalled(context.Background())
			code := cli.Run(ctx, os.Args[1:], cli.System())
			stop()
			os.Exit(code)
		},
		"exits": exits,
	})
}

// tidy are tests that must leave no goroutine behind.
type tidy struct{ *testing.M }

func (t tidy) Run() int {
	code := t.M.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
