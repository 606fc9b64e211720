// Package binary builds labtop for tests of the built program.
//
// The contract: any test of a package may ask for the path; the program is built
// once. The package's TestMain calls [Main].
package binary

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"labtop/testkit/stopwatch"
)

// folder is where the program is built, and empty until it is.
var folder string

var build = sync.OnceValues(func() (path string, err error) {
	if folder, err = os.MkdirTemp("", "labtop"); err != nil {
		return "", err
	}
	path = filepath.Join(folder, "labtop")
	if out, err := exec.Command("go", "build", "-o", path, "labtop").CombinedOutput(); err != nil { //nolint:gosec // the path is ours
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// Path is the built program.
func Path(tb testing.TB) string {
	tb.Helper()
	path, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// Command is a command line of the built program that ends with the test, with
// nothing of the developer's own settings.
func Command(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), Path(tb), args...) //nolint:gosec // the path is ours
	home := tb.TempDir()
	cmd.Env = []string{"HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	return cmd
}

// Main runs the tests of a package that uses Path, times what they wait for (testkit/stopwatch),
// and removes what was built. It returns the exit code for TestMain.
func Main(m *testing.M) int {
	stopwatch.Start()
	code := m.Run()
	if folder != "" {
		_ = os.RemoveAll(folder)
	}
	return code
}
