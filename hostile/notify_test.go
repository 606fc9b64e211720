package hostile_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"labtop/testkit/mosquitto"
)

// TestCanaryInNotifications: the secrets of channels reach whom they are for, and are
// in nothing that is printed, logged or handed to another program.
func TestCanaryInNotifications(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") == canary && strings.Contains(r.URL.Path, canary) {
			reached.Add(1)
		}
		http.Error(w, canary, http.StatusForbidden)
	}))
	defer server.Close()
	b := mosquitto.Start(t)
	dir := t.TempDir()
	token, got, log := filepath.Join(dir, "token"), filepath.Join(dir, "got"), filepath.Join(dir, "log")
	config := filepath.Join(dir, "config.yaml")
	for path, text := range map[string]string{
		token: canary + "\n",
		config: fmt.Sprintf(`
notify:
  phone: {webhook: {url: {env: LAB_HOOK}, headers: {X-Token: {file: token}}}, default: true}
  plain: {webhook: {url: %s}, default: true}
  hook: {command: [sh, -c, 'env > "$0"; echo no >&2; exit 1', %s, %s], default: true}
alerts: [{name: any, metric: temperature, above: 30}]
`, quoted(server.URL+"/"+url.PathEscape(canary)), quoted(got), quoted(canary)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := func(args ...string) []byte {
		cmd := labtop(t, append(args, "-c", config)...)
		cmd.Env = append(cmd.Env, "LABTOP_BROKER="+b.Addr, "LABTOP_USERNAME=u", "LABTOP_PASSWORD="+canary, "LABTOP_LOG_FILE="+log,
			"LAB_HOOK="+server.URL+"/"+url.PathEscape(canary))
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if args[0] == "--plain" { // until its alerts were told
			for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
				if said, err := labtop(t, "publish", "iotclass/lab1/temperature", "31", "-b", b.Addr).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, said)
				}
				text, _ := os.ReadFile(log)
				if strings.Count(string(text), "a notification failed") >= 3 {
					break
				}
			}
			_ = cmd.Process.Signal(os.Interrupt)
		}
		_ = cmd.Wait() // most end with an error
		return output.Bytes()
	}
	for _, args := range [][]string{
		{"config", "show"},
		{"config", "check"},
		{"alerts", "test-notify", "phone"},
		{"alerts", "test-notify", "plain"},
		{"alerts", "test-notify", "hook"},
		{"alerts", "test-notify", "hok"},
		{"--plain"},
	} {
		hidden(t, strings.Join(args, " "), command(args...))
	}
	text, err := os.ReadFile(log)
	if err != nil || strings.Count(string(text), "a notification failed") < 3 {
		t.Errorf("the log: %v: %s", err, text)
	}
	hidden(t, "the log", text)
	env, err := os.ReadFile(got)
	if err != nil || !bytes.Contains(env, []byte("LABTOP_ALERT_RULE=any")) {
		t.Errorf("the command got %q: %v", env, err)
	}
	for line := range bytes.Lines(env) { // LAB_HOOK is the user's own, and inherited
		if !bytes.HasPrefix(line, []byte("LAB_HOOK=")) {
			hidden(t, "the command's environment", line)
		}
	}
	if reached.Load() < 2 {
		t.Errorf("%d requests had the secrets", reached.Load())
	}
}
