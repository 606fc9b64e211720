package cli_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/cli"
)

// TestForceKeeps has a file that was to be overwritten as it was when the command fails,
// also when it is the one that is read, and nothing else beside it.
func TestForceKeeps(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"import NOISE -o OUT --force", "export NOISE -o OUT --force", "export NOISE -o OUT --force --wide", "import IN -o IN --force", "export IN -o IN --force", "export IN -o LINK --force", "export NONE -o OUT --force", "import IN -o OUT", "import NOISE -o NEW", "export NOISE -o NEW"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := map[string]string{
				"IN":    `{"time":"2026-11-22T14:00:00Z","topic":"a/b","qos":0,"payload":"1"}` + "\n",
				"NOISE": "\x00\x01\x02", "OUT": "precious",
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := strings.Fields(command)
			same := strings.Contains(command, "-o IN") || strings.Contains(command, "LINK")
			if err := os.Link(filepath.Join(dir, "IN"), filepath.Join(dir, "LINK")); err != nil {
				t.Skip("the file system has no links: ", err)
			}
			args[1], args[3] = filepath.Join(dir, args[1]), filepath.Join(dir, args[3])
			code, _, errs := run(t, nil, args...)
			if code == 0 || same && (code != 2 || !strings.Contains(errs, " is the file that is read; choose another name for the ")) {
				t.Errorf("exit code %d: %s", code, errs)
			}
			for name, want := range files {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
					t.Errorf("%s is changed: %v", name, err)
				}
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != len(files)+1 {
				t.Errorf("%v, %v", left, err)
			}
		})
	}
}

// TestForceInterrupted keeps the file that was to be overwritten when it is interrupted,
// and replaces it, for its owner only, when it is not.
func TestForceInterrupted(t *testing.T) {
	t.Parallel()
	in, dir := lab(t), t.TempDir()
	out := filepath.Join(dir, "out")
	for _, command := range []string{"import", "export"} {
		for _, interrupted := range []bool{true, false} {
			if err := errors.Join(os.WriteFile(out, []byte("precious"), 0o600), os.Chmod(out, 0o644)); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			if interrupted {
				cancel()
			}
			code := cli.Run(ctx, []string{command, in, "-o", out, "--force"}, cli.Environment{
				Stdout: io.Discard, Stderr: io.Discard, LookupEnv: func(string) (string, bool) { return "", false },
			})
			cancel()
			got, err := os.ReadFile(out)
			if err != nil || (code != 0) != interrupted || (string(got) == "precious") != interrupted {
				t.Errorf("%s, interrupted: %t: exit code %d, %v, %.40q", command, interrupted, code, err, got)
			}
			if about, err := os.Stat(out); err != nil || !interrupted && about.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", about, err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
				t.Errorf("%v, %v", left, err)
			}
		}
	}
}

// TestForceKeepsRecording has an older recording, and the notes on it, stay as they are
// when nothing is recorded in its place, which is said.
func TestForceKeepsRecording(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"record --for 300ms -o OUT", "snapshot --for 300ms --record OUT", "log --record OUT"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out := filepath.Join(dir, "lab.mcap")
			for _, file := range []string{out, out + ".notes"} {
				if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := append(strings.Fields(strings.Replace(command, "OUT", out, 1)), "--force", "-b", "mqtt://127.0.0.1:1")
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var errs strings.Builder
			code := cli.Run(ctx, args, cli.Environment{
				Stdout: io.Discard, Stderr: &errs, LookupEnv: func(string) (string, bool) { return "", false },
			})
			if want := "nothing was recorded; the older " + out + " stays as it was\n"; code == 0 || strings.Count(errs.String(), want) != 1 {
				t.Errorf("exit code %d: %s", code, errs.String())
			}
			if n := strings.Count(errs.String(), "refused the connection"); n != 1 {
				t.Errorf("the reason is told %d times: %s", n, errs.String())
			}
			for _, file := range []string{out, out + ".notes"} {
				if got, err := os.ReadFile(file); err != nil || string(got) != "precious" {
					t.Errorf("%v, %.20q", err, got)
				}
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
				t.Errorf("%v, %v", left, err)
			}
		})
	}
}
