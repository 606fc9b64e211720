package notify_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/testkit/attack"
)

// injections are texts that do something to a shell, a URL, a header, a topic or a
// terminal that takes them for more than text.
func injections() []string {
	texts := []string{
		"$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "&& touch pwned", "|| touch pwned",
		"\ntouch pwned\n", "\r\ntouch pwned", "' ; touch pwned ; '", "\" ; touch pwned ; \"", "$((`touch pwned`))",
		"${IFS}touch${IFS}pwned", "<(touch pwned)", "> pwned", ">> pwned", "< /etc/passwd", "& touch pwned &",
		"-rf", "--help", "-o pwned", "--config=pwned", "@pwned", "../../pwned", "/etc/passwd", "~/pwned",
		"\x00touch pwned", "a\x00b", "$PATH", "%PATH%", "%s%n%x", "{{.Env}}", "\\`touch pwned\\`", "!touch pwned",
		"LD_PRELOAD=pwned", "=pwned", "A=B\nPATH=/pwned",
		"X-Evil: 1\r\nHost: evil", "\r\n\r\nGET / HTTP/1.1", "http://evil/", "\",\"admin\":true,\"x\":\"", "\\u0000",
		"#", "+", "a/+/b", "a/#", "$SYS/x", "/", "//", "a/b/c", "",
		"\x1b]9;gotcha\a", "x\a\x1b]0;gotcha\a", ";gotcha;", "4;1;50", "\x1b\\\x1b]52;c;Z290Y2hh\a",
	}
	for _, c := range attack.Hostile() {
		texts = append(texts, c.Text)
	}
	return texts
}

// poisoned is an alert with a text in every field that a broker can fill.
func poisoned(text string) alerts.Transition {
	var s seq
	a := s.fire(text, "lab", alerts.Critical)
	a.Alert.Help, a.Alert.Summary, a.Alert.Text = text, text, text
	a.Alert.Value.Kind = 0
	a.Alert.Series = alerts.Series{Device: text, Name: text, Metric: text, Topic: text, Path: text, Unit: text}
	a.Alert.Notify = []string{"one"}
	return a
}

// through tells one alert through a channel and waits until it is told.
func through(t *testing.T, c notify.Channel, a alerts.Transition) notify.Status {
	t.Helper()
	c.Name = "one"
	d := notify.New([]notify.Channel{c}, nil)
	d.Tell(a)
	d.Close(time.Minute) // it tells what waits
	return d.Status()[0]
}

// unharmed fails when there is a file in the folder that a test did not put there.
func unharmed(t *testing.T, dir string, allowed ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, name := range allowed {
		known[name] = true
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("there is a new file %q in %s", e.Name(), filepath.Base(dir))
		}
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Error("the working directory has a new file")
	}
}
