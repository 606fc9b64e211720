package ui_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// fakeRecorder is a recorder that stands as a test put it, and writes down what it is
// asked for.
type fakeRecorder struct {
	mu        sync.Mutex
	recording ui.Recording
	err       error // of the next Start or Stop
	asked     []string
	revision  uint64
}

func (r *fakeRecorder) Recording() ui.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.recording
}

func (r *fakeRecorder) Changed() (<-chan struct{}, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return nil, r.revision
}

func (r *fakeRecorder) ask(what string, on bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, what)
	r.revision++
	if r.err == nil {
		r.recording.On = on
	}
	return r.err
}

func (r *fakeRecorder) Start() error     { return r.ask("start", true) }
func (r *fakeRecorder) Stop() error      { return r.ask("stop", false) }
func (r *fakeRecorder) Note(text string) { _ = r.ask("note "+text, true) }

// beingRecorded is a recording that goes on for some minutes.
func beingRecorded() *fakeRecorder {
	return &fakeRecorder{recording: ui.Recording{
		On: true, File: "labtop-2026-11-22-115514.mcap", Since: noon.Add(-4*time.Minute - 46*time.Second), Bytes: 1_234_567, Messages: 2389,
		Notes: []ui.Mark{
			{Kind: ui.MarkNote, At: noon.Add(-3 * time.Minute), Text: "the window was opened"},
			{Kind: ui.MarkNote, At: noon.Add(-40 * time.Second), Text: "fan on"},
		},
	}}
}

// TestRecordingScreens holds what is seen of a recording.
func TestRecordingScreens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		width, height int
		change        func(*ui.Recording)
		ascii         bool
		keys          string
	}{
		{name: "recording 80x24", width: 80, height: 24},
		{name: "recording 120x40", width: 120, height: 40},
		{name: "recording 200x60", width: 200, height: 60},
		{name: "ascii", width: 100, height: 12, ascii: true},
		{name: "begun", width: 80, height: 12, keys: "r", change: func(r *ui.Recording) { r.On = false }},
		{name: "ended", width: 80, height: 12, keys: "r"},
		{name: "lossy", width: 100, height: 12, change: func(r *ui.Recording) { r.Lost = 1204 }},
		{name: "disk full", width: 80, height: 12, change: func(r *ui.Recording) { r.On, r.Problem = false, "no space left on device" }},
		{name: "note typed", width: 80, height: 12, keys: "n t h e space f a n space i s space o n"},
		{name: "notes 80x24", width: 80, height: 24, keys: "6"},
		{name: "no notes", width: 80, height: 12, keys: "6", change: func(r *ui.Recording) { r.Notes = nil }},
		{name: "not recorded", width: 80, height: 12, keys: "6", change: func(r *ui.Recording) { r.On, r.Notes = false, nil }},
		{name: "noted", width: 80, height: 12, keys: "n f a n enter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := beingRecorded()
			if tt.change != nil {
				tt.change(&r.recording)
			}
			s := newScreen(t, course(t), tt.width, tt.height, func(o *ui.Options) { o.Recorder, o.ASCII = r, tt.ascii })
			s.Press(strings.Fields(tt.keys)...)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
}

// TestRecordKeys presses r and n, live and in a replay.
func TestRecordKeys(t *testing.T) {
	t.Parallel()
	off := func() *fakeRecorder { return &fakeRecorder{recording: ui.Recording{File: "lab.mcap"}} }
	failing := off()
	failing.err = errors.New("lab.mcap: permission denied")
	for _, tt := range []struct {
		name     string
		recorder *fakeRecorder
		player   bool
		keys     string
		want     []string // of the recorder, or of the player
		says     string
	}{
		{"begin", off(), false, "r", []string{"start"}, "recording to lab.mcap; r ends it"},
		{"begin and end", off(), false, "r r", []string{"start", "stop"}, "recorded 0 messages in lab.mcap, 0 bytes"},
		{"cannot begin", failing, false, "r", []string{"start"}, "lab.mcap: permission denied"},
		{"on the log", off(), false, "5 r", []string{"start"}, "recording to lab.mcap"},
		{"on the alerts, paused", off(), false, "3 space r", []string{"start"}, "recording to lab.mcap"},
		{"no recorder", nil, false, "r n", nil, ""},
		{"in a replay", nil, true, "r", nil, "this is a recording already"},
		{"note without a recording", off(), false, "n", nil, "r begins one"},
		{"note", beingRecorded(), false, "n h i enter", []string{"note hi"}, "noted: hi"},
		{"empty note", beingRecorded(), false, "n space enter", nil, ""},
		{"no note after all", beingRecorded(), false, "n h i esc", nil, ""},
		{"note in a replay", nil, true, "n h i enter", []string{"play false", `note "hi"`, "play false"}, "noted: hi"},
		{"note while it plays", nil, true, "space n h i enter", []string{"play true", "play false", `note "hi"`, "play true"}, "noted: hi"},
		{"none while it plays", nil, true, "space n h i esc", []string{"play true", "play false", "play true"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := recorded(t)
			s := newScreen(t, course(t), 100, 24, func(o *ui.Options) {
				if tt.recorder != nil {
					o.Recorder = tt.recorder
				}
				if tt.player {
					o.Session.Player = p
				}
			})
			s.Press(strings.Fields(tt.keys)...)
			got := p.wishes()
			if tt.recorder != nil {
				got = tt.recorder.asked
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("other wishes (-want +got):\n%s", diff)
			}
			footer := s.footer()
			if tt.says == "" && !strings.Contains(footer, "? help") || !strings.Contains(footer, tt.says) {
				t.Errorf("it says %q, want %q", footer, tt.says)
			}
		})
	}
}

// A note that cannot be kept says so.
func TestNoteNotKept(t *testing.T) {
	t.Parallel()
	p := recorded(t)
	p.noteErr = errors.New("the note cannot be kept: open yesterday-in-the-lab.mcap.notes: read-only file system")
	s := replay(t, p, 100, 24)
	s.Press("n", "x", "enter")
	if got := strings.TrimSpace(s.footer()); got != p.noteErr.Error() {
		t.Errorf("the footer says %q", got)
	}
	s.Send(tea.WindowSizeMsg{Width: 60, Height: 24}) // why comes last
	if got := strings.TrimSpace(s.footer()); got != "the note cannot be kept: ope….notes: read-only file system" {
		t.Errorf("the footer says %q", got)
	}
}

// TestExportKey presses e on a metric, on a folded device, and where there is none.
func TestExportKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, keys string
		err        error
		want       []model.Key
		says       string
	}{
		{"metric", "j e", nil, []model.Key{{Device: "devices/esp-7", Topic: "devices/esp-7/sensors", Path: "battery"}}, "written to lab.csv"},
		{"folded device", "h e", nil, []model.Key{{Device: "devices/esp-7"}}, "written to lab.csv"},
		{"log", "5 e", nil, nil, "choose a device or a metric first"},
		{"failed", "e", errors.New("no space left on device"), []model.Key{{Device: "devices/esp-7", Topic: "devices/esp-7/sensors", Path: "temperature"}}, "no space left on device"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []model.Key
			l := course(t)
			s := newScreen(t, l, 100, 24, func(o *ui.Options) {
				o.Export = func(s ui.Session, k model.Key) (string, error) {
					if s.Store != l.Store {
						t.Error("another session is exported")
					}
					got = append(got, k)
					return "lab.csv", tt.err
				}
			})
			s.Press(strings.Fields(tt.keys)...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("something else is exported (-want +got):\n%s", diff)
			}
			if !strings.Contains(s.text(), tt.says) {
				t.Errorf("it does not say %q:\n%s", tt.says, s.text())
			}
		})
	}
}

// The header and the answers count one thing as one.
func TestOneMessage(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.say(0, "iotclass/lab1/temperature", "21")
	l.Tick(noon, model.SourceStats{})
	r := &fakeRecorder{recording: ui.Recording{On: true, File: "lab.mcap", Messages: 1, Since: noon.Add(-time.Second)}}
	s := newScreen(t, l, 180, 12, func(o *ui.Options) { o.Recorder = r })
	for _, want := range []string{"1 message ", "1 device "} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("%q is not in the header:\n%s", want, s.text())
		}
	}
	s.Press("r")
	if want := "recorded 1 message in lab.mcap"; !strings.Contains(s.text(), want) {
		t.Errorf("%q is not said:\n%s", want, s.text())
	}
	l.say(0, "iotclass/lab1/temperature", "22")
	s.Press("down")
	if want := "2 messages "; !strings.Contains(s.text(), want) {
		t.Errorf("%q is not in the header:\n%s", want, s.text())
	}
}
