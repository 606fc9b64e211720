package ui_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"labtop/alerts"
	"labtop/model"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// A seek may put another state in the place of the one that is looked at. What the
// user has chosen stays.
func TestStateReplaced(t *testing.T) {
	t.Parallel()
	p := newFakePlayer(course(t).Store)
	s := replay(t, p, 100, 30)
	s.Press("o", "/")
	s.typed("lab")
	s.Press("enter", "down")
	if !strings.Contains(s.text(), "LAB5") {
		t.Fatalf("the first state is not shown:\n%s", s.text())
	}
	early := newLab(t)
	early.say(0, "iotclass/lab1/temperature", " 11.00")
	early.say(0, "home/kitchen/motion", "true")
	p.set(func() { p.store = early.Store })
	s.Press("down") // any read
	switch text := s.text(); {
	case strings.Contains(text, "LAB5") || !strings.Contains(text, "11.00"):
		t.Errorf("the state before is still shown:\n%s", text)
	case strings.Contains(text, "KITCHEN") || !strings.Contains(text, "by state"):
		t.Errorf("filter or order were lost:\n%s", text)
	}
	s.Press("5")
	if text := s.text(); !strings.Contains(text, "2 kept") {
		t.Errorf("the log is still that of the state before:\n%s", text)
	}
}

// recorded is a session of an hour up to noon with all that a timeline can show, paused
// at a quarter to twelve.
func recorded(t testing.TB) *fakePlayer {
	t.Helper()
	at := func(before time.Duration) time.Time { return noon.Add(-before) }
	p := newFakePlayer(course(t).Store)
	p.playback = ui.Playback{
		Start: at(time.Hour), End: noon, At: at(15 * time.Minute), Speed: 1,
	}
	marks := []ui.Mark{
		{Kind: ui.MarkAlert, At: at(52 * time.Minute), Severity: alerts.Warning, Text: "too-hot on LAB2 temperature: above 28 °C for 10 s"},
		{Kind: ui.MarkLost, At: at(44 * time.Minute), Until: at(41 * time.Minute), Text: "the broker closed the connection"},
		{Kind: ui.MarkNote, At: at(33 * time.Minute), Text: "the window was opened"},
		{Kind: ui.MarkAlert, At: at(18 * time.Minute), Severity: alerts.Critical, Text: "too-hot on LAB2 temperature: above 32 °C for 10 s"},
		{Kind: ui.MarkGap, At: at(9 * time.Minute), Until: at(7 * time.Minute), Text: "1 204 messages are missing: the disk was too slow"},
		{Kind: ui.MarkNote, At: at(5 * time.Minute), Text: "fan on"},
	}
	p.timeline = func(buckets int) ui.Timeline {
		density := make([]uint64, buckets)
		for i := range density {
			x := float64(i) / float64(buckets)
			if x < 0.27 || x > 0.32 {
				density[i] = uint64(200 + 150*math.Sin(14*x) + 40*math.Cos(90*x))
			}
		}
		density[buckets/3] = 2000
		return ui.Timeline{Density: density, Marks: marks}
	}
	return p
}

// TestReplayScreens holds the timeline on screens of every size as a picture.
func TestReplayScreens(t *testing.T) {
	t.Parallel()
	ascii := func(o *ui.Options) { o.ASCII = true }
	for _, tt := range []struct {
		name          string
		width, height int
		change        func(*ui.Playback)
		edit          func(*ui.Options)
		keys, note    string
		glance        bool
	}{
		{name: "paused 80x24", width: 80, height: 24},
		{name: "paused 120x40", width: 120, height: 40},
		{name: "paused 200x60", width: 200, height: 60},
		{name: "40x8", width: 40, height: 8},
		{name: "60x16", width: 60, height: 16},
		{name: "ascii 80x24", width: 80, height: 24, edit: ascii},
		{name: "ascii 120x40", width: 120, height: 40, edit: ascii},
		{name: "playing", width: 80, height: 12, change: func(p *ui.Playback) { p.Playing, p.Speed, p.Loop = true, 0.1, true }},
		{name: "as fast as possible", width: 100, height: 12, change: func(p *ui.Playback) { p.Playing, p.Speed = true, 0 }},
		{name: "seeking", width: 80, height: 14, change: func(p *ui.Playback) { p.Seeking, p.Progress = true, 0.43 }},
		{name: "a glance 80x24", width: 80, height: 24, glance: true},
		{name: "a glance 120x40", width: 120, height: 40, glance: true},
		{name: "a glance 200x60", width: 200, height: 60, glance: true},
		{name: "a glance 40x8", width: 40, height: 8, glance: true},
		{name: "a glance in ascii", width: 60, height: 16, glance: true, edit: ascii},
		{name: "a glance at first", width: 80, height: 14, glance: true, change: func(p *ui.Playback) { p.Progress, p.Left = 0.01, 0 }},
		{name: "a glance of several days", width: 80, height: 14, glance: true, change: func(p *ui.Playback) { p.Start = p.Start.AddDate(0, 0, -3) }},
		{name: "alerts of a glance 80x24", width: 80, height: 24, glance: true, keys: "3"},
		{name: "ended", width: 100, height: 14, change: func(p *ui.Playback) { p.Ended, p.At = true, p.End }},
		{name: "at the start", width: 100, height: 14, change: func(p *ui.Playback) { p.At = p.Start }},
		{name: "several days", width: 100, height: 14, change: func(p *ui.Playback) { p.Start = p.Start.AddDate(0, 0, -3) }},
		{name: "damaged", width: 100, height: 14, change: func(p *ui.Playback) { p.Problem = "lab.mcap is damaged in 1 place; lost there: 34 records" }},
		{name: "an instant", width: 80, height: 14, change: func(p *ui.Playback) { p.Start, p.At = p.End, p.End }},
		{name: "log 80x24", width: 80, height: 24, keys: "5"},
		{name: "topics 80x24", width: 80, height: 24, keys: "2 G"},
		{name: "alerts 80x24", width: 80, height: 24, keys: "3"},
		{name: "marks 80x24", width: 80, height: 24, keys: "6"},
		{name: "marks 120x40", width: 120, height: 40, keys: "6"},
		{name: "marks 200x60", width: 200, height: 60, keys: "6"},
		{name: "marks in ascii", width: 60, height: 12, keys: "6 k", edit: ascii},
		{name: "marks of several days", width: 80, height: 16, keys: "6", change: func(p *ui.Playback) { p.Start = p.Start.AddDate(0, 0, -3) }},
		{name: "a long note", width: 80, height: 16, keys: "6 G", note: strings.Repeat("the window was opened and shut ", 6)},
		{name: "help 80x24", width: 80, height: 24, keys: "?"},
		{name: "help 120x60", width: 120, height: 60, keys: "?"},
		{name: "detail 100x30", width: 100, height: 30, keys: "g pgdown enter"},
		{name: "going to a time", width: 80, height: 14, keys: "t 1 1 : 3 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := recorded(t)
			if tt.glance {
				p.playback.Seeking, p.playback.Progress, p.playback.Left = true, 0.07, 2*time.Second
			}
			if tt.change != nil {
				tt.change(&p.playback)
			}
			if tt.glance {
				p.lacks = ui.Stretch{From: p.playback.Start.Add(2 * time.Second), To: p.playback.At.Add(-7 * time.Second)}
			}
			if tt.edit == nil {
				tt.edit = func(*ui.Options) {}
			}
			if timeline := p.timeline; tt.note != "" {
				p.timeline = func(buckets int) ui.Timeline {
					t := timeline(buckets)
					t.Marks = append(slices.Clone(t.Marks), ui.Mark{Kind: ui.MarkNote, At: noon, Text: tt.note})
					return t
				}
			}
			s := replay(t, p, tt.width, tt.height, tt.edit)
			s.Press(strings.Fields(tt.keys)...)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
}

// TestNoExportOfAGlance presses e while not all was read, and once it was.
func TestNoExportOfAGlance(t *testing.T) {
	t.Parallel()
	p := recorded(t)
	p.lacks = ui.Stretch{From: p.playback.Start, To: p.playback.At}
	exported := 0
	s := replay(t, p, 100, 30, func(o *ui.Options) {
		o.Export = func(ui.Session, model.Key) (string, error) { exported++; return "it.csv", nil }
	})
	s.Press("e")
	if text := s.text(); exported != 0 || !strings.Contains(text, "not all of it is read yet") {
		t.Errorf("%d exports:\n%s", exported, text)
	}
	p.set(func() { p.store, p.lacks = course(t).Store, ui.Stretch{} })
	s.Press("down", "e")
	if text := s.text(); exported != 1 || strings.Contains(text, "lack") {
		t.Errorf("%d exports:\n%s", exported, text)
	}
}

// TestPlayerKeys presses keys in a replay, at a quarter to twelve of an hour up to noon.
func TestPlayerKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		keys string
		want []string
	}{
		{"space", []string{"play true"}},
		{"space,space", []string{"play true", "play false"}},
		{"left", []string{"seek 11:44:30"}},
		{"left,left", []string{"seek 11:44:30", "seek 11:44:00"}},
		{"right", []string{"seek 11:45:30"}},
		{"shift+left", []string{"seek 11:40:00"}},
		{"shift+right,shift+right,shift+right,shift+right", []string{"seek 11:50:00", "seek 11:55:00", "seek 12:00:00", "seek 12:00:00"}},
		{">,>,<", []string{"speed 2", "speed 5", "speed 2"}},
		{"<,<,<,<", []string{"speed 0.5", "speed 0.2", "speed 0.1", "speed 0.1"}},
		{"f", []string{`step ""`}},
		{"F", []string{`step "devices/esp-7"`}},
		{"5,F", nil}, // the log knows no devices
		{"(,)", []string{"jump 1 false", "jump 1 true"}},
		{"{,}", []string{"jump 14 false", "jump 14 true"}},
		{"O,O", []string{"loop true", "loop false"}},
		{"t,1,1,:,3,0,enter", []string{"seek 11:30:00"}},
		{"t,5,0,%,enter", []string{"seek 11:30:00"}},
		{"t,-,5,m,enter", []string{"seek 11:40:00"}},
		{"t,+,9,0,enter", []string{"seek 11:46:30"}},
		{"t,2,3,:,0,0,enter", []string{"seek 12:00:00"}}, // no further than there is
		{"t,1,1,:,3,0,esc", nil},
		{"t,enter", nil},
		{"t,x,enter", nil},
		{"?,left", nil},
		{"/,left,space,<,esc", nil},
		{"6,enter", []string{"seek 11:42:00"}}, // the mark that was passed last
		{"6,k,k,enter", []string{"seek 11:16:00"}},
		{"6,G,enter,enter", []string{"seek 11:55:00", "seek 11:55:00"}},
		{"6,F", nil},
		{"enter,left", []string{"seek 11:44:30"}}, // over the chart too
		{"h,H,l,L", nil},
	} {
		t.Run(tt.keys, func(t *testing.T) {
			t.Parallel()
			p := recorded(t)
			s := replay(t, p, 100, 30)
			s.Press(strings.Split(tt.keys, ",")...)
			if diff := cmp.Diff(tt.want, p.wishes()); diff != "" {
				t.Errorf("other wishes (-want +got):\n%s", diff)
			}
		})
	}
}

// A mark is gone to where the lab shows it.
func TestMarkSeenLater(t *testing.T) {
	t.Parallel()
	p := recorded(t)
	silent := ui.Mark{Kind: ui.MarkAlert, At: noon.Add(-20 * time.Minute), Seen: noon.Add(-19 * time.Minute), Text: "silent"}
	p.timeline = func(int) ui.Timeline { return ui.Timeline{Marks: []ui.Mark{silent}} }
	s := replay(t, p, 100, 30)
	s.Press("6", "enter")
	if diff := cmp.Diff([]string{"seek 11:41:00"}, p.wishes()); diff != "" {
		t.Errorf("other wishes (-want +got):\n%s", diff)
	}
	if text := s.text(); !strings.Contains(text, "11:40:00  silent") {
		t.Errorf("the list does not tell when it was:\n%s", text)
	}
}

// A moment that the session does not hold is said, until the next key.
func TestMomentOutside(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"2 3 : 0 0": "“23:00” is after the end", "1 0 : 5 9": "“10:59” is before the start",
		"1 1 : 0 0": "", "1 2 : 0 0": "", "- 9 h": "", "+ 9 h": "",
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			p := recorded(t)
			p.playback.Start = p.playback.Start.Add(time.Second)
			s := replay(t, p, 100, 30)
			s.Press(strings.Fields("t " + typed + " enter")...)
			said := strings.Contains(s.footer(), " is after the end") || strings.Contains(s.footer(), " is before the start")
			if said != (want != "") || !strings.Contains(s.footer(), want) {
				t.Errorf("the footer is %q, want %q", s.footer(), want)
			}
			s.Press("down")
			if !strings.Contains(s.footer(), "space play") {
				t.Errorf("after another key the footer is %q", s.footer())
			}
		})
	}
}

// A recording without a message is not said to have more.
func TestNothingRecorded(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"1", "2", "5"} {
		p := recorded(t)
		p.store = newLab(t).Store
		p.timeline = func(buckets int) ui.Timeline { return ui.Timeline{Density: make([]uint64, buckets)} }
		s := replay(t, p, 100, 30)
		s.Press(keys)
		if text := s.text(); !strings.Contains(text, "No device says anything in this recording.") {
			t.Errorf("screen %s says:\n%s", keys, text)
		}
	}
}

// Keys that come faster than pictures add up.
func TestSeeksAddUp(t *testing.T) {
	t.Parallel()
	p := recorded(t)
	s := replay(t, p, 100, 30)
	for range 3 {
		s.Model, _ = s.Model.Update(tea.KeyPressMsg{Code: tea.KeyLeft}) // what it asks for is not done
	}
	if diff := cmp.Diff([]string{"seek 11:44:30", "seek 11:44:00", "seek 11:43:30"}, p.wishes()); diff != "" {
		t.Errorf("other wishes (-want +got):\n%s", diff)
	}
}

// Without a player its keys do what they did.
func TestLiveKeysStay(t *testing.T) {
	t.Parallel()
	s := newScreen(t, course(t), 100, 30)
	s.Press("left")
	if text := s.text(); !strings.Contains(text, "+3") { // ESP-7 is folded
		t.Errorf("← does not fold:\n%s", text)
	}
	s.Press("space", "<", ">", "f", "F", "(", ")", "{", "}", "t", "O")
	if text := s.text(); !strings.Contains(text, "paused, 0 behind") {
		t.Errorf("space does not pause:\n%s", text)
	}
}

// TestTimelineClicked clicks on the timeline, draws along it, and clicks beside it.
func TestTimelineClicked(t *testing.T) {
	t.Parallel()
	const width, height = 80, 24
	// " 11:00:00 " and " 12:00:00 " stand at its ends.
	const first, last = 10, 69
	click := func(x, y int) tea.Msg { return tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft} }
	draw := func(x, y int) tea.Msg { return tea.MouseMotionMsg{X: x, Y: y, Button: tea.MouseLeft} }
	for _, tt := range []struct {
		name string
		msg  tea.Msg
		want []string
	}{
		{"start", click(first, height-2), []string{"seek 11:00:00"}},
		{"end", click(last, height-2), []string{"seek 12:00:00"}},
		{"drawn", draw((first+last+1)/2, height-2), []string{"seek 11:30:30"}},
		{"moved without a button", tea.MouseMotionMsg{X: 40, Y: height - 2}, nil},
		{"left of it", click(first-1, height-2), nil},
		{"right of it", click(last+1, height-2), nil},
		{"the row above", click(40, height-3), nil},
		{"the footer", click(40, height-1), nil},
		{"the list", click(40, 5), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := recorded(t)
			s := replay(t, p, width, height)
			s.Send(tt.msg)
			if diff := cmp.Diff(tt.want, p.wishes()); diff != "" {
				t.Errorf("other wishes (-want +got):\n%s", diff)
			}
		})
	}
}

// A list's last row is not the timeline's.
func TestClickAboveTimeline(t *testing.T) {
	t.Parallel()
	s := replay(t, recorded(t), 80, 24)
	rows := strings.Split(s.text(), "\n")
	s.Send(tea.MouseClickMsg{X: 3, Y: 20, Button: tea.MouseLeft})
	s.Press("enter")
	if !strings.Contains(rows[20], "temperature") || !strings.Contains(s.text(), "iotclass/lab5/temperature") {
		t.Errorf("the click on %q chose another line:\n%s", rows[20], s.text())
	}
}

// The footer names no key that does nothing, and says what the space bar does.
func TestPlayerFooter(t *testing.T) {
	t.Parallel()
	p := recorded(t)
	s := replay(t, p, 260, 30)
	for _, want := range []string{"space play", "←→ 30 s", "( ) alert", "{ } note/gap", "t go to", "f F step", "h l fold"} {
		if !strings.Contains(s.footer(), want) {
			t.Errorf("%q is not in the footer: %s", want, s.footer())
		}
	}
	p.timeline = nil
	s.Press("space")
	for _, none := range []string{"( ) alert", "{ } note", "space play", "←→ fold"} {
		if strings.Contains(s.footer(), none) {
			t.Errorf("%q is in the footer: %s", none, s.footer())
		}
	}
}

// Each way back puts another state in place. Until its page is there the screen shows
// where the session stands, and keys go on from there.
func TestKeyBeforePage(t *testing.T) {
	t.Parallel()
	p := recorded(t)
	s := replay(t, p, 120, 40)
	bar := func() []string { rows := strings.Split(s.text(), "\n"); return rows[36:39] }
	p.set(func() { p.store = course(t).Store })
	replaced := s.held(tea.KeyPressMsg{Code: tea.KeyLeft})
	before := bar()
	for _, msg := range replaced {
		s.held(msg)
	}
	if diff := cmp.Diff(before, bar()); diff != "" {
		t.Errorf("without a page the timeline is another one (-before +then):\n%s", diff)
	}
	s.held(tea.KeyPressMsg{Code: tea.KeyLeft})
	if diff := cmp.Diff([]string{"seek 11:44:30", "seek 11:44:00"}, p.wishes()); diff != "" {
		t.Errorf("other wishes (-want +got):\n%s", diff)
	}
}
