package recording_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"labtop/model"
	"labtop/recording"
)

// diary is a lab that writes down what it is fed, times in seconds after the epoch.
type diary struct {
	recording.Lab // nil: what is not written down is not called
	lines         []string
}

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

func (d *diary) Shift(by time.Duration) { d.lines = append(d.lines, fmt.Sprint("set by ", by)) }

func (d *diary) Awoke(at time.Time) { d.lines = append(d.lines, fmt.Sprint("awoke at ", seconds(at))) }

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
		return errors.Join(w.Connection(c.Since, c), w.Message(at(0.5, "a")), w.Message(at(1, "b")), w.Message(at(1.5, "c")),
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

// TestFeedClock has the clock set, and nobody listening for a while: it is done as it
// was live, after the ticks that were due, and nothing ticks meanwhile.
func TestFeedClock(t *testing.T) {
	t.Parallel()
	got := feed(t, func(w *recording.Writer) error {
		return errors.Join(w.Message(at(0, "a")), w.Clock(epoch.Add(3601500*time.Millisecond), time.Hour, 0), w.Message(at(3602.5, "b")),
			w.Clock(epoch.Add(3500*time.Millisecond), -time.Hour, 0), w.Message(at(3.5, "c")),
			w.Clock(epoch.Add(50*time.Second), 0, 46*time.Second), w.Message(at(50.5, "d")), w.Message(at(60, "e")))
	})
	want := []string{
		"tick 0", "a at 0", "tick 1", "set by 1h0m0s", "tick 3602", "b at 3602.5", "tick 3603", "set by -1h0m0s", "c at 3.5",
		"tick 4", "awoke at 50", "tick 50", "d at 50.5",
	}
	for s := 51; s <= 60; s++ {
		want = append(want, fmt.Sprint("tick ", s))
	}
	want = append(want, "e at 60", "tick 60")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFeedManySteps has more steps of the clock than anybody makes.
func TestFeedManySteps(t *testing.T) {
	t.Parallel()
	got := feed(t, func(w *recording.Writer) error {
		err := w.Message(at(0, "a"))
		for range 5000 {
			err = errors.Join(err, w.Clock(epoch, time.Millisecond, 0))
		}
		return err
	})
	if n := strings.Count(strings.Join(got, "\n"), "set by"); n != 1000 {
		t.Errorf("%d steps were followed", n)
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
