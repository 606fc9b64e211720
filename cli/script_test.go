package cli_test

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"labtop/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"labtop": func() {
			ctx, stop := cli.Signalled(context.Background())
			code := cli.Run(ctx, os.Args[1:], cli.System())
			stop()
			os.Exit(code)
		},
		"exits": exits,
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
