package recording_test

import (
	"errors"
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
