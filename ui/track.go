package ui

import "time"

// track is where in its rows the timeline proper stands.
type track struct{ left, width int }

func (a *App) track() track {
	left := cells(a.played.startText()) + 2
	return track{left, max(a.width-left-cells(a.played.endText())-2, 1)}
}

// startText and endText are written at the ends of the timeline.
func (p *Playback) startText() string { return clock(p.Start, p.End) }

func (p *Playback) endText() string { return clock(p.End, p.Start) }

// length is how long the session is.
func (p *Playback) length() time.Duration { return max(p.End.Sub(p.Start), 0) }

// share is how much of the session is before a moment, 0 to 1.
func (p *Playback) share(at time.Time) float64 {
	if p.length() == 0 {
		return 0
	}
	return min(max(float64(at.Sub(p.Start))/float64(p.length()), 0), 1)
}

// cell is where on a track a moment is.
func (t track) cell(p *Playback, at time.Time) int {
	return min(int(p.share(at)*float64(t.width)), t.width-1)
}

// moment is the one that a cell of the screen stands for; ok is false beside the track.
func (t track) moment(p *Playback, x int) (at time.Time, ok bool) {
	if x -= t.left; x < 0 || x >= t.width {
		return at, false
	}
	if t.width == 1 {
		return p.Start, true
	}
	return p.Start.Add(time.Duration(float64(x) / float64(t.width-1) * float64(p.length()))), true
}
