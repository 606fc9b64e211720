//go:build linux

package load_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"labtop/model"
	"labtop/model/decode"
	"labtop/ui"
	"labtop/ui/painter"
	"labtop/ui/termwriter"
)

// frames are what pictures of 200x60 cost the processor.
type frames struct {
	changed   time.Duration // a picture in which each row has changed
	unchanged time.Duration // a second of looking whether anything has
	bytes     int           // of a changed one, on the way to the terminal
}

// frame measures pictures, from a batch of messages to the terminal: the store,
// the copy, the drawing, and the painter, which finds what differs.
func frame(tb testing.TB) frames {
	tb.Helper()
	const fps, rounds = 60, 60
	conventions, err := decode.New(decode.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	store := model.NewStore(conventions.Decoder, model.Limits{})
	now := time.Now()
	change := func(k int) {
		now = now.Add(time.Second)
		messages := make([]model.Message, 60)
		for i := range messages {
			messages[i] = model.Message{
				Topic: fmt.Sprintf("iotclass/lab%03d/temperature", i), Payload: fmt.Appendf(nil, " %d.%d0", 20+k%7, (k+i)%10), Time: now,
			}
		}
		store.Apply(messages)
	}
	for k := range 100 {
		change(k)
	}
	alone := waiting()
	quit, out := make(chan struct{}), &output{changed: make(chan struct{})}
	writer := termwriter.New(out, termwriter.Options{})
	app := ui.New(ui.Options{Session: ui.Session{Store: store, Source: "lab"}, Theme: "dark", Done: quit, FPS: fps})
	program := tea.NewProgram(painter.NewModel(app, writer, painter.Options{FPS: fps}),
		tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithWindowSize(200, 60), tea.WithoutSignalHandler(), tea.WithoutRenderer(), tea.WithFPS(1))
	ended := make(chan error, 1)
	go func() {
		_, err := program.Run()
		ended <- err
	}()
	idle := waiting() // the first pictures are in the first of these seconds
	written := out.written()
	const pace = 150 * time.Millisecond // each round is one picture
	busy := spent(func() {
		for k := range rounds {
			change(k)
			time.Sleep(pace)
		}
	})
	f := frames{
		changed:   (busy - time.Duration(float64(idle)*(rounds*pace).Seconds())) / rounds,
		unchanged: max(idle-alone, 0),
		bytes:     (out.written() - written) / rounds,
	}
	program.Quit()
	close(quit)
	if err := errors.Join(<-ended, writer.Close()); err != nil {
		tb.Error(err)
	}
	return f
}

// waiting is the processor time of a second of waiting, the least of some: the clock of
// the tests beats in this process as well.
func waiting() time.Duration {
	least := time.Hour
	for range 5 {
		least = min(least, spent(func() { time.Sleep(time.Second) }))
	}
	return least
}

// spent is the processor time that this process takes while f runs.
func spent(f func()) time.Duration {
	used := func() time.Duration {
		var u unix.Rusage
		_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	f()
	return used() - before
}

// TestFrame holds a changed picture of 200x60 to a few milliseconds, and an
// unchanged one to about nothing.
func TestFrame(t *testing.T) {
	f := frame(t)
	t.Logf("changed: %v and %d bytes; a second without change: %v", f.changed, f.bytes, f.unchanged)
	if f.changed > detector*slow(4*time.Millisecond) {
		t.Errorf("a changed picture takes %v", f.changed)
	}
	if f.unchanged > detector*slow(2*time.Millisecond) {
		t.Errorf("a second without change takes %v", f.unchanged)
	}
}
