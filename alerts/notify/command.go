package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"labtop/safetext"
)

const (
	commandTimeout = 10 * time.Second
	// commandsAtOnce is how many programs of one Runner run at a time.
	commandsAtOnce = 4
	// maxVariables is how many bytes all variables of an alert have together, and
	// maxComplaint how much of what a program writes to stderr is kept.
	maxVariables = 4 << 10
	maxComplaint = 4 << 10
)

// Runner bounds how many programs run at once; the channels of one dispatcher
// share it.
type Runner struct{ slots chan struct{} }

// NewRunner returns a Runner.
func NewRunner() *Runner { return &Runner{slots: make(chan struct{}, commandsAtOnce)} }

// Command runs a program, without a shell. It gets the message as JSON on its
// stdin, and the most urgent alert in variables whose names begin with
// LABTOP_ALERT_. Its output is ignored. After ten seconds it is killed, with all
// programs of its process group.
type Command struct {
	Runner *Runner
	// Argv is the program with its arguments; nothing of an alert enters it.
	Argv []string
	// Env is what the program inherits, as NAME=VALUE; labtop's own variables,
	// which may hold a password, are taken out.
	Env []string
	// Timeout is 10 s unless it is set.
	Timeout time.Duration
}

// Send implements [Sender].
func (c *Command) Send(ctx context.Context, m *Message) error {
	select {
	case c.Runner.slots <- struct{}{}:
		defer func() { <-c.Runner.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = commandTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it was killed after %s", timeout))
	defer cancel()
	complaint := &tail{}
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...) //nolint:gosec // the user names the program in the config
	cmd.Env = c.environment(m)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(m.JSON()), complaint
	cmd.WaitDelay = time.Second // for what it leaves in the background with its stderr
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case context.Cause(ctx) != nil:
		err = context.Cause(ctx)
	}
	if line := complaint.lastLine(); line != "" {
		return fmt.Errorf("%s failed: %w: %s", c.program(), err, line)
	}
	return fmt.Errorf("%s failed: %w", c.program(), err)
}

// program is the name of the program; the arguments may hold secrets.
func (c *Command) program() string { return safetext.CleanMax(c.Argv[0], maxName) }

// environment is what the program inherits and the variables of the most urgent
// alert, bounded. No value holds a NUL or a line end: they are safe to print.
func (c *Command) environment(m *Message) []string {
	env := slices.DeleteFunc(slices.Clone(c.Env), func(v string) bool { return strings.HasPrefix(v, "LABTOP_") })
	a := newAlertJSON(&m.lines[0].alert, m.lines[0].kind == fires)
	left := maxVariables
	for _, v := range [][2]string{
		{"STATE", a.State},
		{"SEVERITY", a.Severity},
		{"MORE", strconv.Itoa(len(m.lines) - 1)},
		{"RULE", a.Rule},
		{"DEVICE", a.Device},
		{"NAME", a.Name},
		{"METRIC", a.Metric},
		{"VALUE", safetext.CleanMax(valueText(&m.lines[0].alert), maxName)},
		{"UNIT", a.Unit},
		{"PATH", a.Path},
		{"TITLE", m.Title},
		{"SUMMARY", a.Summary},
		{"TOPIC", a.Topic},
		{"HELP", a.Help},
	} {
		prefix := "LABTOP_ALERT_" + v[0] + "="
		value := safetext.CleanMax(v[1], max(left-len(prefix)-1, 0))
		if left -= len(prefix) + len(value) + 1; left < 0 {
			break
		}
		env = append(env, prefix+value)
	}
	return env
}

// tail is a writer that keeps the last bytes.
type tail struct{ data []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p[max(len(p)-maxComplaint, 0):]...)
	if over := len(t.data) - maxComplaint; over > 0 {
		t.data = slices.Delete(t.data, 0, over)
	}
	return len(p), nil
}

// lastLine is the last line that is not blank, made safe to print.
func (t *tail) lastLine() string {
	lines := bytes.Split(bytes.TrimSpace(t.data), []byte("\n"))
	return safetext.CleanMax(string(bytes.TrimSpace(lines[len(lines)-1])), maxError/2)
}
