package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/term"

	"labtop/crash"
	"labtop/safetext"
)

// errNoTerminal says that nobody can be asked.
var errNoTerminal = errors.New("there is no terminal to ask on; name a file that holds the password")

// ask asks for a secret on the terminal, which does not show what is typed. When ctx is
// done the terminal is given back as it was.
func (a *app) ask(ctx context.Context, what string) (Secret, error) {
	terminal, ok := a.env.Stdin.(term.File)
	if !ok || !a.env.StdinTerminal {
		return "", errNoTerminal
	}
	state, err := term.GetState(terminal.Fd())
	if err != nil {
		return "", fmt.Errorf("asking on the terminal: %w", err)
	}
	_, _ = fmt.Fprint(a.env.Stderr, safetext.Clean(what)+": ")
	defer func() { _, _ = fmt.Fprintln(a.env.Stderr) }()
	type answer struct {
		text Secret
		err  error
	}
	answered := make(chan answer, 1)
	go crash.Guarded(a.fail, func() {
		text, err := term.ReadPassword(terminal.Fd())
		answered <- answer{Secret(text), err}
	})()
	select {
	case got := <-answered:
		switch {
		case got.err != nil:
			return "", fmt.Errorf("nothing was typed: %w", got.err)
		case got.text == "":
			return "", errors.New("nothing was typed")
		}
		return got.text, nil
	case <-ctx.Done():
		_ = term.Restore(terminal.Fd(), state)
		return "", context.Canceled
	}
}

// askYes asks a question on the terminal; only y or yes says that it is so.
func (a *app) askYes(ctx context.Context, question string) (bool, error) {
	_, _ = fmt.Fprint(a.env.Stderr, safetext.Clean(question)+" y/N ")
	answered := make(chan string, 1)
	go crash.Guarded(a.fail, func() {
		line, _ := bufio.NewReader(a.env.Stdin).ReadString('\n') // none is a no
		answered <- strings.ToLower(strings.TrimSpace(line))
	})()
	select {
	case line := <-answered:
		return line == "y" || line == "yes", nil
	case <-ctx.Done():
		_, _ = fmt.Fprintln(a.env.Stderr)
		say(a.env.Stderr, "interrupted: nothing was cleared")
		return false, context.Canceled
	}
}
