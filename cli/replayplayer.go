package cli

import (
	"context"
	"path/filepath"
	"strings"

	"labtop/alerts"
	"labtop/alerts/notify"
	"labtop/crash"
	"labtop/model"
	"labtop/recording"
	"labtop/ui"
)

// replay is a recording that is shown: a recording.Player as the dashboard wants it.
type replay struct {
	*recording.Player
	name   string
	system bool
}

// replayed is the state of a recording at a moment. Nobody is told of its alerts.
type replayed struct {
	*model.Store
	labState
}

// newReplayed makes an empty one. fired gets each alert that begins to fire; nil for
// nobody.
func newReplayed(c *Config, name string, fired func(recording.Mark)) (*replayed, error) {
	var tell func(alerts.Transition)
	if fired != nil {
		tell = func(t alerts.Transition) { markFiring(&t, fired) }
	}
	state, err := newLabState(c, name, tell)
	return &replayed{state.store, state}, err
}

// markFiring marks where an alert begins to fire.
func markFiring(t *alerts.Transition, mark func(recording.Mark)) {
	if t.To != alerts.Firing || t.From == alerts.Firing {
		return
	}
	a := &t.Alert
	what := strings.TrimSpace(a.Series.Name + " " + a.Series.Metric)
	mark(recording.Mark{Kind: recording.MarkAlert, At: t.Time, Severity: int(a.Severity), Text: a.Rule + " " + what + ": " + a.Summary})
}

// state is the lab at the moment that is shown, of a player that has no glances.
func (r *replay) state() *labState {
	lab, _ := r.Lab().(*replayed) // NewLab makes no others
	return &lab.labState
}

// fill is of watched.
func (r *replay) fill(o *ui.Options) {
	o.Session = ui.Session{Source: filepath.Base(r.name), Player: r}
	if f := r.File(); f.Lacks != 0 {
		o.Session.About = whatItIs(f)
	}
	o.Session.Store, o.Session.Alerts, o.Session.Lacks = r.State()
	o.System, o.Export = r.system, exportKnown
}

// show is of watched; nothing is told of a recording.
func (r *replay) show(notify.Terminal) {}

// watch is of watched.
func (r *replay) watch(ctx context.Context) (ended <-chan struct{}, stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = crash.Guard(func() error { return r.Run(ctx) })
	}()
	return done, func() error {
		cancel()
		<-done
		return err
	}
}

// State is of ui.Player.
func (r *replay) State() (*model.Store, ui.Alerts, ui.Stretch) {
	switch lab := r.Lab().(type) {
	case *recording.Glance:
		part, _ := lab.Lab.(*replayed)
		return part.store, nil, ui.Stretch{From: lab.From, To: lab.To}
	default:
		whole, _ := lab.(*replayed) // NewLab makes no others
		return whole.store, whole.alerts, ui.Stretch{}
	}
}

// Playback is of ui.Player.
func (r *replay) Playback() ui.Playback {
	b := r.Player.Playback()
	return ui.Playback{
		Start: b.Start, End: b.End, At: b.At, Playing: b.Playing, Ended: b.Ended, Loop: b.Loop, Speed: b.Speed,
		Seeking: b.Seeking, Progress: b.Progress, Left: b.Left, Problem: playbackProblem(r.name, &b),
	}
}

// playbackProblem says in one line what is wrong with a recording, or with the last wish.
func playbackProblem(name string, b *recording.Playback) string {
	switch lines := healthLines(name, b.Health); {
	case b.Unmet != nil:
		return b.Unmet.Error()
	case b.Err != nil:
		return b.Err.Error()
	case len(lines) > 0:
		return lines[0]
	case b.NotesErr != nil:
		return b.NotesErr.Error()
	case b.Alone:
		return "the lab is too large to look ahead: the timeline has no more alerts, and going back takes longer"
	}
	return ""
}

// Timeline is of ui.Player.
func (r *replay) Timeline(buckets int) ui.Timeline {
	t := r.Player.Timeline(buckets)
	marks := make([]ui.Mark, len(t.Marks))
	for i, m := range t.Marks {
		marks[i] = ui.Mark{Kind: ui.MarkKind(m.Kind), At: m.At, Seen: m.Seen, Until: m.Until, Severity: alerts.Severity(m.Severity), Text: m.Text}
	}
	return ui.Timeline{Density: t.Density, Marks: marks, Partial: t.Partial}
}

// Jump is of ui.Player; the kinds of marks are the same.
func (r *replay) Jump(kinds ui.MarkKind, forward bool) {
	r.Player.Jump(recording.MarkKind(kinds), forward)
}

var _ ui.Player = (*replay)(nil)
