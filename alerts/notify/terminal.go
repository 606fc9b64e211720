package notify

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"labtop/safetext"
)

// maxDesktop is how many characters of a text a desktop notification has at most.
const maxDesktop = 200

// ErrNoScreen says that there is no terminal to ring at.
var ErrNoScreen = errors.New("there is no screen to show it on")

var errBusyScreen = errors.New("the terminal takes no output at the moment")

// Terminal writes a control sequence to a terminal, whole and between two
// pictures, never within one. It returns at once; false says that the terminal
// cannot take it now.
type Terminal interface {
	WriteAside(sequence []byte) bool
}

// Screen is the terminal of a program that may have none yet, or none any more.
// The zero value has none. Its methods may be called from any goroutine.
type Screen struct{ at atomic.Pointer[Terminal] }

// Show says that t is the terminal from now on, nil that there is none.
func (s *Screen) Show(t Terminal) {
	if t == nil {
		s.at.Store(nil)
		return
	}
	s.at.Store(&t)
}

func (s *Screen) write(sequence string) error {
	t := s.at.Load()
	switch {
	case t == nil:
		return ErrNoScreen
	case !(*t).WriteAside([]byte(sequence)):
		return errBusyScreen
	}
	return nil
}

// Bell rings the terminal's bell.
type Bell struct{ Screen *Screen }

// Send implements [Sender].
func (b *Bell) Send(context.Context, *Message) error { return b.Screen.write("\a") }

// Desktop shows a notification on the desktop that the terminal is on, also
// through SSH: terminals take it from the sequences OSC 9 or OSC 777.
type Desktop struct {
	Screen *Screen
	// OSC9 and OSC777 say which sequences to send. A terminal that knows both
	// shows two notifications.
	OSC9, OSC777 bool
	// Tmux wraps the sequences so that tmux hands them on, which it does with
	// allow-passthrough on.
	Tmux bool
}

// DesktopFor chooses the sequences by the variables that terminals set (get
// returns one): one where it is known which the terminal takes, else both.
func DesktopFor(get func(string) string) Desktop {
	d := Desktop{Tmux: get("TMUX") != ""}
	term := get("TERM")
	program := strings.ToLower(get("TERM_PROGRAM"))
	switch {
	case strings.HasPrefix(term, "rxvt"), strings.HasPrefix(term, "foot"):
		d.OSC777 = true
	case program == "iterm.app", program == "wezterm", program == "ghostty", get("WT_SESSION") != "",
		strings.HasPrefix(term, "xterm-kitty"), strings.HasPrefix(term, "xterm-ghostty"), strings.HasPrefix(term, "wezterm"):
		d.OSC9 = true
	default:
		d.OSC9, d.OSC777 = true, true
	}
	return d
}

// Send implements [Sender].
func (d *Desktop) Send(_ context.Context, m *Message) error {
	// The semicolon separates the fields of both sequences.
	text := strings.ReplaceAll(safetext.Clean(m.oneLine(maxDesktop-len("labtop: "))), ";", ",")
	var sequence string
	if d.OSC9 {
		// It begins with a word: a number would be one of ConEmu's commands.
		sequence += d.wrap("\x1b]9;labtop: " + text + "\a")
	}
	if d.OSC777 {
		sequence += d.wrap("\x1b]777;notify;labtop;" + text + "\a")
	}
	return d.Screen.write(sequence)
}

// wrap makes tmux hand a sequence on to the terminal around it (tmux(1),
// allow-passthrough).
func (d *Desktop) wrap(sequence string) string {
	if !d.Tmux {
		return sequence
	}
	return "\x1bPtmux;" + strings.ReplaceAll(sequence, "\x1b", "\x1b\x1b") + "\x1b\\"
}
