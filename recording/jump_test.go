package recording_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"labtop/recording"
)

// TestJumpsAtOnce jumps several times before the player could move: each jump counts.
func TestJumpsAtOnce(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		for i := range 60 {
			if i%10 == 5 {
				errs = append(errs, w.Note(at(float64(i), "").Time, "look"))
			}
			errs = append(errs, w.Message(at(float64(i)+0.5, "22")))
		}
		return errors.Join(errs...)
	}))
	synctest.Test(t, func(t *testing.T) {
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		synctest.Wait()
		for _, step := range []struct {
			forward bool
			times   int
			want    float64 // seconds after the start
		}{{true, 3, 25}, {false, 2, 5}, {true, 5, 55}} {
			for range step.times {
				p.Jump(recording.MarkNote, step.forward)
			}
			synctest.Wait()
			if got := p.Playback().At.Sub(epoch).Seconds(); got != step.want {
				t.Errorf("it stands at %v s, want %v", got, step.want)
			}
		}
	})
}

// TestJumpsInTheOrderShown has two notes between the moment at which an alert began and the
// tick that shows it: jumps miss none of the three, whichever way they go.
func TestJumpsInTheOrderShown(t *testing.T) {
	t.Parallel()
	path := kept(t, written(t, func(w *recording.Writer) error {
		var errs []error
		say := func(s float64, payload string) {
			m := at(s, payload)
			m.Topic = "iotclass/lab1/status"
			errs = append(errs, w.Message(m))
		}
		say(0, "online")
		say(4.3, "offline")
		errs = append(errs, w.Note(moment(4.5), "look"), w.Note(moment(4.75), "look"))
		say(20, "online")
		return errors.Join(errs...)
	}))
	synctest.Test(t, func(t *testing.T) {
		p := playing(t, recording.PlayerOptions{Path: path, Paused: true})
		synctest.Wait()
		var stood []float64
		for _, forward := range []bool{true, true, true, false, false} {
			p.Jump(recording.MarkAlert|recording.MarkNote, forward)
			synctest.Wait()
			stood = append(stood, seconds(p.Playback().At))
		}
		if want := []float64{4.5, 4.75, 5, 4.75, 4.5}; !slices.Equal(stood, want) {
			t.Errorf("it stood at %v s, want %v", stood, want)
		}
	})
}
