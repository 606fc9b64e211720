package ui

import (
	"time"

	"labtop/alerts"
	"labtop/model"
)

// Player moves through a recorded session. Any goroutine may call it, and no method
// but AddNote waits: they leave a wish, and what became of it is seen in Playback.
type Player interface {
	// Playback is where the session stands.
	Playback() Playback
	// State is the lab as it was at that moment, with its alerts, nil without rules. A
	// seek may put others in their place; what was handed out before is then of no
	// more use. While Seeking it may be a glance, which lacks a stretch of time and has
	// no alerts; otherwise the stretch is zero.
	State() (store *model.Store, alerts Alerts, lacks Stretch)
	// Timeline is what the whole session looks like, from its start to its end, in so
	// many stretches of equal length.
	Timeline(buckets int) Timeline
	// Changed is closed at the next change of any of these, as that of [model.Store].
	Changed() (closed <-chan struct{}, revision uint64)

	// Play plays on, or pauses. At the end it begins anew.
	Play(on bool)
	// SetSpeed is how many times as fast as it was recorded; 0 is as fast as possible.
	SetSpeed(speed float64)
	// Seek goes to a moment, the nearest one there is; it plays on from there, or
	// stays paused.
	Seek(to time.Time)
	// Step pauses after the next message, or after the next one of a device that says
	// something new.
	Step(device string)
	// Jump goes to the next mark of the kinds, or to the one before.
	Jump(kinds MarkKind, forward bool)
	// Loop begins anew at the end, or no longer.
	Loop(on bool)
	// AddNote keeps a note at the present moment. It may wait for the disk. The error says
	// that it could not, and why.
	AddNote(text string) error
}

// Playback is where a recorded session stands.
type Playback struct {
	// Start and End are the times of the first and the last entry that is known.
	Start, End time.Time
	// At is the moment that is shown or, while Seeking, the one that is aimed at.
	At time.Time
	// Playing says that time goes on. Ended says that it cannot, for want of more.
	Playing, Ended, Loop bool
	// Speed is as for SetSpeed.
	Speed float64
	// Seeking says that the state of At is being made; Progress is how much of the way
	// is done, 0 to 1.
	Seeking  bool
	Progress float64
	// Left is about how long the rest takes, in whole seconds; 0 while nobody can tell.
	Left time.Duration
	// Problem says in one line what is wrong with the recording, or with the last wish;
	// empty when nothing is.
	Problem string
}

// Stretch is a part of a session.
type Stretch struct{ From, To time.Time }

// Timeline is what a session looks like as a whole.
type Timeline struct {
	// Density is how many messages came in each stretch, or another measure of how
	// much: only compared with each other.
	Density []uint64
	// Marks are the moments worth going to, by their time.
	Marks []Mark
	// Partial says that not all of the session was looked at yet: what is here is
	// of its beginning.
	Partial bool
}

// MarkKind is what a mark is of. Several can be joined by |.
type MarkKind uint8

// The kinds of marks.
const (
	// MarkAlert is where an alert began to fire.
	MarkAlert MarkKind = 1 << iota
	// MarkNote is where somebody made a note.
	MarkNote
	// MarkGap is where messages are missing, up to Until.
	MarkGap
	// MarkLost is where the connection was lost, until Until.
	MarkLost
)

// Mark is a moment of a session worth going to.
type Mark struct {
	Kind MarkKind
	At   time.Time
	// Seen is from when on the lab shows it, where that is after At; zero is at once.
	Seen time.Time
	// Until is the end of what lasts; zero for what does not.
	Until time.Time
	// Severity is that of an alert.
	Severity alerts.Severity
	// Text is the note, or what is wrong, in one line; it comes from outside.
	Text string
}
