package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func loadText(t *testing.T, content string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, path, content)
	c, err := fileAlone(func(name string) (string, bool) { return map[string]string{"HOME": "/home/u"}[name], true }, path, "").load()
	if err != nil {
		err = fmt.Errorf("%s", strings.TrimPrefix(err.Error(), path+":"))
	}
	return c, err
}

func TestChannels(t *testing.T) {
	t.Parallel()
	c, err := loadText(t, `
notify:
  phone:
    webhook: {url: "https://hooks.example/c4nary?c4nary", headers: {Authorization: {file: token}, X-Lab: {env: LAB}, X-Plain: c4nary}, ca_file: ~/ca.crt, allow_private: true}
    every: 1m
    per_minute: 3
  desk: {desktop: {method: osc777}, default: true}
  desktop: {desktop: {method: osc9}}
  light: {command: [light, --token=c4nary]}
  other: {command: {argv: [other]}}
  states: {mqtt: {topic: lab/alerts/}}
  usual: {mqtt: }
  pager: {alertmanager: {url: {file: /etc/pager}}}
alerts:
  - {name: hot, metric: t, above: 1, notify: [phone, bell, desktop, pager]}
`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "phone (webhook https://hooks.example), desk (desktop), desktop (desktop), light (command light), other (command other), " +
		"states (mqtt lab/alerts), usual (mqtt labtop/alerts), pager (alertmanager ***)"
	if diff := cmp.Diff(want, channels().show(c)); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprintf("%v %+v %#v", c, *c, *c); strings.Contains(got, "c4nary") {
		t.Errorf("shows a secret: %s", got)
	}
	phone := c.Channels[0]
	if got := phone.headers["Authorization"].file; got != filepath.Join(filepath.Dir(c.File), "token") {
		t.Errorf("the token is in %q", got)
	}
	if phone.caFile != "/home/u/ca.crt" || phone.every.Seconds() != 60 || phone.perMinute != 3 || !phone.allowPrivate {
		t.Errorf("phone is %+v", phone)
	}
	if diff := cmp.Diff([]string{"bell", "phone", "desk", "desktop", "light", "other", "states", "usual", "pager"}, c.channelNames()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"labtop/alerts/#", "lab/alerts/#"}, c.alertTopics()); diff != "" {
		t.Error(diff)
	}
}

// TestBadChannels: each is refused with its place and what to write, and without
// what may be a secret.
func TestBadChannels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, content, want string }{
		{"no mapping", "notify: [bell]", `1:9: notify is a list; write a mapping of names, such as {phone: {webhook: {url: "https://…"}}}`},
		{"empty", "notify:", `1:1: notify has no value; give a mapping of names, such as {phone: {webhook: {url: "https://…"}}} or remove the key`},
		{"no kind", "notify: {phone: {}}", `1:10: the channel "phone" leads nowhere; give it one of bell, desktop, command, webhook, mqtt, alertmanager`},
		{"a word", "notify: {phone: webhook}", `1:17: phone is a single value; write a mapping such as {webhook: {url: "https://…"}}`},
		{"unknown kind", "notify: {phone: {webhok: {}}}", `1:18: unknown key "webhok"; did you mean "webhook"?`},
		{"far kind", "notify: {phone: {zzzzzz: {}}}", `1:18: unknown key "zzzzzz"; there are bell, desktop, command, webhook, mqtt, alertmanager, every, per_minute, default`},
		{"two kinds", "notify: {phone: {bell: {}, mqtt: {}}}", `1:28: mqtt after bell; a channel is one of them: make two`},
		{"name", `notify: {"a b": {bell: {}}}`, `1:10: "a b" is no name for a channel; write a word`},
		{"hostile name", `notify: {"a\eb": {bell: {}}}`, `1:10: "a\x1bb" is no name for a channel; write a word`},
		{"unknown key", "notify: {p: {webhook: {ulr: x}}}", `1:24: unknown key "ulr"; did you mean "url"?`},
		{"misplaced key", "notify: {p: {webhook: {every: 1m}}}", `1:24: unknown key "every"; it belongs beside webhook`},
		{"no keys", "notify: {p: {bell: {loud: true}}}", `1:21: unknown key "loud"; a bell takes none`},
		{"far key", "notify: {p: {mqtt: {zzz: 1}}}", `1:21: unknown key "zzz"; mqtt takes topic`},
		{"no url", "notify: {p: {webhook: {}}}", `1:14: the webhook "p" needs a url`},
		{"url", "notify: {p: {webhook: {url: c4nary}}}", `1:29: url: the URL must begin with http:// or https://`},
		{"url with a password", `notify: {p: {webhook: {url: "https://u:c4nary@h/"}}}`, `1:29: url: a user or password does not belong in the URL; give a header instead`},
		{"url of a list", "notify: {p: {webhook: {url: [c4nary]}}}", `1:29: url is a list; write a text, {file: PATH} or {env: NAME}`},
		{"secret of both", "notify: {p: {webhook: {url: {env: A, file: b}}}}", `1:29: write one of {file: PATH} and {env: NAME}`},
		{"secret of none", "notify: {p: {webhook: {url: {evn: A}}}}", `1:30: unknown key "evn"; write {file: PATH} or {env: NAME}`},
		{"header", `notify: {p: {webhook: {url: "http://h", headers: {"A B": c4nary}}}}`, `1:51: this is no name of a header; write one like Authorization`},
		{"header value", `notify: {p: {webhook: {url: "http://h", headers: {A: "c4nary\r\nB: c"}}}}`, `1:51: the header's value holds a control character; remove it`},
		{"headers", `notify: {p: {webhook: {url: "http://h", headers: [c4nary]}}}`, `1:50: headers is a list; write a mapping such as {Authorization: {env: LAB_TOKEN}}`},
		{"no program", "notify: {p: {command: []}}", `1:23: command: the command is empty; name a program`},
		{"shell line", "notify: {p: {command: echo c4nary | mail}}", `1:23: command is a single value; write a list of the program and its arguments, such as [notify-send, labtop]; no shell reads it`},
		{"no argv", "notify: {p: {command: {}}}", `1:14: the command "p" needs argv, the program with its arguments`},
		{"argument", "notify: {p: {command: [a, [b]]}}", `1:27: an element of command is a list; write a single value`},
		{"method", "notify: {p: {desktop: {method: osc8}}}", `1:32: method: "osc8" is none of auto, osc9, osc777, both; did you mean "osc9"?`},
		{"every", "notify: {p: {bell: {}, every: 10}}", `1:31: every: "10" has no unit; write "10s" for seconds`},
		{"too often", "notify: {p: {bell: {}, every: 1ms}}", `1:31: every: 1ms is out of range; write a duration from 1s to 24h`},
		{"per minute", "notify: {p: {bell: {}, per_minute: 0}}", `1:36: per_minute: "0" is out of range; write a number from 1 to 60`},
		{"topic", "notify: {p: {mqtt: {topic: a/+}}}", `1:28: topic: topic "a/+": holds a wildcard; # and + are for subscribing only`},
		{"system topic", "notify: {p: {mqtt: {topic: $SYS/a}}}", `1:28: topic: topics that begin with $ are the broker's own`},
		{"unknown channel", "notify: {phone: {bell: {}}}\nalerts: [{name: a, metric: t, above: 1, notify: [bell, phon]}]", `2:49: rule "a": notify: there is no channel "phon"; did you mean "phone"?`},
		{"far channel", "alerts: [{name: a, metric: t, above: 1, notify: zzz}]", `1:49: rule "a": notify: there is no channel "zzz"; there are bell, desktop`},
		{"twice", "notify: {p: {bell: {}}, p: {bell: {}}}", `1:25: mapping key "p" already defined at [1:10]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := loadText(t, tt.content)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "c4nary") {
				t.Errorf("shows a secret: %v", err)
			}
		})
	}
}

// TestTestNotify sends samples, and says how that went without a word of a secret.
func TestTestNotify(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
		if strings.HasPrefix(r.URL.Path, "/404") {
			http.Error(w, "c4nary", http.StatusNotFound)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "Bearer c4nary\n")
	path := filepath.Join(dir, "config.yaml")
	writeFile(t, path, strings.ReplaceAll(`
notify:
  phone: {webhook: {url: "URL/hook", headers: {Authorization: {file: token}}}}
  env: {webhook: {url: {env: LAB_HOOK}}}
  wrong: {webhook: {url: "URL/404/c4nary"}}
  unset: {webhook: {url: {env: LAB_NONE}}}
  fails: {command: [sh, -c, 'echo gone >&2; exit 7', c4nary]}
  works: {command: [sh, -c, 'cat > /dev/null', c4nary]}
  states: {mqtt: }
  secret: {webhook: {url: {file: nowhere}}}
`, "URL", server.URL))
	for _, tt := range []struct {
		name     string
		code     int
		want     string
		terminal bool
	}{
		{"phone", ExitOK, "phone (webhook " + server.URL + "): sent", false},
		{"env", ExitOK, "env (webhook ***): sent", false},
		{"works", ExitOK, "works (command sh): sent", false},
		{"wrong", ExitFailure, "wrong (webhook " + server.URL + "): " + server.URL + " answered 404 Not Found", false},
		{"fails", ExitFailure, "fails (command sh): sh failed: exit status 7: gone", false},
		{"unset", ExitUsage, path + ":6:26: the environment variable LAB_NONE is not set", false},
		{"secret", ExitUsage, path + ":10:27: cannot read the secret: open " + filepath.Join(dir, "nowhere") + ": no such file or directory", false},
		{"phon", ExitUsage, `there is no channel "phon"; did you mean "phone"?`, false},
		{"bell", ExitFailure, "bell (bell): there is no screen to show it on", false},
		{"bell", ExitOK, "\abell (bell): sent", true},
		{"desktop", ExitOK, "\x1b]9;labtop: warning: test-notify on labtop: a sample of a notification: nothing is wrong\adesktop (desktop): sent", true},
		{"states", ExitFailure, "states (mqtt labtop/alerts): mqtt://127.0.0.1:1 refused the connection", false},
	} {
		var out bytes.Buffer
		a := &app{env: Environment{Stdout: &out, Stderr: &out, StdoutTerminal: tt.terminal, LookupEnv: func(name string) (string, bool) {
			v, ok := map[string]string{"LAB_HOOK": server.URL + "/c4nary", "TERM": "xterm-kitty", "LABTOP_BROKER": "mqtt://127.0.0.1:1"}[name]
			return v, ok
		}}.withDefaults()}
		root := newRoot(a)
		root.SetArgs([]string{"alerts", "test-notify", tt.name, "-c", path})
		root.SetOut(&out)
		root.SetErr(&out)
		err := root.ExecuteContext(t.Context())
		text := out.String()
		if err != nil {
			text += err.Error()
		}
		if exitCode(err) != tt.code || !strings.HasPrefix(text, tt.want) || strings.Contains(text, "c4nary") {
			t.Errorf("%s: exit %d, %q, want %d, %q", tt.name, exitCode(err), text, tt.code, tt.want)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 3 || !strings.HasPrefix(got[0], `/hook Bearer c4nary {"time":`) || !strings.HasPrefix(got[1], "/c4nary  {") {
		t.Errorf("the server got %q", got)
	}
}

// TestReadOnlyPublishesNothing: also not the states of alerts.
func TestReadOnlyPublishesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, path, "read_only: true\nnotify: {states: {mqtt: }}\n")
	if got := probe(t, "", []string{"alerts", "test-notify", "states", "-c", path}); !strings.Contains(got, "nothing is published in read-only mode") {
		t.Errorf("says %q", got)
	}
}

// TestChannelFiles: config check looks at the files that channels name.
func TestChannelFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "open"), "c4nary\n")
	writeFile(t, filepath.Join(dir, "no.pem"), "c4nary\n")
	for content, want := range map[string]string{
		"{webhook: {url: {file: nowhere}}}":                "cannot read the secret: stat ",
		"{webhook: {url: {file: .}}}":                      "is a directory; name a file",
		"{webhook: {url: \"http://h\", ca_file: nowhere}}": "cannot read the file: open ",
		"{webhook: {url: \"http://h\", ca_file: no.pem}}":  "holds no PEM certificate",
		"{webhook: {url: \"http://h\"}}":                   "ok: ",
	} {
		path := filepath.Join(dir, "config.yaml")
		writeFile(t, path, "notify: {p: "+content+"}\n")
		if got := probe(t, "", []string{"config", "check", path}); !strings.Contains(got, want) || strings.Contains(got, "c4nary") {
			t.Errorf("%s: says %q, want %q", content, got, want)
		}
	}
}
