package hostile_test

import (
	"time"

	"labtop/alerts"
	"labtop/model"
	"labtop/ui"
)

// player is a recording that stands still at noon, half an hour before its end, with the
// scene's marks.
type player struct {
	ui.Player // what is not below is never asked for
	store     *model.Store
	alerts    ui.Alerts
	scene     *scene
}

func (p player) Playback() ui.Playback {
	return ui.Playback{
		Start: noon.Add(-time.Hour), At: noon, End: noon.Add(30 * time.Minute), Speed: 1,
		Problem: p.scene.damage,
	}
}

func (p player) State() (*model.Store, ui.Alerts, ui.Stretch) { return p.store, p.alerts, ui.Stretch{} }

func (p player) Changed() (<-chan struct{}, uint64) { return nil, 0 }

// Timeline has a mark of each kind at each quarter of an hour.
func (p player) Timeline(buckets int) ui.Timeline {
	line := ui.Timeline{Density: make([]uint64, buckets)}
	for i, kind := range []ui.MarkKind{ui.MarkAlert, ui.MarkGap, ui.MarkLost, ui.MarkNote, ui.MarkNote, ui.MarkNote} {
		line.Marks = append(line.Marks, ui.Mark{
			Kind: kind, At: noon.Add(time.Duration(i-4) * 15 * time.Minute), Severity: alerts.Warning, Text: p.scene.mark,
		})
	}
	return line
}

func (p player) Play(bool) {}

func (p player) AddNote(string) error { return nil }

// recorder records the scene, or did so until it ended by itself.
type recorder struct {
	ui.Recorder // what is not below is never asked for
	scene       *scene
}

func (r recorder) Changed() (<-chan struct{}, uint64) { return nil, 0 }

func (r recorder) Note(string) {}

// Recording goes on, unless something is wrong with it.
func (r recorder) Recording() ui.Recording {
	return ui.Recording{
		On: r.scene.damage == "", File: r.scene.mark + ".mcap", Since: noon.Add(-time.Minute), Bytes: 1 << 20, Problem: r.scene.damage,
		Notes: []ui.Mark{{Kind: ui.MarkNote, At: noon, Text: r.scene.mark}},
	}
}
