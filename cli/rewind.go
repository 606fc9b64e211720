package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"labtop/alerts"
	"labtop/crash"
	"labtop/model"
	"labtop/recording"
	"labtop/ui"
)

// rewinder goes back to what a live lab has received: a ui.Rewinder.
type rewinder struct {
	config *Config
	lab    *live
	kept   *recording.Rewind
	fail   func(error)
	// ctx is that of the watching, and running the players that are in use.
	ctx     context.Context //nolint:containedctx // players are made by a key, and end with the lab
	running sync.WaitGroup
}

// rewinds keeps what comes from now on, to go back to it; the lab must not be watched yet.
func (l *live) rewinds(a *app, c *Config) {
	l.rewinder = &rewinder{config: c, lab: l, kept: recording.NewRewind(l.store, int(c.Limits.Rewind)), fail: a.fail}
	l.monitor.KeepIn(l.rewinder.kept)
}

// alert marks where an alert begins to fire.
func (r *rewinder) alert(t *alerts.Transition) { markFiring(t, r.kept.Mark) }

// Reach is of ui.Rewinder.
func (r *rewinder) Reach() ui.Reach {
	reach := r.kept.Reach()
	shown := ui.Reach{Start: reach.Start, End: reach.End}
	switch {
	case reach.TooLarge:
		shown.Problem = "the lab is too large to go back in " + formatSize(int64(reach.Limit)) + ", see limits.rewind"
	case reach.Limit == 0:
		shown.Problem = "limits.rewind is 0: nothing is kept to go back to"
	case reach.Start.IsZero():
		shown.Problem = "there is nothing yet to go back to"
	}
	return shown
}

// Rewind is of ui.Rewinder.
func (r *rewinder) Rewind(at time.Time) (s ui.Session, leave func(), err error) {
	l := r.lab
	conventions, err := newConventions(r.config)
	if err != nil {
		return s, nil, err
	}
	player, err := recording.NewPlayer(recording.PlayerOptions{
		Rewind: r.kept, At: at, Speed: 1, Paused: true,
		Now: func() (c model.Checkpoint) {
			l.monitor.AtRest(func() { c = l.store.Checkpoint() })
			return c
		},
		NewLab: func(fired func(recording.Mark)) (recording.Lab, error) {
			return newReplayed(r.config, l.name, fired)
		},
		Device: func(topic string) string { return conventions.Decoder(topic).Route().Device },
	})
	if err != nil {
		return s, nil, err
	}
	past := &past{replay{player, l.name, l.system}}
	ended, stop := past.watch(r.ctx)
	r.running.Go(crash.Guarded(r.fail, func() {
		<-ended
		if err := errors.Join(stop(), player.Close()); err != nil {
			r.fail(err)
		}
	}))
	arrived(player, ended)
	s = ui.Session{Source: l.name, Player: past, Live: l.store}
	s.Store, s.Alerts, s.Lacks = past.State()
	return s, func() { _ = stop() }, nil // the error is told above
}

// arrived waits until a player is where it was to begin.
func arrived(p *recording.Player, ended <-chan struct{}) {
	for {
		changed, _ := p.Changed()
		if !p.Playback().Seeking {
			return
		}
		select {
		case <-changed:
		case <-ended:
			return
		}
	}
}

// past is what was before in a live lab.
type past struct{ replay }

// AddNote is of ui.Player.
func (*past) AddNote(string) error {
	return errors.New("a note can be made of what is live, which the key . returns to")
}
