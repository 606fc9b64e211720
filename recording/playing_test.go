package recording_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// lesson is a recording of a minute in which something happens. Board 1 speaks each
// second.
func lesson(t *testing.T) []byte {
	t.Helper()
	return written(t, func(w *recording.Writer) error {
		connection := func(s float64, state model.ConnectionState) error {
			return w.Connection(moment(s), &model.Connection{State: state, Since: moment(s), Connects: 1, Problem: "the broker is gone"})
		}
		errs := []error{connection(0, model.Connected)}
		for s := range 60 {
			payload := "21.0"
			if s >= 10 && s < 25 {
				payload = "30.0" // fires after 10 s
			}
			m := at(float64(s), payload)
			m.Topic = "iotclass/lab1/temperature"
			errs = append(errs, w.Message(m))
			switch s {
			case 30:
				errs = append(errs, connection(30.1, model.Waiting))
			case 33:
				errs = append(errs, connection(33.1, model.Connected))
			case 40:
				errs = append(errs, w.Gap(moment(40.1), recording.Gap{From: moment(38.1), To: moment(40.1), Messages: 9, Reason: "the disk was too slow"}))
			}
			if other := at(float64(s)+0.2, "50"); s%5 == 0 {
				other.Topic = "iotclass/lab2/humidity"
				errs = append(errs, w.Message(other))
			}
			if s == 45 {
				errs = append(errs, w.Note(moment(45.5), "the window was opened"))
			}
		}
		return errors.Join(errs...)
	})
}

// moment is so many seconds after the epoch.
func moment(s float64) time.Time { return epoch.Add(time.Duration(s * float64(time.Second))) }

// standing is where a player stands, in one line.
func standing(p *recording.Player) string {
	b := p.Playback()
	words := []string{fmt.Sprintf("%.1f %d", seconds(b.At), b.Messages)}
	for _, is := range []struct {
		so   bool
		word string
	}{{b.Playing, "playing"}, {b.Ended, "ended"}, {b.Seeking, "seeking"}, {b.Err != nil, "failed"}, {b.Unmet != nil, "unmet"}} {
		if is.so {
			words = append(words, is.word)
		}
	}
	return strings.Join(words, " ")
}

// TestPlaying asks a player for one thing after the other, and says where it then stands.
func TestPlaying(t *testing.T) {
	t.Parallel()
	type asked struct {
		what string
		do   func(p *recording.Player)
		wait time.Duration
		want string
	}
	seek := func(s float64) func(*recording.Player) { return func(p *recording.Player) { p.Seek(moment(s)) } }
	jump := func(kinds recording.MarkKind, forward bool) func(*recording.Player) {
		return func(p *recording.Player) { p.Jump(kinds, forward) }
	}
	play := func(on bool) func(*recording.Player) { return func(p *recording.Player) { p.Play(on) } }
	step := func(device string) func(*recording.Player) {
		return func(p *recording.Player) { p.Step(device) }
	}
	nothing := func(*recording.Player) {}
	for _, tt := range []struct {
		name    string
		options recording.PlayerOptions
		asked   []asked
	}{
		{"at its own speed, and at others", recording.PlayerOptions{Speed: 1}, []asked{
			{"nothing", nothing, 3500 * time.Millisecond, "3.5 5 playing"},
			{"faster", func(p *recording.Player) { p.SetSpeed(4) }, 1875 * time.Millisecond, "11.0 15 playing"},
			{"pause", play(false), time.Hour, "11.0 15"},
			{"slower", func(p *recording.Player) { p.SetSpeed(0.1) }, time.Hour, "11.0 15"},
			{"play", play(true), 10 * time.Second, "12.0 16 playing"},
			{"as fast as possible", func(p *recording.Player) { p.SetSpeed(0) }, 0, "60.0 72 ended"},
			{"play at the end", play(true), 0, "60.0 72 ended"},
			{"play at the end, slowly", func(p *recording.Player) { p.SetSpeed(1); p.Play(true) }, 2 * time.Second, "2.0 4 playing"},
		}},
		{"paused from the start", recording.PlayerOptions{Speed: 1, Paused: true}, []asked{
			{"nothing", nothing, time.Hour, "0.0 1"},
			{"step", step(""), 0, "0.2 2"},
			{"step", step(""), 0, "1.0 3"},
			{"step to a device that says the same for 10 s", step("iotclass/lab1"), 0, "10.0 13"},
			{"and then for 15 s", step("iotclass/lab1"), 0, "25.0 31"},
			{"step to a device that says the same to the end", step("iotclass/lab2"), 0, "60.0 72 ended"},
			{"and back", seek(5.5), 0, "5.5 8"},
			{"three steps at once", func(p *recording.Player) { p.Step(""); p.Step(""); p.Step("") }, 0, "8.0 11"},
			{"step back over all", seek(-5), 0, "0.0 1"},
			{"beyond the end", seek(1000), 0, "60.0 72 ended"},
			{"a step at the end", step(""), 0, "60.0 72 ended"},
			{"in the middle", seek(30), 0, "30.0 37"},
			{"two wishes", func(p *recording.Player) { p.Seek(moment(50)); p.Seek(moment(20)) }, 0, "20.0 25"},
		}},
		{"from mark to mark", recording.PlayerOptions{Speed: 1, Paused: true}, []asked{
			{"the alert", jump(recording.MarkAlert, true), 0, "21.0 27"},
			{"no other alert", jump(recording.MarkAlert, true), 0, "21.0 27 unmet"},
			{"the connection", jump(recording.MarkLost, true), 0, "30.1 37"},
			{"the gap or the note", jump(recording.MarkGap|recording.MarkNote, true), 0, "38.1 47"},
			{"the gap or the note", jump(recording.MarkGap|recording.MarkNote, true), 0, "45.5 56"},
			{"nothing more", jump(recording.MarkGap|recording.MarkNote, true), 0, "45.5 56 unmet"},
			{"back to any", jump(recording.MarkGap|recording.MarkNote|recording.MarkAlert|recording.MarkLost, false), 0, "38.1 47"},
			{"back to the alert", jump(recording.MarkAlert, false), 0, "21.0 27"},
			{"nothing before", jump(recording.MarkAlert, false), 0, "21.0 27 unmet"},
			{"on", play(true), time.Second, "22.0 28 playing"},
		}},
		{"again and again", recording.PlayerOptions{Speed: 10, Loop: true}, []asked{
			{"almost to the end", nothing, 5900 * time.Millisecond, "59.0 72 playing"},
			{"the end is shown", nothing, 500 * time.Millisecond, "60.0 72 playing ended"},
			{"it begins anew", nothing, time.Second, "4.0 6 playing"},
			{"no more", func(p *recording.Player) { p.Loop(false) }, 10 * time.Second, "60.0 72 ended"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := kept(t, lesson(t))
			synctest.Test(t, func(t *testing.T) {
				o := tt.options
				o.Path = path
				o.CheckpointWork(100)
				p := playing(t, o)
				synctest.Wait() // the index is whole
				for _, a := range tt.asked {
					a.do(p)
					time.Sleep(a.wait)
					synctest.Wait()
					if got := standing(p); got != a.want {
						t.Errorf("%s: it stands at %s, want %s", a.what, got, a.want)
					}
					if diff := cmp.Diff(straight(t, path, p.Playback()), picture(t, p.Lab())); diff != "" {
						t.Errorf("%s: (-want +got):\n%s", a.what, diff)
					}
				}
			})
		})
	}
}

// TestTimeline looks at the whole of a recording.
func TestTimeline(t *testing.T) {
	t.Parallel()
	path := kept(t, lesson(t))
	synctest.Test(t, func(t *testing.T) {
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		synctest.Wait()
		b, timeline := p.Playback(), p.Timeline(6)
		if !b.Start.Equal(epoch) || !b.End.Equal(moment(60)) || timeline.Partial {
			t.Errorf("from %v to %v, partial %v", b.Start, b.End, timeline.Partial)
		}
		if diff := cmp.Diff([]uint64{12, 12, 12, 12, 12, 12}, timeline.Density); diff != "" {
			t.Error(diff)
		}
		var marks []string
		for _, m := range timeline.Marks {
			until := 0.0
			if !m.Until.IsZero() {
				until = seconds(m.Until)
			}
			marks = append(marks, fmt.Sprintf("%s %.1f %.1f %s", m.Kind, seconds(m.At), until, m.Text))
		}
		want := []string{
			"alert 20.0 0.0 hot", "lost connection 30.1 33.1 the broker is gone",
			"gap 38.1 40.1 the disk was too slow", "note 45.5 0.0 the window was opened",
		}
		if diff := cmp.Diff(want, marks); diff != "" {
			t.Error(diff)
		}
	})
}

// TestMarkKinds has kinds in words.
func TestMarkKinds(t *testing.T) {
	t.Parallel()
	for kinds, want := range map[recording.MarkKind]string{
		0: "", recording.MarkAlert: "alert", recording.MarkNote | recording.MarkGap: "note or gap",
		recording.MarkNote | recording.MarkGap | recording.MarkLost: "note, gap or lost connection",
	} {
		if got := kinds.String(); got != want {
			t.Errorf("%d is %q, want %q", kinds, got, want)
		}
	}
}

// TestAlertMarks has the marks of alerts tell when they began to fire, between two ticks
// too, and a way to each of them lead to where the lab shows it.
func TestAlertMarks(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) (err error) {
		say := func(s float64, topic, payload string) {
			m := at(s, payload)
			m.Topic = topic
			err = errors.Join(err, w.Message(m))
		}
		say(0, "iotclass/lab1/status", "online")
		say(0.5, "iotclass/lab2/temperature", "21.0")
		say(4.3, "iotclass/lab1/status", "offline")
		for s := 5.; s < 40; s += 5 {
			say(s, "iotclass/lab3/temperature", "22.0")
		}
		return err
	}))
	synctest.Test(t, func(t *testing.T) {
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		synctest.Wait()
		var found []string
		for _, m := range p.Timeline(0).Marks {
			p.Jump(recording.MarkAlert, true)
			synctest.Wait()
			lab, _ := p.Lab().(*watched)
			counts := lab.engine.Counts()
			found = append(found, fmt.Sprintf("%s %.1f, %d at %.1f", m.Text, seconds(m.At), counts.Critical+counts.Warning, seconds(p.Playback().At)))
		}
		if diff := cmp.Diff([]string{"gone 4.3, 1 at 5.0", "silent 20.5, 2 at 21.0", "silent 55.0, 3 at 56.0"}, found); diff != "" {
			t.Error(diff)
		}
	})
}

// TestNotes makes notes on a recording: they are kept beside it, it stays as it is, and
// whoever plays it again finds them.
func TestNotes(t *testing.T) {
	t.Parallel()
	data := lesson(t)
	path := kept(t, data)
	if err := os.WriteFile(path+recording.NotesSuffix, []byte(`{"time":"2026-11-22T14:00:10Z","note":"before"}`+"\n"+`{"time":"2026-`), 0o600); err != nil {
		t.Fatal(err)
	}
	notes := func(p *recording.Player) (texts []string) {
		for _, m := range p.Timeline(0).Marks {
			if m.Kind == recording.MarkNote {
				texts = append(texts, fmt.Sprintf("%.1f %s", seconds(m.At), m.Text))
			}
		}
		return texts
	}
	want := []string{"9.9 before", "20.0 hot\n\u202e here", "45.5 the window was opened"}
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
			p.Seek(moment(20))
			synctest.Wait()
			if len(notes(p)) < len(want) {
				if err := p.AddNote(" hot\n\u202e here "); err != nil {
					t.Error(err)
				}
			}
			if err := p.AddNote(" "); !errors.Is(err, recording.ErrEmptyNote) {
				t.Errorf("an empty note: %v", err)
			}
			if diff := cmp.Diff(want, notes(p)); diff != "" {
				t.Error(diff)
			}
			p.Jump(recording.MarkNote, false)
			synctest.Wait()
			if got := standing(p); got != "9.9 12" {
				t.Errorf("it stands at %s", got)
			}
		})
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, data) {
		t.Errorf("the recording has changed: %v", err)
	}
	if about, err := os.Stat(path + recording.NotesSuffix); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", about, err)
	}
}

// TestNoteThatCannotBeKept says so, and is not shown.
func TestNoteThatCannotBeKept(t *testing.T) {
	t.Parallel()
	path := kept(t, lesson(t))
	p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
	if err := os.Mkdir(path+recording.NotesSuffix, 0o700); err != nil {
		t.Fatal(err)
	}
	err := p.AddNote("lost")
	if err == nil || !strings.HasPrefix(err.Error(), "the note cannot be kept: ") {
		t.Errorf("it says %v", err)
	}
	for _, m := range p.Timeline(0).Marks {
		if m.Text == "lost" {
			t.Error("it is shown")
		}
	}
}

// TestPlayedFileIsGone: what was shown stays, and the wish that cannot be met says why.
func TestPlayedFileIsGone(t *testing.T) {
	t.Parallel()
	path := kept(t, lesson(t))
	synctest.Test(t, func(t *testing.T) {
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		p.Seek(moment(20))
		synctest.Wait()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		p.Seek(moment(10))
		synctest.Wait()
		if got, err := standing(p), p.Playback().Err; got != "20.0 25 failed" || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it stands at %s: %v", got, err)
		}
		p.Seek(moment(30)) // the file that is open is still there
		synctest.Wait()
		if got := standing(p); got != "30.0 37" {
			t.Errorf("it stands at %s", got)
		}
	})
}

// slow is a lab that calls a function with each batch that the player's own lab gets.
type slow struct {
	recording.Lab
	applied func(n int)
	n       int
}

func (s *slow) Apply(messages []model.Message) {
	s.Lab.Apply(messages)
	s.n += len(messages)
	s.applied(s.n)
}

// TestOvertaken sends a player far away, and then, while it is on its way, elsewhere: it
// does not go on first.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	const all = 50_000
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range all {
			errs = append(errs, w.Message(at(float64(i)/1000, "1")))
		}
		return errors.Join(errs...)
	}))
	synctest.Test(t, func(t *testing.T) {
		var p *recording.Player
		most := 0
		o := recording.PlayerOptions{Path: path, Paused: true}
		o.NewLab = func(fired func(recording.Mark)) (recording.Lab, error) {
			lab, err := newWatched(fired)
			if fired != nil { // the index's
				return lab, err
			}
			return &slow{Lab: lab, applied: func(n int) {
				if most = max(most, n); n > 1000 && p != nil {
					p.Seek(moment(0.5))
					if b := p.Playback(); !b.Seeking || seconds(b.At) != 0.5 {
						t.Errorf("on its way elsewhere it says %+v", b)
					}
				}
			}}, err
		}
		p, stop := started(t, o)
		defer stop()
		synctest.Wait()
		p.Seek(moment(50))
		synctest.Wait()
		if got := standing(p); got != "0.5 501" || most > 2000 {
			t.Errorf("it stands at %s, after %d messages", got, most)
		}
	})
}

// TestCheckpointsAreBounded plays more than its checkpoints have room for.
func TestCheckpointsAreBounded(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range 50_000 {
			m := at(float64(i)/100, "1")
			m.Topic = fmt.Sprintf("iotclass/lab%d/temperature", i%20)
			errs = append(errs, w.Message(m))
		}
		return errors.Join(errs...)
	}))
	for _, most := range []int{1, 8 << 20, 32 << 20} {
		synctest.Test(t, func(t *testing.T) {
			o := recording.PlayerOptions{Path: path, Paused: true, CheckpointBytes: most}
			o.CheckpointWork(100)
			p := playing(t, o)
			synctest.Wait()
			n, bytes, widest := p.Checkpoints()
			if bytes > most || most > 1 && (n < 2 || widest > 4*(50_000+20*500)/n) {
				t.Errorf("%d checkpoints of %d bytes, the room is %d; the largest distance is %d", n, bytes, most, widest)
			}
			p.Seek(moment(321))
			synctest.Wait()
			if diff := cmp.Diff(straight(t, path, p.Playback()), picture(t, p.Lab())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStepToChanges steps from one change of a device to the next, through more messages
// than are applied at once.
func TestStepToChanges(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range 2000 {
			m, other := at(float64(i)/100, strconv.Itoa(i/100)), at(float64(i)/100+0.001, "x")
			m.Topic, other.Topic = "iotclass/lab1/temperature", "iotclass/lab1/note"
			errs = append(errs, w.Message(m), w.Message(other))
		}
		return errors.Join(errs...)
	}))
	synctest.Test(t, func(t *testing.T) {
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		synctest.Wait()
		p.Step("iotclass/lab1") // the other topic's first
		for s := 1; s < 20; s++ {
			p.Step("iotclass/lab1")
			synctest.Wait()
			if got, want := standing(p), fmt.Sprintf("%d.0 %d", s, 200*s+1); got != want {
				t.Fatalf("change %d: it stands at %s, want %s", s, got, want)
			}
		}
	})
}

// copied counts the copies that are made of a lab.
type copied struct {
	recording.Lab
	times *atomic.Int64
}

func (c copied) Checkpoint() model.Checkpoint {
	c.times.Add(1)
	return c.Lab.Checkpoint()
}

// TestNoRoomForACheckpoint plays a lab of which not even one checkpoint has room: few are
// made.
func TestNoRoomForACheckpoint(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range 10_000 {
			errs = append(errs, w.Message(at(float64(i)/1000, "1")))
		}
		return errors.Join(errs...)
	}))
	synctest.Test(t, func(t *testing.T) {
		var times atomic.Int64
		o := recording.PlayerOptions{Path: path, Paused: true, CheckpointBytes: 1, NewLab: func(fired func(recording.Mark)) (recording.Lab, error) {
			lab, err := newWatched(fired)
			return copied{lab, &times}, err
		}}
		o.CheckpointWork(50)
		playing(t, o)
		synctest.Wait()
		if n := times.Load(); n < 1 || n > 10 {
			t.Errorf("%d copies were made", n)
		}
	})
}

// TestTooLargeForTheIndex has a lab that must not be held twice: that is told, what is no
// alert is on the timeline all the same, and every moment can be gone to.
func TestTooLargeForTheIndex(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range 3000 {
			m := at(float64(i)/10, "1")
			m.Topic = fmt.Sprintf("lab/%d/m", i)
			errs = append(errs, w.Message(m))
		}
		return errors.Join(append(errs, w.Note(epoch.Add(5*time.Minute), "late"))...)
	}))
	synctest.Test(t, func(t *testing.T) {
		for most, alone := range map[int]bool{1: true, 10 << 20: false} {
			o := recording.PlayerOptions{Path: path, Paused: true}
			o.CheckpointWork(50)
			o.MostIndexed(most)
			p, stop := started(t, o)
			synctest.Wait()
			b, line := p.Playback(), p.Timeline(10)
			last := len(line.Marks) - 1 // the note; before it are alerts
			if b.Alone != alone || line.Partial || last < 0 || line.Marks[last].Text != "late" || (last == 0) != alone || b.Err != nil {
				t.Errorf("most %d: %+v, %d marks", most, b, last+1)
			}
			for _, seconds := range []int{200, 100, 299, 3} {
				p.SeekOffset(time.Duration(seconds) * time.Second)
				synctest.Wait()
				b := p.Playback()
				if diff := cmp.Diff(straight(t, path, b), picture(t, p.Lab())); diff != "" || b.Seeking {
					t.Fatalf("after %d s: %+v\n%s", seconds, b, diff)
				}
			}
			stop()
		}
	})
}

// TestWhatTheIndexCannotRead has a file that goes before it is looked at as a whole.
func TestWhatTheIndexCannotRead(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error { return w.Message(at(0, "1")) }))
	synctest.Test(t, func(t *testing.T) {
		p, err := recording.NewPlayer(recording.PlayerOptions{Path: path, Paused: true, Device: deviceOf, NewLab: newWatched})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		synctest.Wait()
		if b := p.Playback(); !errors.Is(b.Err, fs.ErrNotExist) {
			t.Errorf("%+v", b)
		}
		cancel()
		if err := errors.Join(<-ended, p.Close()); err != nil {
			t.Error(err)
		}
	})
}
