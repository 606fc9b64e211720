// Package viewer drives the dashboard's model as Bubble Tea would, without a
// terminal and without waiting, for tests of what it shows.
//
// The contract: a [Viewer] belongs to one test's goroutine. The model's commands
// must not wait: give it a Done that is closed.
package viewer

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Viewer is a model and what it asked for.
type Viewer struct {
	Model tea.Model
	// Copied is what was put on the clipboard (OSC 52), in order.
	Copied []string
	// Quit says that the model has ended the program.
	Quit bool

	tb testing.TB
}

// Start starts a model on a screen of a size in cells.
func Start(tb testing.TB, m tea.Model, width, height int) *Viewer {
	tb.Helper()
	v := &Viewer{Model: m, tb: tb}
	v.run(m.Init())
	v.Send(tea.WindowSizeMsg{Width: width, Height: height})
	return v
}

// Send gives the model a message, and what its commands bring.
func (v *Viewer) Send(msg tea.Msg) {
	var cmd tea.Cmd
	v.Model, cmd = v.Model.Update(msg)
	v.run(cmd)
}

func (v *Viewer) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			v.run(c)
		}
	case tea.QuitMsg:
		v.Quit = true
	case tea.SuspendMsg:
	case tea.RawMsg:
		v.raw(fmt.Sprint(msg.Msg))
	default:
		v.Send(msg)
	}
}

// raw takes a sequence for the terminal.
func (v *Viewer) raw(sequence string) {
	v.tb.Helper()
	before, after, _ := strings.Cut(ansi.SetSystemClipboard("-"), base64.StdEncoding.EncodeToString([]byte("-")))
	encoded, begins := strings.CutPrefix(sequence, before)
	encoded, ends := strings.CutSuffix(encoded, after)
	text, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case begins && ends && err == nil:
		v.Copied = append(v.Copied, string(text))
	case sequence != ansi.RequestBackgroundColor:
		v.tb.Errorf("the terminal was sent %q", sequence)
	}
}

// named are the keys that are not a character.
var named = map[string]tea.KeyPressMsg{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab},
	"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
	"space": {Code: tea.KeySpace, Text: " "}, "backspace": {Code: tea.KeyBackspace},
	"shift+left": {Code: tea.KeyLeft, Mod: tea.ModShift}, "shift+right": {Code: tea.KeyRight, Mod: tea.ModShift},
	"ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "ctrl+z": {Code: 'z', Mod: tea.ModCtrl},
}

// Press sends keys by name, or as single characters.
func (v *Viewer) Press(keys ...string) {
	v.tb.Helper()
	for _, k := range keys {
		v.Send(Key(v.tb, k))
	}
}

// Key is a key by its name, or a single character.
func Key(tb testing.TB, name string) tea.KeyPressMsg {
	tb.Helper()
	msg, ok := named[name]
	if !ok {
		r := []rune(name)
		if len(r) != 1 {
			tb.Fatalf("no key is called %q", name)
		}
		msg = tea.KeyPressMsg{Code: r[0], Text: name}
	}
	return msg
}

// Frame is the picture with its colours.
func (v *Viewer) Frame() string { return v.Model.View().Content }

// Fits says whether a picture has exactly the size of the screen.
func Fits(frame string, width, height int) error {
	rows := strings.Split(frame, "\n")
	if len(rows) != height {
		return fmt.Errorf("%d rows on a screen of %d", len(rows), height)
	}
	for i, row := range rows {
		if w := ansi.StringWidthWc(row); w != width {
			return fmt.Errorf("row %d is %d cells wide on a screen of %d: %q", i, w, width, row)
		}
	}
	return nil
}
