package cli

import (
	"errors"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// keyboard is where keys come from, one by one while its line is raw.
type keyboard struct {
	input  io.Reader
	before *term.State // of the line; nil while it is not raw
}

// keyboard is stdin, or the terminal itself when stdin is something else.
func (a *app) keyboard() (*keyboard, error) {
	if a.env.StdinTerminal {
		return &keyboard{input: a.env.Stdin}, nil
	}
	input, _, err := tea.OpenTTY()
	if err != nil {
		return nil, errors.New("the dashboard needs a keyboard: run it in a terminal, or use --plain")
	}
	return &keyboard{input: input}, nil
}

// raw makes the line raw: a key comes at once, and does nothing by itself.
func (k *keyboard) raw() (err error) {
	terminal, ok := k.input.(term.File)
	if !ok {
		return nil
	}
	if k.before, err = term.MakeRaw(terminal.Fd()); err != nil {
		return fmt.Errorf("setting the terminal: %w", err)
	}
	return nil
}

// restore makes the line what it was before raw.
func (k *keyboard) restore() {
	if terminal, ok := k.input.(term.File); ok && k.before != nil {
		_ = term.Restore(terminal.Fd(), k.before) // it may be gone
		k.before = nil
	}
}
