package hostile_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/testkit/binary"
	"labtop/ui"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // frames show the time of day
	os.Exit(binary.Main(m))
}

// place is a screen where text from outside is shown.
type place struct {
	name          string
	width, height int
	ascii         bool
	keys          []string
	payloads      payloads
}

// payloads is how a place shows payloads besides the values in them.
type payloads uint8

const (
	notShown  payloads = iota
	asText             // JSON with its escapes
	asWritten          // in hex or quotes: a neutral one looks different
)

// places is the table of screens. One that is new is one line more.
func places() []place {
	return []place{
		{name: "devices 80x24", width: 80, height: 24},
		{name: "devices 40x8", width: 40, height: 8},
		{name: "devices with detail 120x40", width: 120, height: 40, payloads: asText},
		{name: "devices beside detail 200x60", width: 200, height: 60, payloads: asText},
		{name: "devices in ASCII", width: 120, height: 40, ascii: true, payloads: asText},
		{name: "devices folded", width: 80, height: 24, keys: []string{"H"}},
		{name: "devices starred, by state", width: 80, height: 24, keys: []string{"s", "o"}},
		{name: "detail, text", width: 100, height: 30, keys: []string{"enter"}, payloads: asText},
		{name: "detail, JSON tree", width: 100, height: 30, keys: []string{"enter", "x"}, payloads: asWritten},
		{name: "detail, hex", width: 100, height: 30, keys: []string{"enter", "x", "x"}, payloads: asWritten},
		{name: "detail, compared", width: 120, height: 40, keys: []string{"m", "j", "enter"}, payloads: asText},
		{name: "help", width: 120, height: 40, keys: []string{"?"}},
		{name: "filter entry", width: 100, height: 30, keys: []string{"/"}},
		{name: "filter kept", width: 100, height: 30, keys: []string{"/", "enter"}},
		{name: "paused", width: 100, height: 30, keys: []string{"space"}},
		{name: "value copied", width: 100, height: 30, keys: []string{"y"}},
		{name: "topic copied", width: 100, height: 30, keys: []string{"Y"}},
	}
}

// screen drives a viewer as Bubble Tea would, without a terminal and without
// waiting.
type screen struct {
	app    tea.Model
	copied []string
}

// show opens a place on a scene.
func show(t testing.TB, p place, s *scene) *screen {
	t.Helper()
	opts := s.options(t)
	opts.ASCII = p.ascii
	v := &screen{app: ui.New(opts)}
	v.run(v.app.Init())
	v.send(tea.WindowSizeMsg{Width: p.width, Height: p.height})
	if s.typed != "" {
		v.press("/")
		v.send(tea.PasteMsg{Content: s.typed})
		v.press("enter")
	}
	v.press(p.keys...)
	return v
}

func (v *screen) send(msg tea.Msg) {
	var cmd tea.Cmd
	v.app, cmd = v.app.Update(msg)
	v.run(cmd)
}

func (v *screen) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			v.run(c)
		}
	default:
		switch kind := fmt.Sprintf("%T", msg); {
		case strings.HasPrefix(kind, "ui."):
			v.send(msg)
		case strings.Contains(strings.ToLower(kind), "clipboard"):
			v.copied = append(v.copied, fmt.Sprint(msg))
		}
	}
}

var named = map[string]tea.KeyPressMsg{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "space": {Code: tea.KeySpace, Text: " "},
}

func (v *screen) press(keys ...string) {
	for _, k := range keys {
		msg, ok := named[k]
		if !ok {
			msg = tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		}
		v.send(msg)
	}
}

// frame is the picture with its colours.
func (v *screen) frame() string { return v.app.View().Content }

// title is the window's title.
func (v *screen) title() string { return v.app.View().WindowTitle }
