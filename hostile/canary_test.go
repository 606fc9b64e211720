package hostile_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"labtop/testkit/authority"
)

// canary is a password that is looked for everywhere. It has what URLs, JSON and YAML
// write differently.
const canary = `c4nary/"s3cret"%+é`

// shows says whether text holds the canary or a good part of it, in any writing.
func shows(text []byte) bool {
	for _, form := range []string{
		canary, "c4nary", "s3cret", url.QueryEscape(canary), url.PathEscape(canary), strconv.QuoteToASCII(canary),
		base64.StdEncoding.EncodeToString([]byte(canary)), base64.RawURLEncoding.EncodeToString([]byte(canary)),
	} {
		if bytes.Contains(text, []byte(form)) {
			return true
		}
	}
	return false
}

// hidden reports the canary in a text.
func hidden(t *testing.T, what string, text []byte) {
	t.Helper()
	if shows(text) {
		t.Errorf("%s shows the password: %.2000q", what, text)
	}
}

// told says how often a client has said the canary to the broker.
func (b *broker) told() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, login := range b.logins {
		if bytes.HasSuffix(login, []byte(canary)) {
			n++
		}
	}
	return n
}

// keeper is a way to give the password.
type keeper struct {
	name string
	args func(t *testing.T) []string
	env  []string
}

func keepers() []keeper {
	write := func(t *testing.T, name, content string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return []keeper{
		{name: "environment", env: []string{"LABTOP_PASSWORD=" + canary}, args: func(*testing.T) []string { return nil }},
		{name: "file", args: func(t *testing.T) []string {
			t.Helper()
			return []string{"--password-file", write(t, "password", canary+"\n")}
		}},
		{name: "command", args: func(t *testing.T) []string {
			t.Helper()
			return []string{"-c", write(t, "config.yaml", "password_command: [cat, "+quoted(write(t, "password", canary+"\n"))+"]\n")}
		}},
	}
}

// everythingWritten are all files below the folders that the binary may write to.
func everythingWritten(t *testing.T, cmd *exec.Cmd) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, variable := range cmd.Env {
		name, dir, _ := strings.Cut(variable, "=")
		if name != "HOME" && name != "TMPDIR" {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	return files
}

// TestCanaryOutputs runs the commands with a password and looks for it in all that
// they print and write. The broker has got it, or refuses it.
func TestCanaryOutputs(t *testing.T) {
	t.Parallel()
	for _, k := range keepers() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for _, code := range []byte{0, 5} {
				b := serve(t, &broker{messages: newScene().messages, code: code})
				recorded := filepath.Join(t.TempDir(), "lab.mcap")
				commands := [][]string{
					{"snapshot", "--for", "1s"},
					{"snapshot", "--json", "--for", "1s"},
					{"doctor", "--connect-timeout", "10s"},
					{"doctor", "--json", "--connect-timeout", "10s"},
					{"record", "-o", recorded, "--for", "1s"},
					{"export", recorded, "--format", "ndjson"},
					{"publish", "a/b", "c", "--connect-timeout", "10s"},
					{"config", "show"},
					{"config", "check"},
					{"version"},
					{"snapshot", "--fps", "x"},
					{"snapshot", "--for", "1s", "-b", "wss://" + b.Addr},
				}
				for _, command := range commands {
					cmd := labtop(t, append(command, k.args(t)...)...)
					log := filepath.Join(t.TempDir(), "log")
					cmd.Env = append(cmd.Env, k.env...)
					cmd.Env = append(cmd.Env, "LABTOP_USERNAME=u", "LABTOP_LOG_FILE="+log)
					if !strings.Contains(strings.Join(command, " "), "-b ") {
						cmd.Env = append(cmd.Env, "LABTOP_BROKER="+b.Addr)
					}
					output, err := cmd.CombinedOutput()
					if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
						t.Fatal(err)
					}
					hidden(t, strings.Join(command, " "), output)
					if text, err := os.ReadFile(log); err == nil {
						hidden(t, "the log file of "+command[0], text)
					}
					for path, text := range everythingWritten(t, cmd) {
						hidden(t, path, text)
					}
				}
				if text, err := os.ReadFile(recorded); err != nil {
					t.Error(err)
				} else {
					hidden(t, "the recording", text)
				}
				if b.told() != 6 {
					t.Errorf("code %d: the broker was told the password %d times", code, b.told())
				}
			}
		})
	}
}

// TestCanaryInURL: a password in a URL is refused without a word of it.
func TestCanaryInURL(t *testing.T) {
	t.Parallel()
	for _, broker := range []string{"mqtt://u:" + canary + "@127.0.0.1:1", "u:" + canary + "@127.0.0.1", "ws://127.0.0.1:1/mqtt?token=" + canary, "mqtt://127.0.0.1:1/" + url.PathEscape(canary) + "@x"} {
		for _, command := range [][]string{{"snapshot", "--for", "100ms"}, {"snapshot", "--json", "--for", "100ms"}, {"config", "show"}} {
			cmd := labtop(t, command...)
			log := filepath.Join(t.TempDir(), "log")
			cmd.Env = append(cmd.Env, "LABTOP_BROKER="+broker, "LABTOP_LOG_FILE="+log)
			output, _ := cmd.CombinedOutput() // most end with an error
			hidden(t, strings.Join(command, " ")+" with "+broker, output)
			if text, err := os.ReadFile(log); err == nil {
				hidden(t, "the log file", text)
			}
		}
	}
}

// TestCanaryOnScreen walks through the screens with a password, and looks for it there,
// in the process's command line, and in the stacks that a quit leaves.
func TestCanaryOnScreen(t *testing.T) {
	t.Parallel()
	for _, k := range keepers() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, &broker{messages: sayable(newScene())})
			s := startWith(t, append(k.env, "LABTOP_BROKER="+b.Addr, "LABTOP_USERNAME=u"), k.args(t)...)
			s.walk()
			if b.told() != 1 {
				t.Errorf("the broker was told the password %d times", b.told())
			}
			if line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "cmdline")); err == nil {
				hidden(t, "the command line", line)
			} else if !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
				t.Fatal(err)
			}
			_ = s.cmd.Wait() // with the code of the signal
			<-s.ended
			if code := s.cmd.ProcessState.ExitCode(); code != 131 {
				t.Errorf("exit code %d", code)
			}
			hidden(t, "the screen", s.written())
			files := everythingWritten(t, s.cmd)
			stacks := 0
			for path, text := range files {
				hidden(t, path, text)
				if bytes.Contains(text, []byte("goroutine ")) {
					stacks++
				}
			}
			if stacks != 1 {
				t.Errorf("%d files with stacks among %d", stacks, len(files))
			}
		})
	}
}

// TestCanaryInCrash ends the program as a fatal error of the runtime does, and looks
// for the password in what it prints.
func TestCanaryInCrash(t *testing.T) {
	t.Parallel()
	for _, k := range keepers() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, &broker{messages: newScene().messages})
			cmd := labtop(t, append([]string{"log", "-b", b.Addr, "-u", "u"}, k.args(t)...)...)
			cmd.Env = append(append(cmd.Env, k.env...), "GOTRACEBACK=all")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := stdout.Read(make([]byte, 1)); err != nil { // it is connected
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // it was killed
			if !strings.Contains(stderr.String(), "goroutine ") || b.told() != 1 {
				t.Errorf("no stacks, or no password told: %q", stderr.String())
			}
			hidden(t, "the crash", stderr.Bytes())
		})
	}
}

// TestCanaryOfKeys has an encrypted client key whose password is looked for, and so is
// the key itself.
func TestCanaryOfKeys(t *testing.T) {
	t.Parallel()
	cert, key := authority.New(t, t.TempDir(), "lab").Issue(t, "me", -time.Hour, time.Hour)
	encrypted := authority.Encrypt(t, key, canary, false)
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	b := serve(t, &broker{messages: newScene().messages})
	for _, command := range [][]string{
		{"doctor"},
		{"doctor", "--json"},
		{"snapshot", "--for", "300ms"},
		{"snapshot", "--json", "--for", "300ms"},
		{"publish", "a", "b"},
		{"config", "show"},
		{"config", "check"},
		{"log", "--fps", "x"},
	} {
		cmd := labtop(t, append(command, "-b", "mqtts://"+b.Addr, "--cert-file", cert, "--key-file", encrypted, "--connect-timeout", "2s")...)
		cmd.Env = append(cmd.Env, "LABTOP_KEY_PASSWORD="+canary, "LABTOP_LOG_FILE="+filepath.Join(t.TempDir(), "log"))
		output, _ := cmd.CombinedOutput() // most end with an error
		hidden(t, strings.Join(command, " "), output)
		for _, line := range strings.Split(string(text), "\n") {
			if len(line) > 20 && !strings.HasPrefix(line, "-----") && strings.Contains(string(output), line) {
				t.Errorf("%v shows the key", command)
			}
		}
		for path, text := range everythingWritten(t, cmd) {
			hidden(t, path, text)
		}
	}
}
