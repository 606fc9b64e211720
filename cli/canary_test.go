package cli

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// No output may show a password, wherever it was put.
func TestCanary(t *testing.T) {
	t.Parallel()
	const canary = "c4nary-s3cret"
	secretFile := filepath.Join(t.TempDir(), "password")
	writeFile(t, secretFile, canary+"\n")
	files := map[string]string{
		"none":     "username: u\n",
		"command":  "username: u\npassword_command: [printf, " + canary + "]\n",
		"failing":  "username: u\npassword_command: [sh, -c, 'echo " + canary + "; echo " + canary + " >&2; exit 1']\n",
		"plain":    "password: " + canary + "\n",
		"in url":   "broker: mqtt://user:" + canary + "@host\n",
		"bad url":  "broker: ws://user:" + canary + "@ho st:x/\n",
		"flat url": "broker: user:" + canary + "@host\n",
		"by file":  "username: u\npassword_file: " + secretFile + "\n",
		"no user":  "password_file: " + secretFile + "\n",
	}
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "config.yaml")
			writeFile(t, path, content)
			for _, password := range []string{"", canary} {
				for _, args := range [][]string{{"probe"}, {"config", "show"}, {"config", "check"}, {"version"}, {"probe", "--fps", "x"}} {
					if output := probe(t, password, append(args, "-c", path)); strings.Contains(output, canary) {
						t.Errorf("%v shows the password: %s", args, output)
					}
				}
			}
		})
	}
}

// probe runs a command line with a password in the environment and returns all
// that is printed. "probe" is a command that connects and prints its config.
func probe(t *testing.T, password string, args []string) string {
	t.Helper()
	var output bytes.Buffer
	a := &app{env: Environment{Stdout: &output, Stderr: &output, LookupEnv: func(name string) (string, bool) {
		if name != "LABTOP_PASSWORD" {
			return "", false
		}
		return password, true
	}}.withDefaults()}
	root := newRoot(a)
	root.AddCommand(&cobra.Command{Use: "probe", RunE: a.connecting(func(_ context.Context, a *app, c *Config, _ []string) error {
		return a.print(fmt.Sprintf("%v %+v %#v", c, *c, *c))
	})})
	root.SetArgs(args)
	root.SetOut(&output)
	root.SetErr(&output)
	if err := root.ExecuteContext(t.Context()); err != nil {
		say(&output, err.Error())
	}
	return output.String()
}
