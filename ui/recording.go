package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// Recorder records the live session to files, one recording at a time. Any goroutine
// may call it.
type Recorder interface {
	// Recording is how the present recording stands, or the last one.
	Recording() Recording
	// Changed is as that of [model.Store]; that there is more of it is no change.
	Changed() (closed <-chan struct{}, revision uint64)
	// Start begins a recording, in a new file, unless one goes on; Stop ends it. They
	// wait for the disk.
	Start() error
	Stop() error
	// Note adds a note to it. It does not wait.
	Note(text string)
}

// Recording is how a recording stands.
type Recording struct {
	// On says that it goes on.
	On bool
	// File is the present file.
	File  string
	Since time.Time
	// Bytes and Messages are what the files hold, Lost counts the messages that came
	// and are in none.
	Bytes          int64
	Messages, Lost uint64
	// Notes are those of the recording, by their time; what is in the slice does not
	// change.
	Notes []Mark
	// Problem says in one line why it ended by itself; empty when it did not.
	Problem string
}

// recorderSeen is what was seen of a recorder, and the revision from which on there is
// more to see.
type recorderSeen struct {
	Recording
	revision uint64
}

func seeRecorder(r Recorder) (seen recorderSeen) {
	if r != nil {
		_, seen.revision = r.Changed()
		seen.Recording = r.Recording()
	}
	return seen
}

// recordedMsg says what became of a wish that had to wait for the disk.
type recordedMsg struct{ text string }

func (a *App) handleRecorded(msg recordedMsg) tea.Cmd {
	if msg.text != "" {
		a.say(msg.text)
	}
	return a.read()
}

// saying makes a command of what may wait, and says what it returns.
func saying(do func() string) tea.Cmd {
	return func() tea.Msg { return recordedMsg{do()} }
}

// toggleRecording begins a recording, or ends it.
func (a *App) toggleRecording() tea.Cmd {
	r := a.opts.Recorder
	switch {
	case r == nil && a.session.Player != nil:
		a.say("this is a recording already; labtop export makes files of a part of it")
		return nil
	case r == nil:
		return nil
	case a.recorded.On:
		return saying(func() string {
			if err := r.Stop(); err != nil {
				return err.Error()
			}
			s := r.Recording()
			return "recorded " + counted(s.Messages, "message") + " in " + s.File + ", " + size(s.Bytes)
		})
	}
	return saying(func() string {
		if err := r.Start(); err != nil {
			return err.Error()
		}
		return "recording to " + r.Recording().File + "; r ends it"
	})
}

// hasMarks says whether there can be notes and other marks to list.
func (a *App) hasMarks() bool { return a.session.Player != nil || a.recorded.On }

// canNote says whether a note has a place to be kept: the past of a live session has none.
func (a *App) canNote() bool { return a.hasMarks() && a.back == nil }

// askNote lets a note be typed. A replay stands still meanwhile, so that the note is of
// the moment that was seen.
func (a *App) askNote() tea.Cmd {
	switch {
	case a.back != nil:
		a.say("a note can be made of what is live; . returns to it")
		return nil
	case !a.canNote() && a.opts.Recorder != nil:
		a.say("a note is kept in a recording; r begins one")
		return nil
	case !a.canNote():
		return nil
	}
	note := prompt{label: "note", hint: "enter keep  esc no"}
	p, r := a.session.Player, a.opts.Recorder
	if p == nil {
		note.enter = func(text string) tea.Cmd {
			if text != "" {
				r.Note(text)
				a.say("noted: " + text)
			}
			return nil
		}
		return a.ask(note, "", maxNote)
	}
	playing := p.Playback().Playing
	p.Play(false)
	note.enter = func(text string) tea.Cmd {
		return func() tea.Msg {
			said := ""
			if text != "" {
				said = "noted: " + text
				if err := p.AddNote(text); err != nil {
					said = err.Error()
				}
			}
			p.Play(playing)
			return recordedMsg{said}
		}
	}
	note.esc = func() tea.Cmd {
		p.Play(playing)
		return a.moved()
	}
	return tea.Batch(a.ask(note, "", maxNote), a.moved())
}

// export writes what is known of what is under the cursor to a file.
func (a *App) export() tea.Cmd {
	k := a.screen.subject()
	switch {
	case a.opts.Export == nil:
		return nil
	case k.Device == "":
		a.say("choose a device or a metric first")
		return nil
	case a.session.glance():
		a.say("not all of it is read yet; e exports it in a moment")
		return nil
	}
	session, export := a.session.Session, a.opts.Export
	return saying(func() string {
		file, err := export(session, k)
		if err != nil {
			return err.Error()
		}
		return "written to " + file
	})
}
