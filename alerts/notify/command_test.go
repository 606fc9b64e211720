//go:build unix

package notify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/testkit/oracle"
)

// script writes a program of the shell and returns its path.
func script(t *testing.T, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hook")
	// Forked children of other tests may hold a file that is written to open for a
	// moment, so a shell reads it instead of the system running it.
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sh(path string, args ...string) *notify.Command {
	return &notify.Command{
		Runner: notify.NewRunner(), Argv: append([]string{"sh", path}, args...), Timeout: time.Minute,
		Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=/", "LABTOP_PASSWORD=c4nary", "LABTOP_BROKER=x"},
	}
}

const dump = `cat > "$1/stdin"; env -0 > "$1/env"; printf %s "$#" > "$1/argc"`

// variables reads what env -0 wrote.
func variables(t *testing.T, dir string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "env"))
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{}
	for _, v := range strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00") {
		name, value, _ := strings.Cut(v, "=")
		if _, twice := vars[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		vars[name] = value
	}
	return vars
}

func TestCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var s seq
	a := s.fire("too-hot", "lab2", alerts.Critical)
	a.Alert.Notify = []string{"one"}
	if got := through(t, notify.Channel{Sender: sh(script(t, dump), dir)}, a); got.Sent != 1 {
		t.Fatalf("status %+v", got)
	}
	vars := variables(t, dir)
	for name, want := range map[string]string{
		"RULE": "too-hot", "STATE": "firing", "SEVERITY": "critical", "DEVICE": "iotclass/lab2", "NAME": "lab2",
		"METRIC": "temperature", "TOPIC": "iotclass/lab2/temperature", "VALUE": "31.8", "UNIT": "°C", "MORE": "0",
		"TITLE": "labtop: critical: too-hot on lab2", "SUMMARY": "above 30 °C for 10 s",
	} {
		if got := vars["LABTOP_ALERT_"+name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for name := range vars {
		if strings.HasPrefix(name, "LABTOP_") && !strings.HasPrefix(name, "LABTOP_ALERT_") {
			t.Errorf("the program got %s", name)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Title  string
		Alerts []struct {
			Rule, State, Severity, Device string
			Value                         float64
		}
	}
	if err := json.Unmarshal(text, &m); err != nil || len(m.Alerts) != 1 || m.Alerts[0].Rule != "too-hot" || m.Alerts[0].Value != 31.8 {
		t.Errorf("stdin %s: %v", text, err)
	}
}

// Payloads full of shell syntax, line ends and NULs run nothing (bar S10).
func TestCommandInjection(t *testing.T) {
	t.Parallel()
	path := script(t, dump)
	for _, text := range append(injections(), strings.Repeat("x", 1<<20)) {
		dir := t.TempDir()
		if got := through(t, notify.Channel{Sender: sh(path, dir)}, poisoned(text)); got.Sent != 1 {
			t.Fatalf("%.40q: status %+v", text, got)
		}
		unharmed(t, dir, "stdin", "env", "argc")
		vars, size := variables(t, dir), 0
		for name, value := range vars {
			if !strings.HasPrefix(name, "LABTOP_ALERT_") {
				if name != "PATH" && name != "HOME" && name != "PWD" && name != "OLDPWD" && name != "_" && name != "SHLVL" {
					t.Errorf("%.40q: a variable %q", text, name)
				}
				continue
			}
			size += len(name) + len(value) + 2
			if found := oracle.ScanText([]byte(value)); len(found) > 0 || strings.Contains(value, "\n") {
				t.Errorf("%.40q: %s: %v", text, name, found)
			}
		}
		if size > 4096 {
			t.Errorf("%.40q: %d bytes of variables", text, size)
		}
		if argc, _ := os.ReadFile(filepath.Join(dir, "argc")); string(argc) != "1" {
			t.Errorf("%.40q: %s arguments", text, argc)
		}
		stdin, err := os.ReadFile(filepath.Join(dir, "stdin"))
		if err != nil || !json.Valid(stdin) || len(stdin) > 64<<10 {
			t.Errorf("%.40q: stdin has %d bytes: %v", text, len(stdin), err)
		}
		if found := oracle.ScanText(stdin); len(found) > 0 {
			t.Errorf("%.40q: stdin: %v", text, found)
		}
	}
}

// A program that hangs is killed with all that it started.
func TestCommandGroupIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	who := filepath.Join(dir, "who")
	c := sh(script(t, `sleep 1000 & echo $! $$ > "$1/new"; mv "$1/new" "$1/who"; trap '' TERM; wait; sleep 1000`), dir)
	for c.Timeout = time.Second; ; c.Timeout *= 2 { // until the script has had the time to say who is there
		got := through(t, notify.Channel{Sender: c}, poisoned("r"))
		if got.Failed != 1 || got.LastError != "sh failed: it was killed after "+c.Timeout.String() {
			t.Fatalf("status %+v", got)
		}
		if _, err := os.Stat(who); err == nil {
			break
		}
	}
	text, err := os.ReadFile(who)
	if err != nil {
		t.Fatal(err)
	}
	for i, pid := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); alive(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("the %s still runs", []string{"child", "parent"}[i])
				break
			}
		}
	}
}

// alive says whether a process runs; one that has ended and waits for its parent
// to notice does not.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// Only the last line of what a program complains is kept, made safe to print; what
// it prints is not.
func TestCommandFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ lines, want string }{
		"code":     {"exit 3", "sh failed: exit status 3"},
		"stderr":   {`echo first >&2; printf 'no \033[31mroute\n\n' >&2; exit 1`, "sh failed: exit status 1: no ␛[31mroute"},
		"stdout":   {`echo secret; exit 1`, "sh failed: exit status 1"},
		"flood":    {`i=0; while [ $i -lt 20000 ]; do echo "0123456789" >&2; i=$((i+1)); done; echo end >&2; exit 1`, "sh failed: exit status 1: end"},
		"deaf":     {"exec 0<&-; exit 0", ""},
		"succeeds": {"echo fine >&2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := through(t, notify.Channel{Sender: sh(script(t, c.lines))}, poisoned("r"))
			if got.LastError != c.want || (got.Failed == 0) != (c.want == "") {
				t.Errorf("status %+v", got)
			}
		})
	}
	c := sh("")
	c.Argv = []string{"/nowhere/hook", "--token=c4nary"}
	if got := through(t, notify.Channel{Sender: c}, poisoned("r")); got.Failed != 1 || strings.Contains(got.LastError, "c4nary") {
		t.Errorf("status %+v", got)
	}
}

// At most four programs of one runner run at once.
func TestCommandsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Each program counts those that run beside it, and waits until the test lets
	// them end.
	path := script(t, `mkdir "$1/$$"; ls "$1" | grep -c '^[0-9]' >> "$1/counts"; read line < "$1/gate"; rmdir "$1/$$"`)
	gate := filepath.Join(dir, "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Skipf("no FIFOs: %v", err)
	}
	runner := notify.NewRunner()
	var channels []notify.Channel
	var names []string
	for i := range 12 {
		c := sh(path, dir)
		c.Runner = runner
		name := fmt.Sprint("c", i)
		channels, names = append(channels, notify.Channel{Name: name, Sender: c}), append(names, name)
	}
	d := notify.New(channels, nil)
	a := poisoned("r")
	a.Alert.Notify = names
	d.Tell(a)
	var closed sync.WaitGroup
	closed.Go(func() { d.Close(time.Minute) })
	writer, err := os.OpenFile(gate, os.O_RDWR, 0) // of both ends, so that nobody waits for the other
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) { // four are at the gate
		counts, _ := os.ReadFile(filepath.Join(dir, "counts"))
		if strings.Count(string(counts), "\n") >= 4 || time.Now().After(deadline) {
			break
		}
	}
	for range 12 {
		if _, err := writer.WriteString("go\n"); err != nil {
			t.Fatal(err)
		}
	}
	closed.Wait()
	counts, err := os.ReadFile(filepath.Join(dir, "counts"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(counts))
	if len(lines) != 12 {
		t.Errorf("%d programs ran", len(lines))
	}
	for _, n := range lines {
		if k, _ := strconv.Atoi(n); k > 4 {
			t.Errorf("%d ran at once", k)
		}
	}
}
