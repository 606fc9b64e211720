package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// diary is a lab that writes down what it is fed, times in seconds after the epoch.
type diary struct{ lines []string }

func seconds(t time.Time) float64 { return t.Sub(epoch).Seconds() }

func (d *diary) SetConnection(c model.Connection) { d.lines = append(d.lines, c.State.String()) }

func (d *diary) Apply(messages []model.Message) {
	for i := range messages {
		d.lines = append(d.lines, fmt.Sprintf("%s at %v", messages[i].Payload, seconds(messages[i].Time)))
	}
}

func (d *diary) Tick(now time.Time, _ model.SourceStats) {
	d.lines = append(d.lines, fmt.Sprint("tick ", seconds(now)))
}

// feed feeds a recording to a diary.
func feed(t *testing.T, write func(w *recording.Writer) error) []string {
	t.Helper()
	file := written(t, write)
	r, err := recording.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var d diary
	if err := recording.Feed(t.Context(), r, &d); err != nil {
		t.Fatal(err)
	}
	return d.lines
}

// at is a message of a time in seconds.
func at(s float64, payload string) *model.Message {
	m := message(0, "t", payload)
	m.Time = epoch.Add(time.Duration(s * float64(time.Second)))
	return &m
}

// TestFeed has the clock tick once a second of the recording, between what came
// before and what came after.
func TestFeed(t *testing.T) {
	t.Parallel()
	got := feed(t, func(w *recording.Writer) error {
		c := &model.Connection{State: model.Connected, Since: epoch}
		return errors.Join(w.Connection(c), w.Message(at(0.5, "a")), w.Message(at(1, "b")), w.Message(at(1.5, "c")),
			w.Message(at(58, "d")), w.Message(at(57, "e")), w.Message(at(-120, "back")))
	})
	want := []string{"tick 0", "connected", "a at 0.5", "tick 1", "b at 1", "c at 1.5"}
	for s := 2; s <= 58; s++ {
		want = append(want, fmt.Sprint("tick ", s))
	}
	want = append(want, "d at 58", "e at 57", "tick -120", "back at -120")
	for s := -119; s <= 60; s++ { // until the end
		want = append(want, fmt.Sprint("tick ", s))
	}
	want = append(want, "tick 60")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFeedSilence has gaps of a year: the clock jumps.
func TestFeedSilence(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * 3600.0
	got := feed(t, func(w *recording.Writer) error {
		return errors.Join(w.Message(at(-3*year, "a")), w.Message(at(-2*year, "b")), w.Message(at(-year, "c")), w.Message(at(0, "d")))
	})
	if len(got) < 3*3600 || len(got) > 3*6000 {
		t.Errorf("%d lines", len(got))
	}
	if last := got[len(got)-1]; last != "tick 60" {
		t.Errorf("it ends with %s", last)
	}
}
