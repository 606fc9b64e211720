package ui_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/model/decode"
	"labtop/recording"
	"labtop/testdata/sessions"
	"labtop/testkit/viewer"
	"labtop/ui"
)

// sessionLab is the state of a recorded session, with its alerts.
type sessionLab struct {
	*model.Store
	engine *alerts.Engine
}

// newSessionLab makes an empty one, which tells fired, unless that is nil, of the alerts.
func newSessionLab(fired func(recording.Mark)) (recording.Lab, error) {
	conventions, err := decode.New(decode.Options{GuessUnits: true})
	if err != nil {
		return nil, err
	}
	engine, err := alerts.New(alerts.Defaults(), alerts.Options{OnTransition: func(t alerts.Transition) {
		if fired != nil && t.To == alerts.Firing && t.From != alerts.Firing {
			fired(recording.Mark{At: t.Time, Severity: int(t.Alert.Severity), Text: t.Alert.Rule + " " + t.Alert.Series.Name + ": " + t.Alert.Summary})
		}
	}})
	l := sessionLab{model.NewStore(conventions.Decoder, model.Limits{}), engine}
	l.Watch(engine)
	return l, err
}

// session is a recorded session that is paused so long after its start.
func session(t *testing.T, name string, after time.Duration) *fakePlayer {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".mcap")
	if err := os.WriteFile(path, sessions.Recording(name), 0o600); err != nil {
		t.Fatal(err)
	}
	player, err := recording.NewPlayer(recording.PlayerOptions{
		Path: path, NewLab: newSessionLab, Speed: 1, Paused: true,
		Device: func(string) string { return "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- player.Run(ctx) }()
	to := player.Playback().Start.Add(after)
	player.Seek(to)
	for {
		changed, _ := player.Changed()
		if b := player.Playback(); !b.Seeking && b.At.Equal(to) && !player.Timeline(1).Partial {
			break
		}
		select {
		case <-changed:
		case err := <-ended:
			t.Fatal(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := player.Close(); err != nil {
			t.Error(err)
		}
	})
	return standing(t, player)
}

// standing stands where a player does.
func standing(t *testing.T, player *recording.Player) *fakePlayer {
	t.Helper()
	l, ok := player.Lab().(sessionLab)
	if !ok {
		t.Fatalf("the lab is a %T", player.Lab())
	}
	p, b := newFakePlayer(l.Store), player.Playback()
	p.alerts = l.engine
	p.playback = ui.Playback{Start: b.Start, End: b.End, At: b.At, Speed: b.Speed}
	p.timeline = func(buckets int) ui.Timeline {
		line := player.Timeline(buckets)
		shown := ui.Timeline{Density: line.Density}
		for _, m := range line.Marks {
			shown.Marks = append(shown.Marks, ui.Mark{Kind: ui.MarkKind(m.Kind), At: m.At, Until: m.Until, Severity: alerts.Severity(m.Severity), Text: m.Text})
		}
		return shown
	}
	return p
}

// TestSessionScreens has the screens of the sessions that labtop brings along, at some
// moments, as pictures.
func TestSessionScreens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		session       string
		after         time.Duration
		keys          string
		width, height int
	}{
		{"lesson", 2 * time.Minute, "", 120, 40},
		{"home", 3 * time.Minute, "", 80, 24},
		{"bad-day", 102 * time.Second, "", 100, 36}, // two boards are in trouble
		{"bad-day", 118 * time.Second, "", 100, 36}, // the broker is away
		{"bad-day", 3 * time.Minute, "3", 120, 30},
		{"bad-day", 3 * time.Minute, "5", 80, 24},
	} {
		t.Run(strings.TrimSpace(fmt.Sprintf("%s %v %dx%d %s", tt.session, tt.after, tt.width, tt.height, tt.keys)), func(t *testing.T) {
			t.Parallel()
			p := session(t, tt.session, tt.after)
			s := replay(t, p, tt.width, tt.height, func(o *ui.Options) { o.Session.Alerts = p.alerts })
			s.Press(strings.Fields(tt.keys)...)
			if err := viewer.Fits(s.Frame(), tt.width, tt.height); err != nil {
				t.Error(err)
			}
			s.golden()
		})
	}
}
