package hostile_test

import (
	"os"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"labtop/testkit/binary"
	"labtop/testkit/viewer"
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
	// recorded says that the scene is one of a recording.
	recorded bool
	// recording says that the scene is being recorded, or was until the disk was full.
	recording bool
	// sizes says that the sizes of messages are shown, which are those of the text and
	// not of its looks.
	sizes bool
	// copiesTopic says that a topic is put on the clipboard, which is copied byte for
	// byte.
	copiesTopic bool
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
		{name: "topic copied", width: 100, height: 30, keys: []string{"Y"}, copiesTopic: true},
		{name: "topics 80x24", width: 80, height: 24, keys: []string{"2"}, payloads: asText},
		{name: "topics 40x8", width: 40, height: 8, keys: []string{"2"}, payloads: asText},
		{name: "topics with message 120x40", width: 120, height: 40, keys: []string{"2", "G", "k"}, payloads: asText, sizes: true},
		{name: "topics beside message 200x60", width: 200, height: 60, keys: []string{"2", "G", "k"}, payloads: asText, sizes: true},
		{name: "topics in ASCII", width: 120, height: 40, ascii: true, keys: []string{"2", "G", "k"}, payloads: asText, sizes: true},
		{name: "topics, a folded place", width: 120, height: 40, keys: []string{"2", "H"}, payloads: asText, sizes: true},
		{name: "topics, hex", width: 120, height: 40, keys: []string{"2", "G", "x", "x"}, payloads: asWritten, sizes: true},
		{name: "topics, topic copied", width: 100, height: 30, keys: []string{"2", "G", "Y"}, payloads: asText, copiesTopic: true},
		{name: "log 80x24", width: 80, height: 24, keys: []string{"5"}, payloads: asText},
		{name: "log 40x8", width: 40, height: 8, keys: []string{"5"}, payloads: asText},
		{name: "log with message 120x40", width: 120, height: 40, keys: []string{"5"}, payloads: asText, sizes: true},
		{name: "log beside message 200x60", width: 200, height: 60, keys: []string{"5"}, payloads: asText, sizes: true},
		{name: "log in ASCII", width: 120, height: 40, ascii: true, keys: []string{"5"}, payloads: asText, sizes: true},
		{name: "log, JSON tree", width: 120, height: 40, keys: []string{"5", "x"}, payloads: asWritten, sizes: true},
		{name: "log, hex", width: 120, height: 40, keys: []string{"5", "x", "x"}, payloads: asWritten, sizes: true},
		{name: "log message, text", width: 100, height: 30, keys: []string{"5", "enter"}, payloads: asText, sizes: true},
		{name: "log message, JSON tree", width: 100, height: 30, keys: []string{"5", "enter", "x"}, payloads: asWritten, sizes: true},
		{name: "log message, hex", width: 100, height: 30, keys: []string{"5", "enter", "x", "x"}, payloads: asWritten, sizes: true},
		{name: "log filter entry", width: 100, height: 30, keys: []string{"5", "/"}, payloads: asText, sizes: true},
		{name: "log paused", width: 100, height: 30, keys: []string{"5", "space"}, payloads: asText, sizes: true},
		{name: "log, payload copied", width: 100, height: 30, keys: []string{"5", "y"}, payloads: asText, sizes: true},
		{name: "log, topic copied", width: 100, height: 30, keys: []string{"5", "Y"}, payloads: asText, sizes: true, copiesTopic: true},
		{name: "broker 80x24", width: 80, height: 24, keys: []string{"4"}},
		{name: "broker 80x24, the end", width: 80, height: 24, keys: []string{"4", "G"}},
		{name: "broker 40x8", width: 40, height: 8, keys: []string{"4", "pgdown"}},
		{name: "broker 120x40", width: 120, height: 40, keys: []string{"4"}},
		{name: "broker in ASCII 200x60", width: 200, height: 60, ascii: true, keys: []string{"4"}},
		{name: "broker in a replay", width: 120, height: 40, keys: []string{"4"}, recorded: true},
		{name: "alerts 40x8", width: 40, height: 8, keys: []string{"3", "z"}},
		{name: "alerts with detail 120x40", width: 120, height: 40, keys: []string{"3"}},
		{name: "alerts beside detail 200x60", width: 200, height: 60, keys: []string{"3", "j", "a"}},
		{name: "alerts in ASCII", width: 120, height: 40, ascii: true, keys: []string{"3", "z", "m"}},
		{name: "alert, why", width: 100, height: 30, keys: []string{"3", "enter"}},
		{name: "alert, to its device", width: 80, height: 24, keys: []string{"3", "j", "d"}},
		{name: "replay 80x24", width: 80, height: 24, recorded: true},
		{name: "replay 40x8", width: 40, height: 8, recorded: true},
		{name: "replay 200x60", width: 200, height: 60, recorded: true, payloads: asText},
		{name: "replay in ASCII", width: 120, height: 40, ascii: true, recorded: true, payloads: asText},
		{name: "replay, marks", width: 80, height: 24, keys: []string{"6"}, recorded: true},
		{name: "replay, mark copied", width: 80, height: 24, keys: []string{"6", "y"}, recorded: true},
		{name: "recording 120x40", width: 120, height: 40, recording: true, payloads: asText},
		{name: "recording, notes", width: 80, height: 24, keys: []string{"6"}, recording: true},
		{name: "recording, note typed", width: 80, height: 24, keys: []string{"n"}, recording: true},
		{name: "replay, going to a time", width: 80, height: 24, keys: []string{"t"}, recorded: true},
		{name: "alert copied", width: 80, height: 24, keys: []string{"3", "y"}},
	}
}

// screen is a viewer of a scene.
type screen struct{ *viewer.Viewer }

// show opens a place on a scene.
func show(t testing.TB, p place, s *scene) *screen {
	t.Helper()
	s.oneSize = p.sizes
	opts := s.options(t)
	opts.ASCII = p.ascii
	if live := &opts.Session; p.recorded {
		live.Player = player{store: live.Store, alerts: live.Alerts, scene: s}
	}
	if p.recording {
		opts.Recorder = recorder{scene: s}
	}
	v := &screen{viewer.Start(t, ui.New(opts), p.width, p.height)}
	if s.noted != "" && (p.recorded || p.recording) {
		v.Press("n")
		v.Send(tea.PasteMsg{Content: s.noted})
		v.Press("enter")
	}
	if s.typed != "" {
		v.Press("/")
		v.Send(tea.PasteMsg{Content: s.typed})
		v.Press("enter")
	}
	v.Press(p.keys...)
	return v
}
